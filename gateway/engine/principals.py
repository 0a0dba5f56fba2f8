"""Who an account's user is and what he may do: from his roles as they are now.

Kept at hand until a commit touches the user or anything that his assignments lead to, so that a new
assignment or a changed role counts from the next request on.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import orjson

from gateway.clock import instant
from gateway.engine.recompute import INDUCING_RELATIONS, assigned, memberships, targets
from gateway.engine.targets import Targets
from gateway.model.documents import DEFAULT_RELATION
from gateway.model.grants import PHASES, Rule, Selection
from gateway.model.principal import ROLE_OIDS, Principal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gateway.clock import Clock
    from gateway.model.documents import Document
    from gateway.store.base import Account, Store

#: Principals that are kept at hand; the oldest go first.
CAPACITY = 4_096
#: Seconds for which they are: an assignment may be over without anybody touching it.
KEPT = 30.0
ROLE_OF_OID = {oid: role for role, oid in ROLE_OIDS.items()}


class Actions(Protocol):
    """What the actions in authorizations mean; whoever speaks a vendor's language knows."""

    def allowed(self, action: str) -> frozenset[str]:
        """Rights, and names of entries, that come with the action."""
        ...

    def denied(self, action: str) -> frozenset[str]:
        """Those that go with it; more for an action that is not known, never less."""
        ...


class Principals:
    """Makes principals of accounts."""

    def __init__(self, store: Store, clock: Clock, actions: Actions) -> None:
        self._store = store
        self._clock = clock
        self._actions = actions
        self._targets = Targets(store)
        #: By oid, and until when, in seconds since the epoch.
        self._kept: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        #: Oids of all that the kept principals follow from, and perhaps of more.
        self._sources: set[str] = set()
        #: For each look-up under way, the oids that changed meanwhile.
        self._lookups: list[set[str]] = []
        store.subscribe(self._forget)

    def kept(self, oid: str) -> Principal | None:
        """The principal with that oid if it is at hand."""
        found, until = self._kept.get(oid, (None, 0.0))
        return found if until > self._clock.now() else None

    async def of(self, key: str) -> Principal | None:
        """The principal with that oid; None if there is no enabled account of it."""
        known = self.kept(key)
        if known is not None:
            return known
        changed: set[str] = set()
        self._lookups.append(changed)
        try:
            account = await self._store.account(key) if "\0" not in key else None
            is_it = account is not None and account.oid == key and account.is_enabled
            found = await self._made(account) if account is not None and is_it else None
        finally:
            # By identity: the sets of two look-ups may be equal.
            self._lookups = [each for each in self._lookups if each is not changed]
        if found is not None and found.sources.isdisjoint(changed):
            self._kept[key] = found, self._clock.now() + KEPT
            self._kept.move_to_end(key)
            self._sources |= found.sources
            if len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)
        return found

    async def _made(self, account: Account) -> Principal | None:
        user = (await self._store.get_many([account.oid])).get(account.oid)
        if user is None:
            return None
        known = await self._targets.known(user.items)
        now = instant(self._clock.now())
        held = list(memberships(user.items, known, now))
        direct = assigned(user.items, now)
        built_in = frozenset(
            ROLE_OF_OID[each["oid"]]
            for each in held
            if each["oid"] in ROLE_OF_OID and each["relation"] == DEFAULT_RELATION
        )
        return Principal(
            oid=account.oid,
            name=account.name,
            roles=built_in.union(role for role in account.roles if ROLE_OIDS[role] in direct),
            groups=account.groups,
            rules=tuple(
                rule
                for each in held
                if each["relation"] in INDUCING_RELATIONS
                for rule in self._rules(known[each["oid"]].items, account.oid)
            ),
            sources=frozenset({account.oid}).union(
                targets(user.items), *(targets(each.items) for each in known.values())
            ),
        )

    def _rules(self, role: Document, holder: str) -> Iterator[Rule]:
        for each in role.get("authorization", ()):
            allows = each.get("decision", "allow") == "allow"
            meaning = self._actions.allowed if allows else self._actions.denied
            operations = frozenset().union(*map(meaning, each.get("action", ())))
            if operations:
                yield Rule(
                    operations=operations,
                    allows=allows,
                    phases=frozenset({each["phase"]} if "phase" in each else PHASES),
                    objects=tuple(_selection(one, holder) for one in each.get("object", ())),
                )

    def _forget(self, oids: Collection[str]) -> None:
        for changed in self._lookups:
            changed.update(oids)
        if self._sources.isdisjoint(oids):
            return
        kept = {k: each for k, each in self._kept.items() if each[0].sources.isdisjoint(oids)}
        self._kept = OrderedDict(kept)
        self._sources = {oid for each, _ in kept.values() for oid in each.sources}


def _selection(selector: Document, holder: str) -> Selection:
    clauses = [selector["filter"]] if "filter" in selector else []
    if selector.get("special") == "self":
        clauses.append({"inOid": {"value": [holder]}})
    return Selection(
        type=selector.get("type", "ObjectType"),
        clauses=tuple(orjson.dumps(each).decode() for each in clauses),
    )
