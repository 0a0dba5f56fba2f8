"""Who an account's user is and what they may do: from their roles as they are now.

Kept at hand until a commit touches the user or anything that the user's assignments lead to, or until
one of them begins or ceases to be valid, so that all of this counts from the next request on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from gateway.clock import parse_instant, write_instant
from gateway.engine.objects.recompute import targets
from gateway.engine.objects.targets import Targets
from gateway.engine.rights.held import principal_of
from gateway.model.validity import turns
from gateway.store.cache import InvalidatingCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.clock import Clock
    from gateway.engine.rights.held import Actions
    from gateway.model.documents import Document
    from gateway.model.principal import Principal
    from gateway.store.base import Account, Store

#: Principals that are kept at hand; the oldest go first.
PRINCIPAL_CACHE_SIZE = 4_096


class Principals:
    """Makes principals of accounts."""

    def __init__(self, store: Store, clock: Clock, actions: Actions) -> None:
        self._store = store
        self._clock = clock
        self._actions = actions
        self._targets = Targets(store)
        self._kept: InvalidatingCache[str, Principal] = InvalidatingCache(
            store,
            PRINCIPAL_CACHE_SIZE,
            sources=lambda each: each.sources,
            is_current=lambda each: each.until > clock.now(),
        )
        #: The principal with that oid if it is at hand.
        self.kept = self._kept.find_kept

    async def of(self, key: str) -> Principal | None:
        """The principal with that oid; None if there is no enabled account of it."""
        return await self._kept.get(key, partial(self._find, key))

    async def _find(self, key: str) -> Principal | None:
        account = await self._store.account(key) if "\0" not in key else None
        is_it = account is not None and account.oid == key and account.is_enabled
        return await self._make(account) if account is not None and is_it else None

    async def _make(self, account: Account) -> Principal | None:
        user = (await self._store.get_many([account.oid])).get(account.oid)
        if user is None:
            return None
        known = await self._targets.find_known(user.items)
        now = write_instant(self._clock.now())
        found = principal_of(user, known, now, self._actions, account.groups)
        sources = frozenset({account.oid}).union(
            targets(user.items), *(targets(each.items) for each in known.values())
        )
        until = _until((user.items, *(each.items for each in known.values())), now)
        return replace(found, name=account.name, sources=sources, until=until)


def _until(documents: Iterable[Document], now: str) -> float:
    """When one of them, or what they assign, begins or ceases to be valid next."""
    ahead = (turn for each in documents for turn in turns(each) if turn > now)
    return min(map(parse_instant, ahead), default=inf)
