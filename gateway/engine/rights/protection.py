"""Nobody gets further than granted by changing who somebody is or what a role gives.

One principle: who changes an object that holds or gives rights must have all of these rights, before
the change and after it. It counts what holds now, and what would if nothing were disabled or over, so
that enabling is no way round. Superusers are not asked; for others it costs a look at six items unless
one of them changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from gateway.engine.rights.held import only, principal_of
from gateway.engine.rights.permissions import meets, selects
from gateway.errors import NotAllowed
from gateway.model.containers import essential
from gateway.model.documents import identity, reference
from gateway.model.grants import EVERYTHING, covers
from gateway.model.principal import Right
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.model.validity import effective_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.engine.rights.held import Actions
    from gateway.model.documents import Document, StoredObject
    from gateway.model.grants import GrantPart, Selection
    from gateway.model.principal import Principal

    #: From an object's items to what its assignments and inducements lead to, by oid.
    Known = Callable[[Document], Mapping[str, StoredObject]]

#: Objects of this type log in.
HOLDER = "UserType"
#: Items that decide whether an object counts.
STATUS = ("activation", "lifecycleState")
#: Items that decide what rights an object holds or gives, and whether it does.
GIVING = ("assignment", "inducement", "authorization", *STATUS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alteration:
    """An object as it is and as it is to be; None: it is not there."""

    before: StoredObject | None
    after: StoredObject | None
    #: Whether somebody else may come in as it afterwards.
    sets_password: bool = False
    #: Names of the groups that its user belongs to.
    groups: frozenset[str] = frozenset()

    @property
    def forms(self) -> tuple[StoredObject, ...]:
        """The object in each form that there is; at least one."""
        return tuple(each for each in (self.before, self.after) if each is not None)

    def is_decisive(self, now: str) -> bool:
        """Whether it touches who somebody is or what rights there are."""
        if not SCHEMA.is_subtype(self.forms[0].type, "FocusType"):
            return False
        if self.before is None or self.after is None or self.sets_password:
            return True
        is_renamed = self.after.type == HOLDER and self.before.name != self.after.name
        return is_renamed or self.changes(GIVING) or _is_forged(self.before, self.after, now)

    def counts_afterwards(self, now: str) -> bool:
        """Whether the object is enabled when all is done."""
        return self.after is not None and effective_status(self.after.items, now) == "enabled"

    def changes(self, names: tuple[str, ...]) -> bool:
        """Whether what callers have written in one of the items changes."""
        if self.before is None or self.after is None:
            return False
        # Equal values are by far the most.
        names = tuple(n for n in names if self.before.items.get(n) != self.after.items.get(n))
        return any(
            _read_written(self.before, name) != _read_written(self.after, name) for name in names
        )


def _read_written(stored: StoredObject, name: str) -> object:
    """What callers have written in an item, as something to compare."""
    item, value = SCHEMA[stored.type].item(name), stored.items.get(name)
    if item is None or value is None or item.kind is not Kind.CONTAINER:
        return value
    said = [essential(each, item.type, SCHEMA) for each in (value if item.many else [value])]
    return [identity(each) for each in said if each] or None


def _is_forged(before: StoredObject, after: StoredObject, now: str) -> bool:
    """Whether a status that the server derives is to be another: written past the server."""
    old = {key: stamp for key, stamp, _ in _stamps(before.items, now)}
    return any(
        stamp != derived and old.get(key) != stamp
        for key, stamp, derived in _stamps(after.items, now)
    )


def _stamps(items: Document, now: str) -> Iterator[tuple[object, str | None, str]]:
    """By whose it is: a status as it is stored, and as it follows from the rest."""
    for key, value in (
        ("", items),
        *((each.get("id"), each) for each in items.get("assignment", ())),
    ):
        stamp = value.get("activation", {}).get("effectiveStatus")
        if stamp is not None:
            yield key, stamp, effective_status(value, now)


class Protection:
    """Holds changes of people and roles against the rights of who makes them."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def check(self, caller: Principal, change: Alteration, known: Known, now: str) -> None:
        """`NotAllowed` if the change is about rights that the caller lacks.

        Args:
            caller: in whose name it is made.
            change: what is changed.
            known: looks up what assignments and inducements lead to.
            now: the instant.
        """
        if caller.may(Right.ADMINISTER) or not change.is_decisive(now):
            return
        is_own = change.forms[0].oid == caller.oid
        if is_own and change.changes(STATUS) and change.counts_afterwards(now):
            raise NotAllowed(f"'{caller.name}' cannot decide for how long the own account counts.")
        rights = [self._rights(each, known, now, change.groups) for each in change.forms]
        if is_own and len(rights) == 2 and rights[0] == rights[1]:
            return
        for form, found in zip(change.forms, rights, strict=True):
            for each in found:
                lacking = self._lacking(each, caller, form)
                if lacking is not None:
                    raise _refusal(caller, form, lacking)

    def _rights(
        self, stored: StoredObject, known: Known, now: str, groups: frozenset[str]
    ) -> list[Principal]:
        """Who somebody is by the object: now, and if nothing were disabled or over."""
        if stored.type == HOLDER:
            holder, targets = stored, known(stored.items)
        else:
            own = reference(stored.oid, stored.type)
            items = {"name": stored.name, "assignment": [{"targetRef": own}]}
            holder = replace(stored, items=items)
            targets = {**known(stored.items), stored.oid: stored}
        found = [principal_of(holder, targets, each, self._actions, groups) for each in (now, None)]
        return found if stored.type == HOLDER else [*found, *map(_remove_denials, found)]

    def _lacking(self, rights: Principal, caller: Principal, subject: StoredObject) -> str | None:
        """Something of these rights that the caller has not; None if there is nothing."""
        for right in Right:
            wanted, given = _part(rights, right), _part(caller, right)
            if wanted is not None and not _within(wanted, given, subject):
                return right.value
        for entry in sorted(self._actions.entries):
            if rights.enters(entry) and not caller.enters(entry):
                return entry
        if rights.groups - caller.groups and not caller.may(Right.SUPERVISE):
            return "what the groups see"
        return None


def _remove_denials(principal: Principal) -> Principal:
    """With what a role denies as if it gave that: who takes a denial away gives, too."""
    rules = tuple(replace(rule, allows=True) for rule in principal.rules)
    return replace(principal, rules=rules)


def _part(principal: Principal, right: Right) -> GrantPart | None:
    """The objects on which the right is granted."""
    return EVERYTHING if principal.may(right) else principal.grants.parts.get(right)


def _within(wanted: GrantPart, given: GrantPart | None, subject: StoredObject) -> bool:
    own = orjson.dumps(only(subject.oid)).decode()

    def takes(ours: Selection, theirs: Selection) -> bool:
        if own in theirs.clauses and subject.type == HOLDER and selects(ours, subject):
            return True
        is_wider = SCHEMA.is_subtype(theirs.type, ours.type)
        return is_wider and set(ours.clauses) <= set(theirs.clauses)

    return given is not None and covers(given, wanted, takes, _may_meet)


def _may_meet(one: Selection, other: Selection) -> bool:
    return meets(one, other.type)


def _refusal(caller: Principal, stored: StoredObject, lacking: str) -> NotAllowed:
    does = "has" if stored.type == HOLDER else "gives or denies"
    return NotAllowed(
        f"'{stored.name}' {does} more rights than '{caller.name}' ({lacking}), who therefore cannot "
        "decide about it."
    )
