"""What somebody is granted: operations, on everything or on some objects. Pure; looks at nothing.

Rules are put together once for each principal: for each operation they come to nothing, to everything
or to a part. A denial wins over whatever allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: An operation is asked for and then executed; it must be allowed in both phases.
PHASES = ("request", "execution")


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """The objects of a type that match all of the filter clauses, each written as JSON."""

    type: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Operations that are allowed or denied."""

    operations: frozenset[str]
    allows: bool = True
    phases: frozenset[str] = frozenset(PHASES)
    #: On the objects that any of them selects; empty: on everything.
    objects: tuple[Selection, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantPart:
    """Objects that some selection of each group selects, and none of `but`."""

    groups: tuple[tuple[Selection, ...], ...] = ()
    but: tuple[Selection, ...] = ()


EVERYTHING = GrantPart()
if TYPE_CHECKING:
    Overlaps = Callable[[Selection, Selection], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grants:
    """What rules come to."""

    #: Operations that are granted on everything.
    whole: frozenset[str]
    #: Those that are granted on some objects.
    parts: Mapping[str, GrantPart]
    #: Those that a rule denies, if only on some objects.
    denied: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.whole or self.parts)


def combine_rules(rules: Iterable[Rule]) -> Grants:
    """What the rules grant together."""
    listed = tuple(rules)
    named = {name for rule in listed if rule.allows for name in rule.operations}
    found = {name: _part([r for r in listed if name in r.operations]) for name in named}
    return Grants(
        whole=frozenset(name for name, part in found.items() if part == EVERYTHING),
        parts={
            name: part for name, part in found.items() if part is not None and part != EVERYTHING
        },
        denied=frozenset(name for rule in listed if not rule.allows for name in rule.operations),
    )


def _part(rules: Sequence[Rule]) -> GrantPart | None:
    """What rules about one operation grant of it; None: nothing."""
    # A denial in either phase denies.
    denying = [rule for rule in rules if not rule.allows]
    if any(not rule.objects for rule in denying):
        return None
    groups: dict[tuple[Selection, ...], None] = {}
    for phase in PHASES:
        allowing = [rule for rule in rules if rule.allows and phase in rule.phases]
        # One that is allowed on everything leaves nothing to be selected.
        if all(rule.objects for rule in allowing):
            groups[tuple(each for rule in allowing for each in rule.objects)] = None
    if () in groups:
        return None
    return GrantPart(groups=tuple(groups), but=tuple(s for rule in denying for s in rule.objects))


def covers(given: GrantPart, wanted: GrantPart, takes: Overlaps, meets: Overlaps) -> bool:
    """Whether who is granted one part is granted all of the other; in doubt not.

    Args:
        given: what is granted.
        wanted: what is to lie within it.
        takes: whether a selection of `given` selects all that one of `wanted` does.
        meets: whether two selections may have an object in common.
    """
    reaches = all(
        any(all(any(takes(g, w) for g in ours) for w in theirs) for theirs in wanted.groups)
        for ours in given.groups
    )
    return reaches and all(
        any(takes(denied, out) for denied in wanted.but)
        or any(not any(meets(w, out) for w in theirs) for theirs in wanted.groups)
        for out in given.but
    )
