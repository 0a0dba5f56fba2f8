"""Resolved tree to predicate over stored objects; the reference for what `sql` selects.

A missing value satisfies nothing, and `not` is the exact complement. Reads objects, writes none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, get_args

from gateway.errors import Unsupported
from gateway.model.documents import DEFAULT_RELATION, Document, StoredObject
from gateway.model.tables import complete
from gateway.query.comparisons import COMPARISONS, Comparison
from gateway.query.normal_forms import apply_facet
from gateway.query.numbers import number_of
from gateway.query.orgs import ORG_TYPE, above
from gateway.query.resolved import (
    Above,
    AllOf,
    AnyOf,
    Audience,
    Compare,
    ComparePlaces,
    Complement,
    Constant,
    Facet,
    FullText,
    InOrg,
    ItemLocation,
    OrgScope,
    Present,
    Query,
    Referrer,
    Refers,
    Resolved,
    Some,
    Test,
    TypeIs,
)
from gateway.query.texts import has_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.model.documents import Json

    Fetch: TypeAlias = Callable[[str], StoredObject | None]
    Everything: TypeAlias = Callable[[], Iterable[StoredObject]]


class ValueFrame(NamedTuple):
    """An object, or a container value inside one."""

    value: Document
    stored: StoredObject


Holds: TypeAlias = Callable[[tuple[ValueFrame, ...]], bool]


def predicate(
    query: Query, fetch: Fetch, everything: Everything | None = None
) -> Callable[[StoredObject], bool]:
    """Whether an object is selected.

    `fetch` finds what references point to; `everything` is where referencedBy looks. Raises
    `Unsupported` for a filter with referencedBy where it is not given.
    """
    holds = _Builder(fetch, everything).holds(query.condition)
    types = frozenset(query.types)
    return lambda stored: stored.type in types and holds((ValueFrame(stored.items, stored),))


class _Builder:
    """Makes predicates, one a node."""

    def __init__(self, fetch: Fetch, everything: Everything | None) -> None:
        self._fetch = fetch
        self._everything = everything

    def holds(self, node: Resolved) -> Holds:
        """The predicate of a node."""
        if isinstance(node, AllOf | AnyOf):
            parts = []
            for part in node.parts:
                parts.append(self.holds(part))  # noqa: PERF401  one frame a level
            return _all(parts) if isinstance(node, AllOf) else _any(parts)
        if isinstance(node, Complement):
            inner = self.holds(node.part)
            return lambda frames: not inner(frames)
        return _LEAVES[type(node)](self, node)

    # ---- what is beside a value ------------------------------------------------------------------

    def above(self, node: Above) -> Holds:
        inner = self.holds(node.part)
        return lambda frames: inner((*frames, frames[node.frame]))

    def some(self, node: Some) -> Holds:
        inner, place = self.holds(node.part), node.place
        return lambda frames: any(
            inner((*frames, ValueFrame(each, frames[-1].stored)))
            for each in _values(place, frames[-1])
        )

    # ---- references ------------------------------------------------------------------------------

    def refers(self, node: Refers) -> Holds:
        target = None if node.target is None else self.holds(node.target)

        def fits(reference: Document, frames: tuple[ValueFrame, ...]) -> bool:
            oid = reference.get("oid")
            if node.oids is not None and oid not in node.oids:
                return False
            if node.target_type is not None and reference.get("type") != node.target_type:
                return False
            if node.relation not in {None, reference.get("relation") or DEFAULT_RELATION}:
                return False
            if node.subject is not None and oid != frames[node.subject].stored.oid:
                return False
            return target is None or self._target_holds(target, node, str(oid), frames)

        return lambda frames: any(
            fits(reference, frames) for reference in _values(node.place, frames[-1])
        )

    def _target_holds(
        self, target: Holds, node: Refers, oid: str, frames: tuple[ValueFrame, ...]
    ) -> bool:
        found = self._fetch(oid)
        if found is None or found.type not in node.target_types:
            return False
        return target((*frames, ValueFrame(found.items, found)))

    def referrer(self, node: Referrer) -> Holds:
        refers, part, everything = (
            self.holds(node.reference),
            self.holds(node.part),
            self._everything,
        )
        if everything is None:
            raise Unsupported("referencedBy needs all objects, and only one is looked at here")

        def holds(frames: tuple[ValueFrame, ...]) -> bool:
            for each in everything():
                inner = (*frames, ValueFrame(each.items, each))
                if each.type in node.types and refers(inner) and part(inner):
                    return True
            return False

        return holds

    # ---- whole objects ---------------------------------------------------------------------------

    def in_org(self, node: InOrg) -> Holds:
        if node.scope is OrgScope.ONE_LEVEL:
            return lambda frames: node.oid in above(frames[-1].stored, _nothing)
        orgs = self._orgs(node)
        if node.scope is OrgScope.SUBTREE:
            return lambda frames: node.oid in above(frames[-1].stored, orgs(frames))
        found: list[frozenset[str]] = []

        def holds(frames: tuple[ValueFrame, ...]) -> bool:
            if not found:  # the same for every object
                org = orgs(frames)(node.oid)
                found.append(frozenset() if org is None else above(org, orgs(frames)))
            return frames[-1].stored.oid in found[0]

        return holds

    def _orgs(self, node: InOrg) -> Callable[[tuple[ValueFrame, ...]], Fetch]:
        """What finds the orgs that may be looked at on the way."""
        if node.way is None:
            return lambda _: self._fetch
        way = self.holds(node.way)

        def orgs(frames: tuple[ValueFrame, ...]) -> Fetch:
            def fetch(oid: str) -> StoredObject | None:
                org = self._fetch(oid)
                if org is None or org.type != ORG_TYPE:
                    return None
                return org if way((*frames, ValueFrame(org.items, org))) else None

            return fetch

        return orgs

    def audience(self, node: Audience) -> Holds:
        def holds(frames: tuple[ValueFrame, ...]) -> bool:
            state = frames[-1].stored.state
            return state is None or not state.groups or not state.groups.isdisjoint(node.groups)

        return holds

    def full_text(self, node: FullText) -> Holds:
        def holds(frames: tuple[ValueFrame, ...]) -> bool:
            stored = frames[-1].stored
            return has_words(stored.type, stored.items, node.words)

        return holds

    def type_is(self, node: TypeIs) -> Holds:
        return lambda frames: frames[-1].stored.type in node.types

    def constant(self, node: Constant) -> Holds:
        return lambda _: node.value

    # ---- properties ------------------------------------------------------------------------------

    def present(self, node: Present) -> Holds:
        return lambda frames: any(map(_is_present, _values(node.place, frames[-1])))

    def compare(self, node: Compare) -> Holds:
        tests = [_test(node.comparison, test, node.place.item.type) for test in node.tests]

        def passes(value: Json) -> bool:
            return all(test(value) for test in tests)

        return lambda frames: any(map(passes, _values(node.place, frames[-1])))

    def compare_places(self, node: ComparePlaces) -> Holds:
        compare = COMPARISONS[node.comparison].holds
        left_frame = -1 if node.left_frame is None else node.left_frame

        def holds(frames: tuple[ValueFrame, ...]) -> bool:
            left = _values(node.left, frames[left_frame])
            right = _values(node.right, frames[-1])
            if not left or not right:
                return False
            return all(
                compare(_facet(left[0], one), _facet(right[0], other)) for one, other in node.facets
            )

        return holds


_LEAVES: dict[type, Callable[[_Builder, Any], Holds]] = complete(
    "predicates of conditions",
    {
        Above: _Builder.above,
        Some: _Builder.some,
        Refers: _Builder.refers,
        Referrer: _Builder.referrer,
        InOrg: _Builder.in_org,
        Audience: _Builder.audience,
        FullText: _Builder.full_text,
        TypeIs: _Builder.type_is,
        Constant: _Builder.constant,
        Present: _Builder.present,
        Compare: _Builder.compare,
        ComparePlaces: _Builder.compare_places,
    },
    set(get_args(Resolved)) - {AllOf, AnyOf, Complement},
)


def _nothing(oid: str) -> None:
    del oid


def _all(parts: list[Holds]) -> Holds:
    def holds(frames: tuple[ValueFrame, ...]) -> bool:
        for part in parts:  # noqa: SIM110  a generator would double the stack
            if not part(frames):
                return False
        return True

    return holds


def _any(parts: list[Holds]) -> Holds:
    def holds(frames: tuple[ValueFrame, ...]) -> bool:
        for part in parts:  # noqa: SIM110  as above
            if part(frames):
                return True
        return False

    return holds


def _values(place: ItemLocation, frame: ValueFrame) -> list[Json]:
    """The values at a place; none where anything on the way is missing."""
    if place.item.storage == "object.oid":
        return [frame.stored.oid]
    if not place.keys and place.item.storage.startswith("task."):
        column = getattr(frame.stored.state, place.item.storage.removeprefix("task."), None)
        return [] if column is None else [column]
    found: Json = frame.value
    for key in place.keys:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    return [] if found is None else [found]


def _is_present(value: Json) -> bool:
    """An empty container is no value; an empty text is one."""
    return value is not None and value != {}


def _test(comparison: Comparison, test: Test, type_: str) -> Callable[[Json], bool]:
    compare = COMPARISONS[comparison].holds
    if type_ == "any":
        return _test_any(comparison, test)

    def passes(value: Json) -> bool:
        found = _facet(value, test.facet)
        return found is not None and any(compare(found, wanted) for wanted in test.values)

    return passes


def _facet(value: Json, facet: Facet) -> Json:
    if isinstance(value, dict):
        value = value.get("orig")
    if facet is Facet.PLAIN or value is None:
        return value
    return apply_facet(facet, value)


def _test_any(comparison: Comparison, test: Test) -> Callable[[Json], bool]:
    """Values of unknown type: texts as texts, numbers as numbers, booleans by their words."""
    row = COMPARISONS[comparison]
    compare, is_plain = row.holds, test.facet is Facet.PLAIN and row.takes_items
    numbers = [n for n in map(number_of, test.values) if n is not None] if is_plain else []

    def passes(value: Json) -> bool:
        if isinstance(value, str):
            return any(compare(_facet(value, test.facet), wanted) for wanted in test.values)
        if isinstance(value, bool):
            word = "true" if value else "false"
            return is_plain and comparison is Comparison.EQUAL and word in test.values
        if isinstance(value, int | float):
            return any(compare(value, wanted) for wanted in numbers)
        return False

    return passes
