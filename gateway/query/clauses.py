"""Structured filters: what each JSON clause means, as the tree that text is parsed to.

A reference value leaves open what it does not name. Knows no schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.tables import complete
from gateway.query.ast import Always, Literal, Path, Subfilter, Values
from gateway.query.build import conjunction, disjunction, negation
from gateway.query.clause_reader import FIELDS, ROOT, SELF, VALUE_CLAUSES, ClauseReader, local
from gateway.query.comparisons import COMPARISONS, FUZZY
from gateway.query.operators import OPERATORS, Shape
from gateway.query.resolve_references import ANY_RELATION
from gateway.query.scope import ClauseFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, Json
    from gateway.query.ast import Filter

#: What a substring clause means, by whether it is anchored at the start and at the end.
_ANCHORED = complete(
    "substring clauses",
    {row.anchors: each.value for each, row in COMPARISONS.items() if row.anchors is not None},
    [(start, end) for start in (False, True) for end in (False, True)],
)
_METHODS = sorted(FUZZY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clauses:
    """A filter read from JSON; `places` is what the tree's positions stand for."""

    tree: Filter | None
    places: tuple[str, ...]


def read_clauses(clause: Json, *, max_depth: int) -> Clauses:
    """The tree of a structured filter; None for one that selects everything."""
    reader = ClauseReader(max_depth=max_depth, readers=READERS)
    tree = reader.clause_map(clause, ROOT, 0)
    return Clauses(tree=tree, places=tuple(reader.places))


def _join_values(found: list[Literal]) -> Literal | Values:
    return found[0] if len(found) == 1 else Values(members=tuple(found), position=found[0].position)


def _compare(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del depth
    path, rule = reader.path(fields, place), fields.get("matching")
    if "rightHandSidePath" in fields:
        right = reader.path(fields, place, name="rightHandSidePath")
        return reader.condition(path, name, right, place, rule)
    if OPERATORS[name].shape is not Shape.VALUES:
        return reader.condition(path, name, reader.one_literal(fields, place), place, rule)
    found = reader.literals(fields, place)
    if not found:
        return negation(reader.condition(path, "exists", None, place))
    return reader.condition(path, name, _join_values(found), place, rule)


def _constant(
    reader: ClauseReader, name: str, fields: Document, place: str, depth: int
) -> Filter | None:
    del reader, fields, place, depth
    return None if name == "undefined" else Always(value=name == "all")


def _substring(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name, depth
    anchors = (
        reader.flag(fields, "anchorStart", place),
        reader.flag(fields, "anchorEnd", place),
    )
    path, rule = reader.path(fields, place), fields.get("matching")
    value = reader.one_literal(fields, place)
    return reader.condition(path, _ANCHORED[anchors], value, place, rule)


def _fuzzy(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name, depth
    path, value = reader.path(fields, place), reader.one_literal(fields, place)
    method, at = fields.get("method"), f"{place}/method"
    if not isinstance(method, dict) or len(method) != 1:
        raise ClauseFault(f"method must be {' or '.join(_METHODS)}", at)
    ((kind, said),) = method.items()
    if local(kind) not in _METHODS or not isinstance(said, dict):
        raise ClauseFault(f"method must be {' or '.join(_METHODS)}", at)
    if "threshold" not in said:
        raise ClauseFault("Required argument threshold is not specified", f"{at}/{kind}")
    threshold = reader.literal(said["threshold"], f"{at}/{kind}/threshold")
    inclusive = reader.literal(said.get("inclusive", True), f"{at}/{kind}/inclusive")
    argument = Values(members=(value, threshold, inclusive), position=value.position)
    return reader.condition(path, local(kind), argument, place, fields.get("matching"))


def _ref(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name
    path, target = reader.path(fields, place), reader.inner(fields, place, depth)
    value = fields.get("value")
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not values and target is None:
        return negation(reader.condition(path, "exists", None, place))
    if not values:
        values = [{"relation": ANY_RELATION}]
    return disjunction([_side(reader, path, each, place, target) for each in values])


def _side(
    reader: ClauseReader, path: Path, value: Json, place: str, target: Filter | None
) -> Filter:
    """A reference is like one value; types and relations are named without quotes."""
    at = f"{place}/value"
    if not isinstance(value, dict):
        raise ClauseFault('A reference value is an object such as {"oid": "..."}', at)
    found = {local(key): each for key, each in value.items()}
    parts: list[Filter] = []
    if "oid" in found:
        oid = reader.literal(found["oid"], f"{at}/oid")
        parts.append(reader.condition(Path(steps=("oid",)), "equal", oid, at))
    for key, item in (("type", "targetType"), ("relation", "relation")):
        given = reader.name_of(found, key, at)
        if given is not None:
            parts.append(reader.condition(Path(steps=(item,)), "equal", given, at))
    if target is not None:
        argument = Subfilter(filter=target)
        parts.append(reader.condition(Path(steps=("@",)), "matches", argument, at))
    if not parts:
        return reader.condition(path, "exists", None, place)
    return reader.condition(path, "matches", Subfilter(filter=conjunction(parts)), place)


def _exists(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name
    path, inner = reader.path(fields, place), reader.inner(fields, place, depth)
    if inner is None:
        return reader.condition(path, "exists", None, place)
    return reader.condition(path, "matches", Subfilter(filter=inner), place)


def _in_oid(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name, depth
    operator = "ownedByOid" if reader.flag(fields, "considerOwner", place) else "inOid"
    found = reader.literals(fields, place)
    return reader.on_self(operator, _join_values(found), place) if found else Always(value=False)


def _org(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del name, depth
    if reader.flag(fields, "isRoot", place):
        return reader.on_self("isRoot", None, place)
    reference = fields.get("orgRef")
    if not isinstance(reference, dict) or "oid" not in reference:
        raise ClauseFault("org needs orgRef with an oid, or isRoot", place)
    scope = fields.get("scope", reference.get("scope", "SUBTREE"))
    oid = reader.literal(reference["oid"], f"{place}/orgRef/oid")
    return reader.condition(SELF, "inOrg", oid, place, scope)


def _full_text(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    del depth
    found = reader.literals(fields, place)
    if not found:
        raise ClauseFault("Value required for filter fullText", place)
    return reader.on_self(name, _join_values(found), place)


def _type(reader: ClauseReader, name: str, fields: Document, place: str, depth: int) -> Filter:
    named = reader.name_of(fields, "type", place)
    if named is None:
        raise ClauseFault("type literal must be specified for type.", place)
    inner = reader.inner(fields, place, depth)
    chosen = reader.on_self(name, named, place)
    return chosen if inner is None else conjunction([chosen, inner])


def _read_related(
    reader: ClauseReader, name: str, fields: Document, place: str, depth: int
) -> Filter:
    """OwnedBy and referencedBy."""
    parts: list[Filter] = []
    given = {
        "@type": reader.name_of(fields, "type", place),
        "@path": reader.path(fields, place) if "path" in fields else None,
        "@relation": reader.name_of(fields, "relation", place),
    }
    for key, value in given.items():
        if value is not None:
            parts.append(reader.condition(Path(steps=(key,)), "equal", value, place))
    inner = reader.inner(fields, place, depth)
    if inner is not None:
        parts.append(inner)
    if not parts:
        raise ClauseFault(f"{name} filter requires @type", place)
    return reader.on_self(name, Subfilter(filter=conjunction(parts)), place)


READERS: dict[str, Callable[[ClauseReader, str, Document, str, int], Filter | None]] = complete(
    "clauses",
    {
        **dict.fromkeys(VALUE_CLAUSES, _compare),
        **dict.fromkeys(("all", "none", "undefined"), _constant),
        **dict.fromkeys(("ownedBy", "referencedBy"), _read_related),
        "substring": _substring,
        "fuzzyStringMatch": _fuzzy,
        "ref": _ref,
        "exists": _exists,
        "inOid": _in_oid,
        "org": _org,
        "fullText": _full_text,
        "type": _type,
    },
    {name for name, fields in FIELDS.items() if fields is not None},
)
