"""Sessions: a login with name and password gives a token that later requests bring along.

A token is a JWT signed with the key that the database keeps. It says who was let in; what that one
may do is looked up, and known until a commit touches the account.
"""

from __future__ import annotations

import base64
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

import jwt

from gateway.errors import NotAuthenticated
from gateway.http.tokens import ALGORITHM, LONGEST, REMEMBERED
from gateway.model.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.clock import Clock
    from gateway.http.auth import Authenticator
    from gateway.store.base import Store

#: Seconds that a session lasts. Clients do not log in again by themselves when one is over.
LASTS = 7 * 86_400


class Sessions:
    """Opens sessions and tells whose they are."""

    def __init__(self, store: Store, clock: Clock, authenticator: Authenticator, key: str) -> None:
        self._store = store
        self._clock = clock
        self._authenticator = authenticator
        self._key = bytes.fromhex(key)
        self._known: OrderedDict[str, Principal] = OrderedDict()
        self._lookups: list[set[str]] = []
        store.subscribe(self._forget)

    async def open(self, name: str, password: str) -> str:
        """A token for whoever knows the password; else `NotAuthenticated`, whatever is wrong."""
        if ":" in name:
            raise NotAuthenticated
        pair = base64.b64encode(f"{name}:{password}".encode())
        principal = await self._authenticator.principal(b"Basic " + pair)
        now = int(self._clock.now())
        claims = {
            "user": principal.oid,
            "iat": now,
            "exp": now + LASTS,
            "jti": secrets.token_hex(16),
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    async def principal(self, token: str) -> Principal:
        """Whose session it is; `NotAuthenticated` if it is nobody's any more."""
        oid = self._user_of(token)
        known = self._known.get(oid)
        if known is not None:
            return known
        changed: set[str] = set()
        self._lookups.append(changed)
        try:
            account = await self._store.account(oid)
        finally:
            # By identity: the sets of two look-ups may be equal.
            self._lookups = [each for each in self._lookups if each is not changed]
        if account is None or account.oid != oid or not account.is_enabled or not account.roles:
            raise NotAuthenticated
        found = Principal(
            oid=account.oid, name=account.name, roles=account.roles, groups=account.groups
        )
        if oid not in changed:
            self._known[oid] = found
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _user_of(self, token: str) -> str:
        if len(token) > LONGEST:
            raise NotAuthenticated
        # Expiry is held against our clock, which is not always the machine's.
        options = {"require": ["exp", "user"], "verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, self._key, [ALGORITHM], options=options)  # type: ignore[arg-type]  # a plain dict
        except jwt.PyJWTError as error:
            raise NotAuthenticated from error
        if float(claims["exp"]) <= self._clock.now():
            raise NotAuthenticated
        return str(claims["user"])

    def _forget(self, oids: Collection[str]) -> None:
        """An account has changed: a withdrawn role counts at once."""
        for changed in self._lookups:
            changed.update(oids)
        for oid in oids:
            self._known.pop(oid, None)
