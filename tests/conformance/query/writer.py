"""Writes filters from the schema and the table of operators, with values that some objects have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.schema import Item, Kind, any_item
from gateway.model.types import SCHEMA
from gateway.query.comparisons import FUZZY, Comparison
from gateway.query.container_paths import holders
from gateway.query.literals import RULES, comparisons_of
from gateway.query.operators import OPERATORS
from tests.conformance.query.world import oid

if TYPE_CHECKING:
    from random import Random

WORDS = (
    "a", "A", "", "jack", "Jack", "JACK", "John", "Sparrow", "%", "_", "test", "x", "42", "1.50", "5",
    "true", "null", "enabled", "Boss 1!", "boss 1", "Džek  Sperou!", "dzek sperou", "straße", "STRASSE",
    "ΣΊΣΥΦΟΣ", "σίσυφος", "it's", 'say "hi"', "a\\\\", "100%", "walker", "Walker", "é", "\U0010ffff",
    "\ud7ff", "alpha", "Superuser", "Employee", "1900", "active", "reconciliation", "Recompute 7",
    "cn=a, OU=b", '<a  x="1" />', "SMTP:X@test.com", "Jak", "Sparow",
)  # fmt: skip
INSTANTS = ("2020-07-07", "2021-12-31T23:00:00Z", "2022-10-02T14:53:32+02:00", "2025-06-01")
NUMBERS = ("0", "1", "2", "7", "42", "-3", "300", "1e1")
RELATIONS = ("default", "org:manager", "owner", "q:any", "nothing")
OPEN_NAMES = ("num", "indexedString", "privilegedAccess", "nested", "level", "tags", "height")
REFERENCES = (
    ("UserType", "assignment/targetRef"), ("UserType", "archetypeRef"), ("ObjectType", "parentOrgRef"),
    ("AssignmentHolderType", "roleMembershipRef"), ("TaskType", "ownerRef"), ("UserType", "linkRef"),
    ("UserType", "metadata/creatorRef"), ("AbstractRoleType", "inducement/targetRef"),
    ("FocusType", "tenantRef"), ("AssignmentType", "targetRef"), ("TaskType", "operationExecution/taskRef"),
)  # fmt: skip
#: Single-valued texts, in the object and behind a reference, by the type that has them.
RIGHT_SIDES = (
    "name",
    "description",
    "tenantRef/@/name",
    "metadata/creatorRef/@/name",
    "lifecycleState",
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'" + ("\n" if text.endswith("\\") else "")


@dataclass
class Writer:
    """Writes one filter after the other."""

    chance: Random

    def some(self, *texts: str) -> str:
        return self.chance.choice(texts)

    def maybe(self, text: str) -> str:
        return self.chance.choice(["", text])

    def value(self, item: Item) -> str:
        by_type: dict[str, tuple[str, ...]] = {
            "dateTime": INSTANTS,
            "boolean": ("true", "false"),
            "enum": item.values,
            "duration": ("PT5M", "P1D"),
            "int": NUMBERS[:-1],
            "long": NUMBERS[:-1],
            "decimal": NUMBERS,
            "qname": ("reconciliation", "c:recomputation", "UserType"),
            "any": (*WORDS, *NUMBERS, "1.06", "Category I"),
        }
        return quoted(self.chance.choice(by_type.get(item.type, WORDS)))

    def comparison(self, path: str, item: Item) -> str:
        """One condition on a property."""
        if self.chance.random() < 0.15:
            return f"{path} {self.maybe('not ')}exists"
        comparison = self.chance.choice(sorted(comparisons_of(item.type)))
        rules = [f"[{rule}]" for rule, (types, _) in RULES.items() if item.type in types]
        rule = self.maybe(self.chance.choice(rules)) if rules else ""
        name = OPERATORS[comparison].name
        if comparison is Comparison.EQUAL:
            name = self.some("equal", "=", "anyIn", "notEqual" if rule else "!=")
        return f"{path} {self.maybe('not ')}{name}{rule} {self.argument(comparison, item)}"

    def argument(self, comparison: Comparison, item: Item) -> str:
        value = self.value(item)
        if comparison in FUZZY:
            threshold = self.some("0", "1", "0.5", "0.25")
            if comparison is Comparison.NEAR:
                threshold = self.some("0", "1", "2", "7", "100")
            return f"({value}, {threshold}, {self.some('true', 'false')})"
        if comparison is Comparison.EQUAL and self.chance.random() < 0.4:
            members = [self.value(item) for _ in range(self.chance.choice([1, 2, 12]))]
            value = f"({', '.join(members)})"
        return value

    def reference(self, path: str, item: Item, start: str, depth: int) -> str:
        """One condition on a reference; `start` is the type that the path begins in."""
        negation = self.maybe("not ")
        is_stored = bool(SCHEMA.concrete(item.target)) and depth > 0
        # A path holds ids or dereferences, never both.
        shape = self.some("matches", "exists", *(() if "[" in path else ("target", "path")))
        if shape == "exists" or (shape != "matches" and not is_stored):
            return f"{path} {negation}exists"
        if shape == "target":
            return f"{path}/@ {negation}matches ({self.filter(item.target, depth - 1)})"
        if shape == "path":
            right = [each for each in RIGHT_SIDES[:3] if each in SCHEMA[start].items]
            if right and self.chance.random() < 0.2:
                return f"{path}/@/name {self.some('=', '!=', '<')} {self.some(*right)}"
            name = SCHEMA["ObjectType"].items["name"]
            return f"{path}/@/name {negation}= {self.value(name)}"
        return f"{path} {negation}matches ({self.sides(item, depth if is_stored else 0)})"

    def sides(self, item: Item, depth: int) -> str:
        """What a reference is asked for."""
        oids = ", ".join(f"'{oid(self.chance.randrange(1, 60))}'" for _ in range(10))
        types = ["RoleType", "c:OrgType", "UserType", "ArchetypeType", "FocusType", "TaskType"]
        parts = [
            f"relation = {self.chance.choice(RELATIONS)}",
            f"oid = ({oids})",
            f"targetType = {self.chance.choice(types)}",
        ]
        chosen = self.chance.sample(parts, self.chance.randint(1, 2))
        if depth > 0 and "targetType" not in " ".join(chosen):
            chosen.append(f"@ matches ({self.filter(item.target, depth - 1)})")
        return " and ".join(chosen)

    # ---- filters on the value itself --------------------------------------------------------------

    def itself(self, type_name: str, depth: int) -> str:
        """A condition on `.`."""
        negation = self.maybe("not ")
        if not SCHEMA[type_name].is_object:
            return self.chance.choice(
                [
                    "# = 1",
                    f". {negation}inOid ('1', '2')",
                    "# > 1",
                    f". {negation}ownedByOid ('{self.an_oid()}', '{self.an_oid()}', '{self.an_oid()}')",
                ]
            )
        shapes = [
            f"# = '{self.an_oid()}'",
            "# startsWith '00'",
            f". {negation}inOid ('x', '{self.an_oid()}', '{self.an_oid()}')",
            "(. type UserType or . type RoleType)",
            f". {negation}inOrg{self.some('', '[ONE_LEVEL]', '[ANCESTORS]', '[SUBTREE]')} '{oid(self.chance.randrange(8, 12))}'",
            f". {negation}isRoot",
            f". {negation}fullText {quoted(self.chance.choice(WORDS))}",
        ]
        if depth > 0:
            shapes.append(f". {negation}referencedBy ({self.referrer(depth)})")
        return self.chance.choice(shapes)

    def an_oid(self) -> str:
        return oid(self.chance.randrange(8, 110))

    def referrer(self, depth: int) -> str:
        """What an object that refers to this one is asked for."""
        type_name, path = self.chance.choice(REFERENCES)
        parts = [f"@type = {type_name}", f"@path = {path}"]
        if self.chance.random() < 0.3:
            parts.append(f"@relation = {self.chance.choice(RELATIONS)}")
        if self.chance.random() < 0.6:
            parts.append(self.filter(type_name, depth - 1))
        self.chance.shuffle(parts)
        return " and ".join(parts)

    def owner(self, type_name: str, path: str, depth: int) -> str:
        """What holds a value of `path` in objects of the type."""
        inner = self.filter(type_name, depth - 1)
        owner = f"@type = {type_name}{self.maybe(f' and @path = {path}')}"
        return f". {self.maybe('not ')}ownedBy ({owner} and {inner})"

    # ---- conditions -------------------------------------------------------------------------------

    def condition(self, type_name: str, depth: int, prefix: str = "", start: str = "") -> str:
        """One condition on an item of the type, or on one inside it."""
        start = start or type_name
        type_ = SCHEMA[type_name]
        if type_.open:
            name = self.chance.choice(OPEN_NAMES)
            return self.comparison(prefix + name, any_item(name))
        if not prefix and self.chance.random() < 0.12:
            return self.itself(type_name, depth)
        if not prefix and type_.is_object and depth > 0 and self.chance.random() < 0.1:
            return f". {self.maybe('not ')}referencedBy ({self.referrer(depth)})"
        items = [item for item in type_.items.values() if not (item.computed or item.apart)]
        if not items:
            return self.itself(type_name, 0)
        item = self.chance.choice(items)
        path = prefix + item.name
        if item.kind is Kind.PROPERTY:
            return self.property(path, item, is_object=type_.is_object)
        if item.kind is Kind.REFERENCE:
            return self.reference(path, item, start, depth)
        return self.container(path, item, (type_name, start), depth)

    def property(self, path: str, item: Item, *, is_object: bool) -> str:
        is_text = item.type in {"string", "polystring"} and not item.many
        if is_text and is_object and self.chance.random() < 0.2:
            sign = self.some("=", "!=", "<", "<=", ">", ">=")
            return f"{path} {sign} {self.some(*RIGHT_SIDES)}"
        return self.comparison(path, item)

    def container(self, path: str, item: Item, types: tuple[str, str], depth: int) -> str:
        type_name, start = types
        shape = self.some("path", "path", "matches", "exists", "one", "owner")
        if shape == "exists" or depth <= 0:
            return f"{path} {self.maybe('not ')}exists"
        if shape == "path":
            return self.condition(item.type, depth - 1, f"{path}/", start)
        if item.many and shape == "one":
            number = self.chance.randint(1, 3)
            return self.condition(item.type, depth - 1, f"{path}[{number}]/", start)
        inner = self.filter(item.type, depth - 1)
        if item.many and shape == "owner" and path == item.name and SCHEMA[type_name].is_object:
            right = "description" if "description" in SCHEMA[item.type].items else quoted("jack")
            above = self.some(
                self.owner(type_name, path, depth),
                f"../name {self.some('=', '!=', '<')} {right}",
                f".. matches ({self.filter(type_name, depth - 1)})",
            )
            inner = f"{inner} {self.some('and', 'or')} {above}"
        return f"{path} {self.maybe('not ')}matches ({inner})"

    def filter(self, type_name: str, depth: int) -> str:
        """A filter on objects or values of a type."""
        shape = self.some("leaf", "leaf", "and", "or", "not") if depth > 0 else "leaf"
        if shape == "leaf":
            return self.condition(type_name, depth)
        count = 1 if shape == "not" else self.chance.randint(2, 3)
        parts = [self.filter(type_name, depth - 1) for _ in range(count)]
        return f"not ({parts[0]})" if shape == "not" else f"({f' {shape} '.join(parts)})"

    def reference_query(self, depth: int) -> str:
        """A filter on references."""
        holder = self.chance.choice(holders(SCHEMA, "ObjectReferenceType")[:6])
        path = holder.path[-1]
        item = SCHEMA[holder.owner].items[path]
        owner = self.owner(holder.owner, path, depth)
        inner = self.some(
            f". {self.maybe('not ')}matches ({self.sides(item, 0)})",
            f"@/name {self.some('=', '!=', 'startsWith')} {quoted(self.chance.choice(WORDS))}",
        )
        return f"{owner} and {inner}"
