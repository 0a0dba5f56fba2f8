"""Resolved conditions to SQL: one expression a node, over the frames that a condition stands in.

Gets aliases and frames; what is selected from and joined is decided in `sql`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, get_args

from gateway.model.schema import Kind
from gateway.model.tables import complete
from gateway.query.orgs import ORG
from gateway.query.resolved import (
    OBJECT_OID,
    Above,
    AllOf,
    AnyOf,
    Audience,
    Compare,
    ComparePlaces,
    Complement,
    Constant,
    FullText,
    InOrg,
    ItemLocation,
    Present,
    Referrer,
    Refers,
    Resolved,
    Some,
    TypeIs,
)
from gateway.store.sqlite.compile.comparisons import (
    compare,
    compare_places,
    each_value,
    present_values,
)
from gateway.store.sqlite.compile.fragments import (
    FALSE,
    TRUE,
    Fragment,
    among,
    both,
    bound,
    constant,
    exists,
    join_fragments,
    one_of,
    select,
)
from gateway.store.sqlite.compile.orgs import in_org
from gateway.store.sqlite.compile.selectivity import (
    INDEXED_BY_TYPE,
    ROWS,
    conjuncts,
    is_closed,
    is_selective,
    leads_to_keys,
)
from gateway.store.sqlite.compile.sources import (
    DocumentRowSource,
    ObjectRowSource,
    OutcomeRowSource,
    Reference,
    RowSource,
    json_path,
)
from gateway.store.sqlite.compile.trigrams import pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable

Frames: TypeAlias = tuple[RowSource, ...]
_TARGET = ("targetRef",)


def condition(
    node: Resolved,
    *frames: ObjectRowSource,
    sets: list[Fragment] | None = None,
    by_parts: bool = True,
) -> Fragment:
    """The condition on the last object; conditions on referenced ones go to `sets` where they can.

    `by_parts`: whether the object's name may be looked up in the index of name parts.
    """
    return _Compiler(sets, by_parts=by_parts).condition(node, frames, negated=False)


class _Compiler:
    """One compilation; counts the aliases it gives away."""

    def __init__(self, sets: list[Fragment] | None = None, *, by_parts: bool = True) -> None:
        self._numbers = count(1)
        self._by_parts = by_parts
        #: Sets of oids that stand before the condition; None where they stand inside it.
        self.sets = sets

    def _alias(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def condition(self, node: Resolved, frames: Frames, *, negated: bool) -> Fragment:
        """One node; negation is pushed down to the leaves, where null counts as false."""
        while isinstance(node, Complement | Above):
            if isinstance(node, Above):
                frames = (*frames, frames[node.frame])
            else:
                negated = not negated
            node = node.part
        if isinstance(node, AllOf | AnyOf):
            parts = []
            for part in node.parts:
                parts.append(self.condition(part, frames, negated=negated))  # noqa: PERF401
            return join_fragments("AND" if isinstance(node, AllOf) is not negated else "OR", parts)
        if isinstance(node, Constant):
            return constant(value=node.value is not negated)
        leaf = _LEAVES[type(node)](self, node, frames)
        return leaf.negate() if negated else self._narrow(node, frames[-1], leaf)

    def _narrow(self, node: Resolved, frame: RowSource, leaf: Fragment) -> Fragment:
        """The leaf behind what an index knows of it; only where it is not negated."""
        if not isinstance(node, Compare) or not isinstance(frame, ObjectRowSource):
            return leaf
        pieces = pieces_of(node) if self._by_parts or not frame.is_root else None
        if pieces is None or not frame.is_column(node.place):
            return leaf
        named = bound("name_part MATCH ?", pieces)
        return both(among(frame.seq, "rowid", "name_part", named), leaf)

    # ---- properties and whole objects ------------------------------------------------------------

    def compare(self, node: Compare, frames: Frames) -> Fragment:
        return compare(node, frames[-1], self._alias("j"))

    def compare_places(self, node: ComparePlaces, frames: Frames) -> Fragment:
        left = frames[-1] if node.left_frame is None else frames[node.left_frame]
        return compare_places(node, left, frames[-1])

    def type_is(self, node: TypeIs, frames: Frames) -> Fragment:
        return one_of(f"{_object(frames).alias}.type", node.types) if node.types else FALSE

    def in_org(self, node: InOrg, frames: Frames) -> Fragment:
        way = None
        if node.way is not None:
            way = self.condition(node.way, (*frames, ObjectRowSource(alias=ORG)), negated=False)
        return in_org(node, _object(frames).alias, way)

    def audience(self, node: Audience, frames: Frames) -> Fragment:
        frame = _object(frames)
        task = frame.task or self._alias("t")
        is_listed = one_of("value", node.groups) if node.groups else FALSE
        is_for = exists(f"json_each({task}.audience)", self._alias("g"), is_listed)
        if frame.task is not None:
            return join_fragments("OR", [bound(f"{task}.audience IS NULL"), is_for])
        limited = bound(f"{task}.seq = {frame.seq} AND {task}.audience IS NOT NULL")
        hidden = exists("task", task, both(limited, is_for.negate()))
        return bound(f"NOT {hidden.sql}", *hidden.parameters)

    def full_text(self, node: FullText, frames: Frames) -> Fragment:
        if not node.words:
            return TRUE
        alias = _object(frames).alias
        return bound(f"taskgate_words({alias}.type, {alias}.doc, ?)", " ".join(node.words))

    def present(self, node: Present, frames: Frames) -> Fragment:
        place, frame = node.place, frames[-1]
        alias = self._alias("j")
        if place.item.kind is Kind.PROPERTY:
            return present_values(place, frame, alias)
        if isinstance(frame, ObjectRowSource) and place.item.storage in ROWS:
            return exists(place.item.storage, alias, _of_owner(place, frame, alias))
        if place.item.many:
            return exists(each_value(frame, place), alias, bound(f"{alias}.value <> '{{}}'"))
        return bound(f"json_extract({frame.document(place)}, {json_path(place.keys)}) <> '{{}}'")

    # ---- one value of a container ----------------------------------------------------------------

    def some(self, node: Some, frames: Frames) -> Fragment:
        storage, frame = node.place.item.storage, frames[-1]
        if isinstance(frame, ObjectRowSource) and storage == "outcome":
            return self._some_outcome(node, frame, frames)
        if isinstance(frame, ObjectRowSource) and storage == "assignment":
            return self._some_assignment(node, frame, frames)
        return self._some_json(node, frames)

    def _some_json(self, node: Some, frames: Frames) -> Fragment:
        alias = self._alias("j")
        inner = (*frames, DocumentRowSource(json=f"{alias}.value"))
        part = self.condition(node.part, inner, negated=False)
        return exists(each_value(frames[-1], node.place), alias, part)

    def _some_outcome(self, node: Some, frame: ObjectRowSource, frames: Frames) -> Fragment:
        alias = self._alias("x")
        part = self.condition(node.part, (*frames, OutcomeRowSource(alias=alias)), negated=False)
        selective = any(map(is_selective, conjuncts(node.part)))
        return _owners(node.place, alias, part, frame, selective=selective)

    def _some_assignment(self, node: Some, frame: ObjectRowSource, frames: Frames) -> Fragment:
        """By target alone from the side table; else from the document, the targets as a sieve."""
        parts = conjuncts(node.part)
        # The row knows the target only: no condition may look back at the value or beyond it.
        targets = [each for each in parts if _is_target(each) and _looks_ahead(each, frames)]
        if targets and len(targets) == len(parts):
            return self._by_target(node.place, targets, frames)
        full = self._some_json(node, frames)
        # A sieve doubles the text of what is in it: worth it for the outermost objects, and where
        # it leads back to one object.
        sieve = [
            target
            for target in targets
            if target.subject is not None or (frame.is_root and is_selective(target))
        ]
        return both(self._by_target(node.place, sieve, frames), full) if sieve else full

    def _by_target(self, place: ItemLocation, targets: list[Refers], frames: Frames) -> Fragment:
        alias = self._alias("a")
        # The row stands for the value of the container, which is a frame of its own.
        inner = (*frames, DocumentRowSource(json="NULL"))
        part = both(*(self._fits(target, _row_reference(alias), inner) for target in targets))
        selective = any(map(is_selective, targets))
        return _owners(place, alias, part, _object(frames), selective=selective)

    # ---- references ------------------------------------------------------------------------------

    def refers(self, node: Refers, frames: Frames) -> Fragment:
        place, frame = node.place, frames[-1]
        if isinstance(frame, ObjectRowSource) and place.item.storage == "reference":
            alias = self._alias("r")
            part = self._fits(node, _row_reference(alias), frames)
            return _owners(place, alias, part, frame, selective=is_selective(node))
        if not place.item.many:
            return self._fits(node, frame.reference(place), frames)
        alias = self._alias("j")
        value = ItemLocation(keys=(), item=place.item, in_object=False)
        reference = DocumentRowSource(json=f"{alias}.value").reference(value)
        return exists(each_value(frame, place), alias, self._fits(node, reference, frames))

    def _fits(self, node: Refers, reference: Reference, frames: Frames) -> Fragment:
        parts = [bound(reference.exists)]
        if node.oids is not None:
            parts.append(one_of(reference.oid, node.oids))
        if node.subject is not None:
            subject = _object((frames[node.subject],))
            parts.append(bound(f"{reference.oid} = {subject.alias}.oid"))
        if node.target_type is not None:
            parts.append(bound(f"{reference.type} = ?", node.target_type))
        if node.relation is not None:
            parts.append(bound(f"{reference.relation} = ?", node.relation))
        if node.target is not None:
            parts.append(self._target(node, node.target, reference, frames))
        return both(*parts)

    def _target(
        self, node: Refers, target: Resolved, reference: Reference, frames: Frames
    ) -> Fragment:
        if not node.target_types:
            return FALSE
        alias = self._alias("o")
        inner = self.condition(target, (*frames, ObjectRowSource(alias=alias)), negated=False)
        if not is_closed(target, len(frames)):
            # It is another question for each referring object: straight to the one target.
            found = bound(f"{alias}.oid = {reference.oid}")
            is_typed = one_of(f"+{alias}.type", node.target_types)
            return exists("object", alias, both(found, is_typed, inner))
        part = both(one_of(f"{alias}.type", node.target_types), inner)
        if self.sets is None:
            return among(reference.oid, f"{alias}.oid", f"object {alias}", part)
        self.sets.append(select(f"{alias}.oid", f"object {alias}", part))
        return bound(f"{reference.oid} IN s{len(self.sets)}")

    def referrer(self, node: Referrer, frames: Frames) -> Fragment:
        if not node.types:
            return FALSE
        frame = ObjectRowSource(alias=self._alias("o"))
        inner = (*frames, frame)
        part = self.condition(node.part, inner, negated=False)
        found = self._all_targets(node, frame, inner, part)
        if found is not None:
            return found
        refers = self.condition(node.reference, inner, negated=False)
        wanted = both(refers, one_of(f"+{frame.alias}.type", node.types), part)
        return exists("object", frame.alias, wanted)

    def _all_targets(
        self, node: Referrer, frame: ObjectRowSource, inner: Frames, part: Fragment
    ) -> Fragment | None:
        """What all referrers refer to, where they are few or no index leads back to them."""
        refers, place = _only_reference(node.reference)
        if refers is None or refers.subject is None or not is_closed(node.part, len(inner) - 1):
            return None
        subject = _object((inner[refers.subject],))
        anyone = replace(refers, subject=None)
        typed = one_of(f"{frame.alias}.type", node.types)
        if not refers.place.item.many and place is refers.place:
            reference = frame.reference(place)
            wanted = both(typed, self._fits(anyone, reference, inner), part)
            return among(f"{subject.alias}.oid", reference.oid, f"object {frame.alias}", wanted)
        if place.item.storage not in {"reference", "assignment"}:
            return None
        if not leads_to_keys(node.part, INDEXED_BY_TYPE):
            return None
        row = self._alias("r")
        owners = select(f"{frame.alias}.seq", f"object {frame.alias}", both(typed, part))
        wanted = both(
            bound(f"{row}.path = ?", place.item.name),
            self._fits(anyone, _row_reference(row), inner),
            bound(f"{row}.owner IN ({owners.sql})", *owners.parameters),
        )
        table = f"{place.item.storage} {row}"
        return among(f"{subject.alias}.oid", f"{row}.target", table, wanted)


_LEAVES: dict[type, Callable[[_Compiler, Any, Frames], Fragment]] = complete(
    "conditions in SQL",
    {
        Compare: _Compiler.compare,
        ComparePlaces: _Compiler.compare_places,
        Present: _Compiler.present,
        Some: _Compiler.some,
        Refers: _Compiler.refers,
        Referrer: _Compiler.referrer,
        TypeIs: _Compiler.type_is,
        InOrg: _Compiler.in_org,
        Audience: _Compiler.audience,
        FullText: _Compiler.full_text,
    },
    set(get_args(Resolved)) - {AllOf, AnyOf, Complement, Above, Constant},
)


def _object(frames: Frames) -> ObjectRowSource:
    """The last frame, which is an object."""
    frame = frames[-1]
    if not isinstance(
        frame, ObjectRowSource
    ):  # pragma: no cover  refused when names were looked up
        raise TypeError("only an object is asked for this")
    return frame


def _looks_ahead(node: Refers, frames: Frames) -> bool:
    """Whether what is asked of the target is about the target alone."""
    return node.target is None or is_closed(node.target, len(frames) + 1)


def _owners(
    place: ItemLocation, alias: str, part: Fragment, frame: ObjectRowSource, *, selective: bool
) -> Fragment:
    """Objects with a row beside them; from the rows to the objects where the rows are few."""
    table = place.item.storage
    if not selective:
        return exists(table, alias, both(_of_owner(place, frame, alias), part))
    if table != "outcome":
        part = both(bound(f"{alias}.path = ?", place.item.name), part)
    return among(frame.seq, f"{alias}.owner", f"{table} {alias}", part)


def _of_owner(place: ItemLocation, frame: ObjectRowSource, alias: str) -> Fragment:
    owned = bound(f"{alias}.owner = {frame.seq}")
    if place.item.storage == "outcome":
        return owned
    return both(owned, bound(f"{alias}.path = ?", place.item.name))


def _only_reference(node: Resolved) -> tuple[Refers | None, ItemLocation]:
    """The reference that a referrer's condition is all about, and the item that rows name."""
    if isinstance(node, Refers):
        return node, node.place
    if isinstance(node, Some):
        (first, *more) = conjuncts(node.part)
        return (first if _is_target(first) and not more else None), node.place
    return None, ItemLocation(keys=(), item=OBJECT_OID, in_object=True)


def _is_target(node: Resolved) -> TypeGuard[Refers]:
    return isinstance(node, Refers) and node.place.keys == _TARGET


def _row_reference(alias: str) -> Reference:
    return Reference(
        oid=f"{alias}.target",
        type=f"{alias}.target_type",
        relation=f"{alias}.relation",
        exists=f"{alias}.relation IS NOT NULL",
    )
