"""What somebody may see: rights and groups as conditions that searches are confined to.

The same holds for one object in `permissions`; both must agree.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.engine.objects.literals import one_of
from gateway.engine.rights.groups import groups_of
from gateway.engine.rights.permissions import filter_of
from gateway.model.job import EVERYBODY
from gateway.model.types import SCHEMA
from gateway.query import compile_filter
from gateway.query.resolved import AllOf, AnyOf, Audience, Complement, Constant, Resolved
from gateway.query.sight import EVERYTHING, NOTHING, Sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.grants import GrantPart, Selection
    from gateway.model.principal import Author, Principal, Right

#: Type to the item that names the groups that it is limited to, and to the filter of the others.
LIMITED = {
    "JobType": ("groups", "isOpen = true"),
    "WorkItemType": ("groups", "isOpen = true"),
    "WorkflowType": ("group", f"group not exists or group = '{EVERYBODY}'"),
}
#: Principals' sights at hand.
SIGHT_CACHE_SIZE = 4_096


def sight_of(principal: Principal, *rights: Right) -> Sight | None:
    """What somebody may do all of this to, and whose groups let it be seen; None: everything."""
    limited = [each for each in rights if not principal.may(each)]
    parts = tuple(dict.fromkeys(map(principal.grants.parts.get, limited)))
    groups = groups_of(principal)
    return None if groups is None and not parts else _sight(parts, groups)


def sight_of_author(author: Author, *rights: Right) -> Sight | None:
    """What a task may find that works in somebody's name.

    As far as its owner and all may who have decided what is done, or else who vouches for it.
    """
    deciding = tuple(sight_of(each, *rights) for each in (author.principal, *author.hands))
    seen = tuple(each for each in deciding if each is not None)
    if author.vouching is None or not seen:
        return _within_all(seen)
    vouched = sight_of(author.vouching, *rights)
    return None if vouched is None else _within_any((_within_all(seen), vouched))


@lru_cache(maxsize=SIGHT_CACHE_SIZE)
def _within_all(sights: tuple[Sight, ...]) -> Sight | None:
    """What is seen by each."""
    if len(sights) < 2:
        return sights[0] if sights else None
    names = {name for each in sights for name in each.conditions}
    return Sight(
        conditions={
            name: _all_of([each.conditions.get(name, EVERYTHING) for each in sights])
            for name in names
        }
    )


@lru_cache(maxsize=SIGHT_CACHE_SIZE)
def _within_any(sights: tuple[Sight | None, ...]) -> Sight | None:
    """What is seen by one of them at least."""
    known = [each for each in sights if each is not None]
    if len(known) < len(sights):
        return None
    names = set.intersection(*(set(each.conditions) for each in known))
    ways = {name: tuple(each.conditions[name] for each in known) for name in names}
    return Sight(conditions={name: AnyOf(parts=each) for name, each in ways.items()})


@lru_cache(maxsize=SIGHT_CACHE_SIZE)
def _sight(parts: tuple[GrantPart | None, ...], groups: frozenset[str] | None) -> Sight:
    conditions = {name: _condition(parts, name) for name in SCHEMA.concrete("ObjectType")}
    if groups is not None:
        for name, open_to in _limits(tuple(sorted(groups))).items():
            conditions[name] = _all_of([conditions.get(name, EVERYTHING), open_to])
    return Sight(conditions={name: each for name, each in conditions.items() if each != EVERYTHING})


def _limits(groups: tuple[str, ...]) -> dict[str, Resolved]:
    """By type: what is for everybody, and what is for one of the groups."""
    found: dict[str, Resolved] = {"TaskType": Audience(groups=groups)}
    for name, (item, is_open) in LIMITED.items():
        ways = [compile_filter(is_open, name).query.condition]
        if groups:
            ways.append(compile_filter(f"{item} = {one_of(groups)}", name).query.condition)
        found[name] = AnyOf(parts=tuple(ways))
    return found


def _condition(parts: Sequence[GrantPart | None], type_name: str) -> Resolved:
    """What must hold for an object of the type."""
    found: list[Resolved] = []
    for part in parts:
        if part is None:
            return NOTHING
        found += [_combine_selections(group, type_name) for group in part.groups]
        found += [_complement(_combine_selections((each,), type_name)) for each in part.but]
    return _all_of(found)


def _combine_selections(selections: Sequence[Selection], type_name: str) -> Resolved:
    """What some of the selections select."""
    fitting = [each for each in selections if SCHEMA.is_subtype(type_name, each.type)]
    ways: list[Resolved] = []
    for each in fitting:
        compiled = filter_of(each)
        if compiled is None:
            return EVERYTHING
        ways.append(compiled.query.condition)
    return AnyOf(parts=tuple(ways)) if ways else NOTHING


def _complement(node: Resolved) -> Resolved:
    return Constant(value=not node.value) if isinstance(node, Constant) else Complement(part=node)


def _all_of(parts: Sequence[Resolved]) -> Resolved:
    if NOTHING in parts:
        return NOTHING
    needed = tuple(each for each in parts if each != EVERYTHING)
    if len(needed) < 2:
        return needed[0] if needed else EVERYTHING
    return AllOf(parts=needed)
