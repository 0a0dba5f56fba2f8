"""Bearer tokens: issued to clients for their id and secret, checked at each request.

A token is a JWT signed with a key that the database keeps. It says who its client is; what that one
may do is looked up, and known until a commit touches the client or its user, so that whoever is
disabled is out at once. No vendor's claims and no vendor's words in here.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import jwt

from gateway.errors import NotAuthenticated, TokenRefused
from gateway.http.refusals import Attempt, Reason, Way
from gateway.model.principal import Principal
from gateway.store.cache import InvalidatingCache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.clock import Clock
    from gateway.engine.rights.principals import Principals
    from gateway.http.verifying import Proof
    from gateway.model.documents import Json
    from gateway.store.base import Client, Store

ALGORITHM = "HS256"
#: Name of the kept setting that holds the key.
KEY_NAME = "token_key"
#: Tokens and clients at hand; the oldest go first.
TOKEN_CACHE_SIZE = 4_096
#: Characters of a client's stamp, with which the id of a token begins.
STAMP_LENGTH = 16
#: A longer header is none of ours.
MAX_HEADER_LENGTH = 8_192


class Login(Protocol):
    """From an `Authorization` header to a principal."""

    async def principal(self, header: bytes | None, source: str) -> Principal:
        """The principal, or `NotAuthenticated`; `source` is the address that asks."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Whom a token lets in."""

    client: str
    principal: Principal
    #: Whether the client stands for a user.
    has_user: bool
    #: The client's, which its token must have.
    stamp: str


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
    stamp: str
    until: float


async def get_or_create_key(store: Store) -> str:
    """The key of this database, made at its first start."""
    return await store.keep_setting(KEY_NAME, secrets.token_hex(32))


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(
        self,
        store: Store,
        principals: Principals,
        clock: Clock,
        proof: Proof,
        key: str,
        seconds: int,
    ) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._verifier, self._refusals = proof.verifier, proof.refusals
        self._key = bytes.fromhex(key)
        self._seconds = seconds
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._bearers: InvalidatingCache[str, Bearer] = InvalidatingCache(
            store,
            TOKEN_CACHE_SIZE,
            sources=lambda each: each.principal.sources,
            is_current=lambda each: each.principal.until > clock.now(),
        )

    async def issue(
        self,
        client_id: str,
        secret: str,
        source: str,
        describe: Callable[[Bearer], Mapping[str, Json]],
    ) -> Issued:
        """A token for a client that proves itself; else `NotAuthenticated`, whatever is wrong.

        `source` is the address that asks; `Throttled` if it, or the id, has failed too often.
        `describe` gives the claims that go into the token beside its own.
        """
        client = await self._store.client(client_id) if "\0" not in client_id else None
        attempt = Attempt(Way.CLIENT, client_id, source)
        is_right = await self._verifier.is_right(attempt, client.secret if client else None, secret)
        bearer = await self._bearer(client_id) if is_right else None
        if bearer is None:
            if is_right:
                self._refusals.tell(attempt, Reason.NO_RIGHTS)
            raise NotAuthenticated
        now = self._clock.now()
        claims = {
            **describe(bearer),
            "client_id": client_id,
            "iat": int(now),
            "exp": int(now) + self._seconds,
            "jti": bearer.stamp + secrets.token_hex(8),
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
        read = self._read_of(token.strip())
        found = await self._bearer(read.client)
        if found is None or found.stamp != read.stamp:
            raise TokenRefused("JWT is revoked")
        return found

    async def principal(self, header: bytes | None, source: str) -> Principal:
        """The principal of a bearer token."""
        del source  # a token is not guessed
        return (await self.bearer(header)).principal

    def _read_of(self, token: bytes) -> _Read:
        text = token.decode("latin-1")
        known = self._read.get(text)
        if known is None:
            known = self._decode(text)
            self._read[text] = known
            if len(self._read) > TOKEN_CACHE_SIZE:
                self._read.popitem(last=False)
        if known.until <= self._clock.now():
            raise TokenRefused("JWT is expired")
        return known

    def _decode(self, token: str) -> _Read:
        if len(token) > MAX_HEADER_LENGTH:
            raise TokenRefused("JWT is too long")
        # Expiry is held against our clock, which is not always the machine's.
        options = {
            "require": ["exp", "client_id", "jti"],
            "verify_exp": False,
            "verify_iat": False,
        }
        try:
            claims = jwt.decode(token, self._key, [ALGORITHM], options=options)  # type: ignore[arg-type]  # a plain dict
        except jwt.InvalidSignatureError as error:
            raise TokenRefused("JWT signature does not match") from error
        except jwt.PyJWTError as error:
            raise TokenRefused("JWT is malformed") from error
        return _Read(
            str(claims["client_id"]), str(claims["jti"])[:STAMP_LENGTH], float(claims["exp"])
        )

    async def _bearer(self, client_id: str) -> Bearer | None:
        return await self._bearers.get(client_id, partial(self._find, client_id))

    async def _find(self, client_id: str) -> Bearer | None:
        client = await self._store.client(client_id)
        return await self._with_rights(client) if client is not None else None

    async def _with_rights(self, client: Client) -> Bearer | None:
        if not client.is_enabled:
            return None
        if client.user is None:
            principal = Principal(oid=client.id, name=client.name, roles=client.roles)
            return Bearer(client=client.id, principal=principal, has_user=False, stamp=client.stamp)
        user = await self._principals.of(client.user)
        if user is None or not user.grants:
            return None
        return Bearer(client=client.id, principal=user, has_user=True, stamp=client.stamp)


class AnyLogin:
    """Basic or bearer, whichever the header holds."""

    def __init__(self, basic: Login, bearer: Login) -> None:
        self._basic = basic
        self._bearer = bearer

    async def principal(self, header: bytes | None, source: str) -> Principal:
        """The principal, or `NotAuthenticated`."""
        is_bearer = header is not None and header[:7].lower() == b"bearer "
        return await (self._bearer if is_bearer else self._basic).principal(header, source)
