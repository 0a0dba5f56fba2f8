"""Reads structured filters: which clauses there are, which fields they have, and what is in those.

Faults lead to their place by a path such as `filter/and/equal[1]/value`. What a clause means is
said in `structured`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from gateway.errors import QueryError
from gateway.model.schema import nearest
from gateway.query.ast import Condition, Literal, Path
from gateway.query.build import conjunction, disjunction, negation
from gateway.query.comparisons import COMPARISONS, Clause
from gateway.query.literals import EXPRESSIONS
from gateway.query.operators import HABITS, OPERATORS
from gateway.query.ordering import item_path
from gateway.query.parse import UNSTORABLE
from gateway.query.resolve_references import ANY_RELATION
from gateway.query.scope import PLACE_WIDTH, ClauseFault, ClauseRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.documents import Document, Json
    from gateway.query.ast import Argument, Filter

ROOT = "filter"
#: Conditions of one filter; more make a statement that no database reads.
MAX_CONDITIONS = 4_096
_VALUE = ("path", "matching", "value", "rightHandSidePath", "expression")
#: Clauses that hold an item against values.
VALUE_CLAUSES = frozenset(
    name
    for name, row in OPERATORS.items()
    if row.comparison is not None
    and not row.is_negative
    and COMPARISONS[row.comparison].clause is Clause.VALUE
)
#: Clause to the fields that it has; `None` for those that hold clauses.
FIELDS: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(VALUE_CLAUSES, _VALUE),
    "all": (),
    "none": (),
    "undefined": (),
    "substring": (*_VALUE[:3], "expression", "anchorStart", "anchorEnd"),
    "fuzzyStringMatch": ("path", "matching", "value", "method"),
    "ref": ("path", "value", "filter", "expression", "oidNullAsAny", "targetTypeNullAsAny"),
    "exists": ("path", "filter"),
    "inOid": ("value", "considerOwner", "expression"),
    "org": ("orgRef", "scope", "isRoot", "path"),
    "fullText": ("value", "expression"),
    "type": ("type", "filter"),
    "ownedBy": ("type", "path", "filter"),
    "referencedBy": ("type", "path", "relation", "filter"),
    "and": None,
    "or": None,
    "not": None,
}
#: What people write by the filters' names in text.
CLAUSE_HABITS = {
    **{
        name.value: row.clause.value
        for name, row in COMPARISONS.items()
        if row.clause is not Clause.VALUE
    },
    "matches": "exists",
    "=": "equal",
    "!=": "not",
    "inOrg": "org",
    "isRoot": "org",
    "ownedByOid": "inOid",
}
SELF = Path(steps=(".",))
ReadClause: TypeAlias = Callable[["ClauseReader", str, "Document", str, int], "Filter | None"]


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rsplit("#", 1)[-1].rsplit(":", 1)[-1]


@dataclass(slots=True)
class ClauseReader:
    """Reads one filter; keeps the places of what it read, and counts."""

    max_depth: int
    #: What reads each clause that holds no others.
    readers: Mapping[str, ReadClause]
    places: list[str] = field(default_factory=lambda: [ROOT])
    conditions: int = 0

    def at(self, place: str) -> int:
        """The position that stands for a place."""
        self.places.append(place)
        return (len(self.places) - 1) * PLACE_WIDTH

    # ---- clauses ----------------------------------------------------------------------------------

    def clause_map(self, value: Json, place: str, depth: int) -> Filter | None:
        """Exactly one clause; None if it means nothing."""
        found = list(self.clauses(value, place))
        if len(found) != 1:
            raise ClauseFault(f"Expected exactly one clause, got {len(found)} instead", place)
        return self.clause(*found[0], depth)

    def clauses(self, value: Json, place: str) -> Iterator[tuple[str, Json, str]]:
        """Name, content and place of each clause; a list repeats a clause."""
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self.clauses(each, f"{place}[{number}]")
            return
        if not isinstance(value, dict):
            raise ClauseFault("A clause must be an object", place)
        for key, content in value.items():
            name = local(key)
            if key.startswith("@") or name == "description":
                continue
            if isinstance(content, list) and name not in ("and", "or"):
                for number, each in enumerate(content):
                    yield name, each, f"{place}/{name}[{number}]"
            else:
                yield name, content, f"{place}/{name}"

    def clause(self, name: str, content: Json, place: str, depth: int) -> Filter | None:
        """One clause; None if it means nothing."""
        if name not in FIELDS:
            near = nearest(name, FIELDS) or CLAUSE_HABITS.get(HABITS.get(name, name))
            raise ClauseFault(f"Unsupported query filter {name[:80]}", place, near)
        if depth >= self.max_depth:
            raise ClauseFault(f"The filter nests deeper than {self.max_depth} clauses", place)
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise ClauseFault(f"The filter has more than {MAX_CONDITIONS} clauses", place)
        fields = FIELDS[name]
        if fields is None:
            return self.join(name, content, place, depth)
        return self.readers[name](
            self, name, self.fields(name, fields, content, place), place, depth
        )

    def fields(self, name: str, known: tuple[str, ...], content: Json, place: str) -> Document:
        """The fields of a clause by their local names."""
        if content in (None, "") or (content is True and not known):
            content = {}
        if not isinstance(content, dict):
            raise ClauseFault(f"{name} must be an object", place)
        found = {local(key): value for key, value in content.items() if not key.startswith("@")}
        for each in found:
            if each not in (*known, "description"):
                raise ClauseFault(f"Unexpected item {each[:80]}", place, nearest(each, known))
        if found.get("expression") is not None:
            raise ClauseRefused(EXPRESSIONS, f"{place}/expression")
        return found

    def join(self, name: str, content: Json, place: str, depth: int) -> Filter | None:
        """`and`, `or` and `not`; what means nothing is left out."""
        if name == "not":
            part = self.clause_map(content, place, depth + 1)
            return None if part is None else negation(part)
        found = list(self.clauses(content, place))
        if not found:
            raise ClauseFault(f"{name} needs at least one clause", place)
        read = [self.clause(*each, depth + 1) for each in found]
        parts = [part for part in read if part is not None]
        if not parts:
            return None
        return conjunction(parts) if name == "and" else disjunction(parts)

    # ---- fields -----------------------------------------------------------------------------------

    def path(self, fields: Document, place: str, *, name: str = "path") -> Path:
        """The item path in a field."""
        text = fields.get(name)
        if text in (None, ""):
            raise ClauseFault(
                "Could not convert query, because query does not contain item path.", place
            )
        at = f"{place}/{name}"
        try:
            found = item_path(text if isinstance(text, str) else "")
        except QueryError as error:
            raise ClauseFault(f"'{str(text)[:80]}' is not an item path", at) from error
        return Path(steps=found.steps, position=self.at(at))

    def literals(self, fields: Document, place: str) -> list[Literal]:
        """All values of a clause."""
        value = fields.get("value")
        if value is None:
            return []
        if not isinstance(value, list):
            return [self.literal(value, f"{place}/value")]
        return [self.literal(each, f"{place}/value[{n}]") for n, each in enumerate(value)]

    def literal(self, value: Json, place: str) -> Literal:
        """One value by its text."""
        if isinstance(value, dict):
            value = value.get("@value", value.get("orig"))
        if isinstance(value, bool):
            value = "true" if value else "false"
        if not isinstance(value, str | int | float):
            raise ClauseFault("A value must be a text, a number, true or false", place)
        text = str(value)
        if UNSTORABLE.search(text):
            raise ClauseFault("The value contains a character that no text can hold", place)
        return Literal(text=text, position=self.at(place))

    def one_literal(self, fields: Document, place: str) -> Literal:
        """The only value of a clause."""
        found = self.literals(fields, place)
        if len(found) != 1:
            raise ClauseFault(f"Expected exactly one value, got {len(found)} instead", place)
        return found[0]

    def name_of(self, fields: Document, name: str, place: str) -> Path | None:
        """A qualified name as the language has it: without quotes."""
        value = fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise ClauseFault("QName value expected", f"{place}/{name}")
        return Path(steps=(_relation(value),), position=self.at(f"{place}/{name}"))

    def flag(self, fields: Document, name: str, place: str) -> bool:
        """A field that is true or false; false when it is missing."""
        value = fields.get(name, False)
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise ClauseFault(f"{name} must be true or false", f"{place}/{name}")
        return value in (True, "true")

    def inner(self, fields: Document, place: str, depth: int) -> Filter | None:
        """The filter inside a clause, if it has one."""
        value = fields.get("filter")
        if value in (None, "", {}):
            return None
        return self.clause_map(value, f"{place}/filter", depth + 1)

    def condition(
        self, path: Path, operator: str, argument: Argument | None, place: str, rule: Json = None
    ) -> Condition:
        """A condition of the tree, with its place."""
        if rule is not None and not isinstance(rule, str):
            raise ClauseFault("A matching rule is a name", f"{place}/matching")
        return Condition(
            path=path,
            operator=operator,
            argument=argument,
            rule=local(rule) if rule else None,
            position=self.at(place),
        )

    def on_self(self, operator: str, argument: Argument | None, place: str) -> Condition:
        """A condition on `.`."""
        return self.condition(SELF, operator, argument, place)


def _relation(name: str) -> str:
    return ANY_RELATION if name in {ANY_RELATION, "any"} or name.endswith("query-3#any") else name
