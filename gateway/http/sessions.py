"""Sessions: a login with name and password gives a token that later requests bring along.

A token is a JWT signed with the key that the database keeps. It says who was let in; what that one
may do is looked up each time, which costs nothing until a commit touches the account or a role.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

import jwt

from gateway.errors import NotAuthenticated
from gateway.http.tokens import ALGORITHM, LONGEST

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.principals import Principals
    from gateway.http.auth import Authenticator
    from gateway.model.principal import Principal

#: Seconds that a session lasts. Clients do not log in again by themselves when one is over.
LASTS = 7 * 86_400


class Sessions:
    """Opens sessions and tells whose they are."""

    def __init__(
        self, principals: Principals, clock: Clock, authenticator: Authenticator, key: str
    ) -> None:
        self._principals = principals
        self._clock = clock
        self._authenticator = authenticator
        self._key = bytes.fromhex(key)

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
        principal = await self._principals.of(self._user_of(token))
        if principal is None or not principal.grants:
            raise NotAuthenticated
        return principal

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
