"""The predicate and the SQL select the same objects."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from gateway.errors import QueryError, Unsupported
from gateway.model.schema import Item, Kind, any_item
from gateway.model.types import SCHEMA
from gateway.query import compile_filter, parse, render
from gateway.query.literals import ALLOWED, RULES
from gateway.query.operators import OPERATORS, SUBSTRING, Comparison
from tests.conformance.query.world import oid

if TYPE_CHECKING:
    from tests.conformance.query.world import World

TYPES = {"User": "UserType", "Task": "TaskType", "Role": "RoleType"}


def served(corpus: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Valid queries that compile now, the simplest first."""
    found = []
    for entry in corpus:
        type_name = TYPES.get(entry["kind"], "AssignmentHolderType")
        if not entry["valid"]:
            continue
        try:
            compile_filter(entry["text"], type_name)
        except (QueryError, Unsupported):
            continue
        found.append((entry["text"], type_name))
    return sorted(found, key=lambda pair: (len(pair[0]), pair))


def test_the_two_hundred_simplest_queries_for_users_and_tasks_select_the_same_rows_twice(
    world: World, corpus: list[dict[str, Any]]
) -> None:
    queries = [pair for pair in served(corpus) if pair[1] in {"UserType", "TaskType"}][:200]
    matching = [text for text, type_name in queries if world.select(text, type_name)]
    assert len(queries) == 200
    assert len(matching) > 150


def test_every_served_query_of_the_corpus_selects_the_same_rows_twice(
    world: World, corpus: list[dict[str, Any]]
) -> None:
    queries = served(corpus)
    assert len(queries) >= 310
    for text, type_name in queries:
        world.select(text, type_name)


# ---- generated filters ----------------------------------------------------------------------------

WORDS = (
    "a", "A", "", "jack", "Jack", "JACK", "John", "Sparrow", "%", "_", "test", "x", "42", "1.50", "5",
    "true", "null", "enabled", "Boss 1!", "boss 1", "Džek  Sperou!", "dzek sperou", "straße", "STRASSE",
    "ΣΊΣΥΦΟΣ", "σίσυφος", "it's", 'say "hi"', "a\\\\", "100%", "walker", "Walker", "é", "\U0010ffff",
    "\ud7ff", "alpha", "Superuser", "Employee", "1900", "active", "reconciliation", "Recompute 7",
)  # fmt: skip
INSTANTS = ("2020-07-07", "2021-12-31T23:00:00Z", "2022-10-02T14:53:32+02:00", "2025-06-01")
NUMBERS = ("0", "1", "2", "7", "42", "-3", "300", "1e1")
RELATIONS = ("default", "org:manager", "owner", "q:any", "nothing")


OPEN_NAMES = ("num", "indexedString", "privilegedAccess", "nested", "level", "tags", "height")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'" + ("\n" if text.endswith("\\") else "")


@dataclass
class Writer:
    """Writes filters on real items, with values that some objects have."""

    chance: Random

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
        comparison = self.chance.choice(sorted(ALLOWED.get(item.type, frozenset(Comparison))))
        rules = [f"[{rule}]" for rule, (types, _) in RULES.items() if item.type in types]
        rule = self.maybe(self.chance.choice(rules)) if rules else ""
        value = self.value(item)
        if comparison is Comparison.EQUAL and self.chance.random() < 0.4:
            members = [self.value(item) for _ in range(self.chance.choice([1, 2, 12]))]
            value = f"({', '.join(members)})"
        return f"{path} {self.maybe('not ')}{OPERATORS[comparison].name}{rule} {value}"

    def reference(self, path: str, item: Item, depth: int) -> str:
        """One condition on a reference."""
        negation = self.maybe("not ")
        is_stored = bool(SCHEMA.concrete(item.target)) and depth > 0
        shape = self.chance.choice(["matches", "exists", "target", "path"])
        if shape == "exists" or (shape != "matches" and not is_stored):
            return f"{path} {negation}exists"
        if shape == "target":
            return f"{path}/@ {negation}matches ({self.filter(item.target, depth - 1)})"
        if shape == "path":
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

    def identity(self, type_name: str) -> str:
        if not SCHEMA[type_name].is_object:
            return self.chance.choice(["# = 1", ". inOid ('1', '2')", "# > 1"])
        known, other = oid(30), oid(31)
        return self.chance.choice(
            [
                f"# = '{known}'",
                "# startsWith '00'",
                f". inOid ('x', '{other}')",
                "(. type UserType or . type RoleType)",
            ]
        )

    def condition(self, type_name: str, depth: int, prefix: str = "") -> str:
        """One condition on an item of the type, or on one inside it."""
        type_ = SCHEMA[type_name]
        if type_.open:
            name = self.chance.choice(OPEN_NAMES)
            return self.comparison(prefix + name, any_item(name))
        if not prefix and self.chance.random() < 0.08:
            return self.identity(type_name)
        items = [item for item in type_.items.values() if not (item.computed or item.apart)]
        item = self.chance.choice(items)
        path = prefix + item.name
        if item.kind is Kind.PROPERTY:
            return self.comparison(path, item)
        if item.kind is Kind.REFERENCE:
            return self.reference(path, item, depth)
        shape = self.chance.choice(["path", "path", "matches", "exists"])
        if shape == "exists" or depth <= 0:
            return f"{path} {self.maybe('not ')}exists"
        if shape == "path":
            return self.condition(item.type, depth - 1, f"{path}/")
        return f"{path} {self.maybe('not ')}matches ({self.filter(item.type, depth - 1)})"

    def filter(self, type_name: str, depth: int) -> str:
        """A filter on objects or values of a type."""
        shape = self.chance.choice(["leaf", "leaf", "and", "or", "not"]) if depth > 0 else "leaf"
        if shape == "leaf":
            return self.condition(type_name, depth)
        count = 1 if shape == "not" else self.chance.randint(2, 3)
        parts = [self.filter(type_name, depth - 1) for _ in range(count)]
        return f"not ({parts[0]})" if shape == "not" else f"({f' {shape} '.join(parts)})"


@seed(20_261_122)
@settings(max_examples=500, deadline=None, database=None)
@given(
    st.integers(0, 2**40),
    st.sampled_from(["UserType", "TaskType", "RoleType", "ObjectType", "FocusType"]),
)
def test_predicate_and_sql_agree_on_generated_filters(
    world: World, number: int, type_name: str
) -> None:
    text = Writer(Random(number)).filter(type_name, 3)
    try:
        assert compile_filter(text, type_name).where.sql
    except Unsupported:
        return
    world.select(text, type_name)
    tree = parse(text)
    assert parse(render(tree)) == tree


@seed(7)
@settings(max_examples=200, deadline=None, database=None)
@given(st.text(max_size=6), st.sampled_from(sorted(SUBSTRING)))
def test_predicate_and_sql_agree_on_any_text(
    world: World, wanted: str, comparison: Comparison
) -> None:
    text = f"name {comparison} {quoted(clean(wanted))}"
    world.select(text)
    world.select(f"fullName {comparison}[origIgnoreCase] {quoted(clean(wanted))}")
    world.select(f"name <= {quoted(clean(wanted))}")


def clean(text: str) -> str:
    """The text without what no filter can hold."""
    return "".join(letter for letter in text if letter not in "\n\x00")
