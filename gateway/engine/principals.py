"""Who an account's user is and what he may do: from his roles as they are now.

Kept at hand until a commit touches the user or anything that the user's assignments lead to, or until
one of them begins or ceases to be valid, so that all of this counts from the next request on.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Protocol

import orjson

from gateway.clock import instant, seconds_of
from gateway.engine.recompute import INDUCING_RELATIONS, assigned, memberships, targets
from gateway.engine.targets import Targets
from gateway.model.documents import DEFAULT_RELATION
from gateway.model.grants import PHASES, Rule, Selection
from gateway.model.principal import ROLE_OF_OID, ROLE_OIDS, Principal
from gateway.model.validity import turns
from gateway.store.cache import InvalidatingCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.clock import Clock
    from gateway.model.documents import Document
    from gateway.store.base import Account, Store

#: Principals that are kept at hand; the oldest go first.
CAPACITY = 4_096


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
        self._kept: InvalidatingCache[str, Principal] = InvalidatingCache(
            store,
            CAPACITY,
            sources=lambda each: each.sources,
            is_current=lambda each: each.until > clock.now(),
        )
        #: The principal with that oid if it is at hand.
        self.kept = self._kept.kept

    async def of(self, key: str) -> Principal | None:
        """The principal with that oid; None if there is no enabled account of it."""
        return await self._kept.get(key, partial(self._found, key))

    async def _found(self, key: str) -> Principal | None:
        account = await self._store.account(key) if "\0" not in key else None
        is_it = account is not None and account.oid == key and account.is_enabled
        return await self._made(account) if account is not None and is_it else None

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
            until=_until((user.items, *(each.items for each in known.values())), now),
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


def _until(documents: Iterable[Document], now: str) -> float:
    """When one of them, or what they assign, begins or ceases to be valid next."""
    ahead = (turn for each in documents for turn in turns(each) if turn > now)
    return min(map(seconds_of, ahead), default=inf)


def _selection(selector: Document, holder: str) -> Selection:
    clauses = [selector["filter"]] if "filter" in selector else []
    if selector.get("special") == "self":
        clauses.append({"inOid": {"value": [holder]}})
    return Selection(
        type=selector.get("type", "ObjectType"),
        clauses=tuple(orjson.dumps(each).decode() for each in clauses),
    )
