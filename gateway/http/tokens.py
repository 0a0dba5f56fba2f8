"""Bearer tokens: issued to clients for their id and secret, checked at each request.

A token is a JWT signed with a key that the database keeps. It says who its client is; what that one
may do is looked up, and known until a commit touches the client or its user, so that whoever is
disabled is out at once. No vendor's claims and no vendor's words in here.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import jwt

from gateway.errors import NotAuthenticated, TokenRefused
from gateway.model.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gateway.clock import Clock
    from gateway.engine.principals import Principals
    from gateway.http.auth import Authenticator
    from gateway.model.documents import Json
    from gateway.store.base import Client, Store

ALGORITHM = "HS256"
#: Name of the kept setting that holds the key.
KEY_NAME = "token_key"
#: Tokens and clients at hand; the oldest go first.
REMEMBERED = 4_096
#: A longer header is none of ours.
LONGEST = 8_192


class Login(Protocol):
    """From an `Authorization` header to a principal."""

    async def principal(self, header: bytes | None) -> Principal:
        """The principal, or `NotAuthenticated`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Whom a token lets in."""

    client: str
    principal: Principal
    #: Whether the client stands for a user.
    has_user: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A fresh token."""

    token: str
    bearer: Bearer
    #: Seconds for which it counts.
    seconds: int
    claims: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class _Read:
    client: str
    until: float


async def kept_key(store: Store) -> str:
    """The key of this database, made at its first start."""
    return await store.keep_setting(KEY_NAME, secrets.token_hex(32))


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(
        self,
        store: Store,
        principals: Principals,
        clock: Clock,
        authenticator: Authenticator,
        key: str,
        seconds: int,
    ) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._authenticator = authenticator
        self._key = bytes.fromhex(key)
        self._seconds = seconds
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._bearers: OrderedDict[str, Bearer] = OrderedDict()
        #: Ids of the clients at hand and oids of their users and roles.
        self._watched: set[str] = set()
        #: For each look-up under way, what changed meanwhile.
        self._lookups: list[set[str]] = []
        store.subscribe(self._forget)

    async def issue(
        self, client_id: str, secret: str, describe: Callable[[Bearer], Mapping[str, Json]]
    ) -> Issued:
        """A token for a client that proves itself; else `NotAuthenticated`, whatever is wrong.

        `describe` gives the claims that go into the token beside its own.
        """
        client = await self._store.client(client_id) if "\0" not in client_id else None
        is_right = await self._authenticator.matches(client.secret if client else None, secret)
        bearer = await self._bearer(client_id) if is_right else None
        if bearer is None:
            raise NotAuthenticated
        now = self._clock.now()
        claims = {
            **describe(bearer),
            "client_id": client_id,
            "iat": int(now),
            "exp": int(now) + self._seconds,
            "jti": secrets.token_hex(16),
        }
        token = jwt.encode(claims, self._key, ALGORITHM)
        return Issued(token=token, bearer=bearer, seconds=self._seconds, claims=claims)

    async def bearer(self, header: bytes | None) -> Bearer:
        """Whom an `Authorization` header lets in; else `TokenRefused`, which says what is wrong."""
        if header is None:
            raise TokenRefused
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            raise TokenRefused
        found = await self._bearer(self._client_of(token.strip()))
        if found is None:
            raise TokenRefused("JWT is revoked")
        return found

    async def principal(self, header: bytes | None) -> Principal:
        """The principal of a bearer token."""
        return (await self.bearer(header)).principal

    def _client_of(self, token: bytes) -> str:
        text = token.decode("latin-1")
        known = self._read.get(text)
        if known is None:
            known = self._decoded(text)
            self._read[text] = known
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        if known.until <= self._clock.now():
            raise TokenRefused("JWT is expired")
        return known.client

    def _decoded(self, token: str) -> _Read:
        if len(token) > LONGEST:
            raise TokenRefused("JWT is too long")
        # Expiry is held against our clock, which is not always the machine's.
        options = {"require": ["exp", "client_id"], "verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, self._key, [ALGORITHM], options=options)  # type: ignore[arg-type]  # a plain dict
        except jwt.InvalidSignatureError as error:
            raise TokenRefused("JWT signature does not match") from error
        except jwt.PyJWTError as error:
            raise TokenRefused("JWT is malformed") from error
        return _Read(str(claims["client_id"]), float(claims["exp"]))

    async def _bearer(self, client_id: str) -> Bearer | None:
        known = self._bearers.get(client_id)
        if known is not None:
            return known
        changed: set[str] = set()
        self._lookups.append(changed)
        try:
            client = await self._store.client(client_id)
            found = await self._with_rights(client) if client is not None else None
        finally:
            # By identity: the sets of two look-ups may be equal.
            self._lookups = [each for each in self._lookups if each is not changed]
        if found is not None and changed.isdisjoint((client_id, *found.principal.sources)):
            self._bearers[client_id] = found
            self._watched |= {client_id, *found.principal.sources}
            if len(self._bearers) > REMEMBERED:
                self._bearers.popitem(last=False)
        return found

    async def _with_rights(self, client: Client) -> Bearer | None:
        if not client.is_enabled:
            return None
        if client.user is None:
            principal = Principal(oid=client.id, name=client.id, roles=client.roles)
            return Bearer(client=client.id, principal=principal, has_user=False)
        user = await self._principals.of(client.user)
        if user is None or not user.grants:
            return None
        return Bearer(client=client.id, principal=user, has_user=True)

    def _forget(self, oids: Collection[str]) -> None:
        """A client or a user has changed: what it may do is looked up again."""
        for changed in self._lookups:
            changed.update(oids)
        if not self._watched.isdisjoint(oids):
            self._bearers.clear()
            self._watched.clear()


class AnyLogin:
    """Basic or bearer, whichever the header holds."""

    def __init__(self, basic: Login, bearer: Login) -> None:
        self._basic = basic
        self._bearer = bearer

    async def principal(self, header: bytes | None) -> Principal:
        """The principal, or `NotAuthenticated`."""
        is_bearer = header is not None and header[:7].lower() == b"bearer "
        return await (self._bearer if is_bearer else self._basic).principal(header)
