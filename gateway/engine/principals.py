"""Who an account's user is and what he may do: from his roles as they are now.

Kept at hand until a commit touches the user or anything that his assignments lead to, so that a new
assignment or a changed role counts from the next request on.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.clock import instant
from gateway.engine.held import principal_of
from gateway.engine.recompute import targets
from gateway.engine.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.clock import Clock
    from gateway.engine.held import Actions
    from gateway.model.principal import Principal
    from gateway.store.base import Account, Store

#: Principals that are kept at hand; the oldest go first.
CAPACITY = 4_096
#: Seconds for which they are: an assignment may be over without anybody touching it.
KEPT = 30.0


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
        found = principal_of(user, known, now, self._actions, account.groups)
        sources = frozenset({account.oid}).union(
            targets(user.items), *(targets(each.items) for each in known.values())
        )
        return replace(found, name=account.name, sources=sources)

    def _forget(self, oids: Collection[str]) -> None:
        for changed in self._lookups:
            changed.update(oids)
        if self._sources.isdisjoint(oids):
            return
        kept = {k: each for k, each in self._kept.items() if each[0].sources.isdisjoint(oids)}
        self._kept = OrderedDict(kept)
        self._sources = {oid for each, _ in kept.values() for oid in each.sources}
