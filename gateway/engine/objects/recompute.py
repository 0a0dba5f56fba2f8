"""What an object's assignments and activation make of it: pure functions over documents.

Direct assignments and, transitively, the inducements of their targets give memberships; these give
`roleMembershipRef`, `parentOrgRef` and `archetypeRef`. Activation gives the effective status.
Inducements of a higher order than 1 belong to metaroles, which are not evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model import documents
from gateway.model.documents import DEFAULT_RELATION
from gateway.model.validity import effective_status, validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.model.documents import Document, StoredObject

#: Relations whose holders get what the target induces; others (owner, approver) are only recorded.
INDUCING_RELATIONS = frozenset({DEFAULT_RELATION, "manager"})
MEMBERSHIP_PATHS = ("roleMembershipRef", "parentOrgRef", "archetypeRef")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recomputed:
    """The object's new items, and assignment targets that do not exist."""

    items: Document
    dangling: tuple[str, ...]


def targets(items: Document) -> set[str]:
    """Oids of everything that the object's assignments and inducements point to."""
    return {
        oid
        for path in ("assignment", "inducement")
        for value in items.get(path, ())
        if (oid := value.get("targetRef", {}).get("oid"))
    }


def recompute(
    items: Document, known: Mapping[str, StoredObject], now: str, *, has_activation: bool
) -> Recomputed:
    """The items with derived ones brought up to date; equal items when nothing changes.

    `known` holds the targets of assignments and, transitively, of inducements.
    """
    renewed = dict(items)
    _stamp_assignments(renewed, now)
    dangling: list[str] = []
    held = list(_memberships(renewed, known, now, dangling))
    for path, wanted in zip(MEMBERSHIP_PATHS, _by_path(held), strict=True):
        _replace_references(renewed, path, wanted)
    if has_activation:
        _stamp_activation(renewed, now)
    return Recomputed(items=renewed, dangling=tuple(dangling))


def memberships(items: Document, known: Mapping[str, StoredObject], now: str) -> Iterator[Document]:
    """What the object is a member of now, whatever the status of its assignments was when stored."""
    renewed = dict(items)
    _stamp_assignments(renewed, now)
    return _memberships(renewed, known, now, [])


def potential_memberships(items: Document, known: Mapping[str, StoredObject]) -> Iterator[Document]:
    """What the object would be a member of if nothing were disabled, over or still to come."""
    seen: set[tuple[str, str]] = set()
    level = list(_all_references(items.get("assignment", ())))
    while level:
        reference = level.pop()
        key = (reference["oid"], reference["relation"])
        target = known.get(reference["oid"])
        if key in seen or target is None:
            continue
        seen.add(key)
        yield documents.reference(target.oid, target.type, reference["relation"])
        if reference["relation"] in INDUCING_RELATIONS:
            level += _all_references(target.items.get("inducement", ()))


def collect_assigned(items: Document, now: str) -> set[str]:
    """Oids of what the object is a plain member of by itself, by assignments that are in force now."""
    references = _references(items.get("assignment", ()), now)
    return {each["oid"] for each in references if each["relation"] == DEFAULT_RELATION}


def _by_path(held: list[Document]) -> tuple[list[Document], ...]:
    def of_type(type_name: str) -> list[Document]:
        return [m for m in held if m["type"] == type_name]

    archetypes = [m for m in of_type("ArchetypeType") if m["relation"] == DEFAULT_RELATION]
    return held, of_type("OrgType"), archetypes


def _memberships(
    items: Document, known: Mapping[str, StoredObject], now: str, dangling: list[str]
) -> Iterator[Document]:
    """Each membership once, direct ones first; cycles end where they meet themselves."""
    seen: set[tuple[str, str]] = set()
    level = list(_references(items["assignment"], None)) if "assignment" in items else []
    while level:
        following: list[Document] = []
        for reference in level:
            key = (reference["oid"], reference["relation"])
            if key in seen:
                continue
            seen.add(key)
            target = known.get(reference["oid"])
            if target is None:
                dangling.append(reference["oid"])
            elif effective_status(target.items, now) == "enabled":
                yield documents.reference(target.oid, target.type, reference["relation"])
                if reference["relation"] in INDUCING_RELATIONS:
                    following += _references(target.items.get("inducement", ()), now)
        level = following


def _references(values: Iterable[Document], now: str | None) -> Iterator[Document]:
    """Target references of those assignments or inducements that are in force.

    Without `now` the values are stamped already.
    """
    return _all_references(
        value
        for value in values
        if (effective_status(value, now) if now else _stamp_status(value)) == "enabled"
    )


def _all_references(values: Iterable[Document]) -> Iterator[Document]:
    """Target references of assignments or inducements, whether they are in force or not."""
    for value in values:
        reference = value.get("targetRef")
        if reference and value.get("order", 1) == 1:
            relation = reference.get("relation", DEFAULT_RELATION)
            yield {"oid": reference["oid"], "relation": relation}


def _stamp_status(value: Document) -> str:
    # What was written past the server may have no stamp.
    activation: Document = value.get("activation", {})
    names = ("effectiveStatus", "administrativeStatus")
    is_enabled = all(activation.get(name, "enabled") == "enabled" for name in names)
    return "enabled" if is_enabled else "disabled"


def _replace_references(items: Document, path: str, wanted: list[Document]) -> None:
    """Put the references in place; an equal set keeps its order, an empty one goes."""
    present = items.get(path, [])
    if present == wanted or {_key(r) for r in present} == {_key(r) for r in wanted}:
        return
    if wanted:
        items[path] = wanted
    else:
        items.pop(path, None)


def _key(reference: Document) -> tuple[object, ...]:
    return reference.get("oid"), reference.get("type"), reference.get("relation")


def _stamp_assignments(items: Document, now: str) -> None:
    if "assignment" not in items:
        return
    items["assignment"] = [_stamp_value(value, now) for value in items["assignment"]]


def _stamp_value(value: Document, now: str) -> Document:
    activation: Document = value.get("activation", {})
    status = effective_status(value, now)
    if activation.get("effectiveStatus") == status:
        return value
    return value | {"activation": activation | {"effectiveStatus": status}}


def _stamp_activation(items: Document, now: str) -> None:
    activation: Document = dict(items.get("activation", {}))
    activation["effectiveStatus"] = effective_status(items, now)
    status = validity(activation, now)
    if status is None:
        activation.pop("validityStatus", None)
    else:
        activation["validityStatus"] = status
    items["activation"] = activation
