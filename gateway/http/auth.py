"""HTTP Basic: verified off the event loop, remembered while the user is unchanged.

That a header matches a hash is a fact for good, and what the user may do is known until a commit
touches it; so nothing but a new password makes anybody prove the same thing again. Refused ones
are never remembered, or the time that a second try takes would tell which names exist.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from gateway.engine.verbs.engine import NOBODY
from gateway.errors import NotAllowed, NotAuthenticated
from gateway.http.refusals import Attempt, Reason, Way
from gateway.store.cache import InvalidatingCache

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.rights.principals import Principals
    from gateway.http.verifying import Proof
    from gateway.model.principal import Principal
    from gateway.store.base import Account, Store

#: Credentials remembered at most; the oldest go first.
CREDENTIAL_CACHE_SIZE = 4_096


class Authenticator:
    """From an `Authorization` header to a principal."""

    def __init__(self, store: Store, clock: Clock, principals: Principals, proof: Proof) -> None:
        self._store = store
        self._principals = principals
        self._verifier, self._refusals = proof.verifier, proof.refusals
        self._key = secrets.token_bytes(32)
        #: By digest of a header, whose it is.
        self._known: InvalidatingCache[bytes, Principal] = InvalidatingCache(
            store,
            CREDENTIAL_CACHE_SIZE,
            sources=lambda each: each.sources,
            is_current=lambda each: each.until > clock.now(),
        )
        #: By digest of a header, the hash that its password has matched.
        self._matched: OrderedDict[bytes, str] = OrderedDict()
        self._verifying: dict[tuple[bytes, str], asyncio.Future[Principal | None]] = {}

    def recall(self, header: bytes) -> Principal | None:
        """The principal of a header that was verified before, else None."""
        return self._known.find_kept(self._digest(header))

    async def principal(self, header: bytes | None, source: str) -> Principal:
        """The principal, or `NotAuthenticated` without a reason that would help to guess.

        `source` is the address that asks; `Throttled` if it, or the name, has failed too often.
        """
        if header is None:
            raise NotAuthenticated
        digest = self._digest(header)
        found = self._known.find_kept(digest) or await self._verify_once(digest, header, source)
        if found is None:
            raise NotAuthenticated
        return found

    def find_match(self, header: bytes) -> str:
        """The hash that a header's password has matched, of one that was just verified."""
        return self._matched[self._digest(header)]

    async def knows_password(self, principal: Principal, password: str, source: str) -> bool:
        """Whether it is the password of the principal's user; a wrong one counts as a failed login."""
        account = await self._store.account(principal.oid)
        attempt = Attempt(Way.USER, principal.name, source)
        stored = account.password if account is not None else None
        return await self._verifier.is_right(attempt, stored, password)

    async def act_for(self, oid: str) -> Principal:
        """The principal that a user would be; `NotAllowed` if the user could not log in."""
        principal = await self._principals.of(oid)
        if principal is None:
            raise NotAllowed(NOBODY)
        return principal

    def _digest(self, header: bytes) -> bytes:
        return hashlib.blake2b(header, key=self._key, digest_size=16).digest()

    async def _verify_once(self, digest: bytes, header: bytes, source: str) -> Principal | None:
        """Verify once, however many requests bring the same credential at the same time."""
        key = (digest, source)
        running = self._verifying.get(key)
        if running is None:
            find = partial(self._verify, digest, header, source)
            running = asyncio.ensure_future(self._known.get(digest, find))
            self._verifying[key] = running
            running.add_done_callback(lambda _: self._verifying.pop(key, None))
        return await asyncio.shield(running)

    async def _verify(self, digest: bytes, header: bytes, source: str) -> Principal | None:
        pair = basic_credentials(header)
        if pair is None:
            self._refusals.tell(Attempt(Way.USER, "", source), Reason.MALFORMED)
            return None
        name, password = pair
        attempt = Attempt(Way.USER, name, source)
        account = await self._account(name)
        principal = await self._principals.of(account.oid) if account is not None else None
        if principal is not None and not principal.grants:
            principal = None
        stored = account.password if account is not None else None
        # Whoever may not log in waits as long as anybody else.
        is_known = principal is not None and self._matched.get(digest) == stored
        if not is_known and not await self._verifier.is_right(attempt, stored, password):
            return None
        if principal is None:
            self._refusals.tell(attempt, Reason.NO_RIGHTS)
        elif stored is not None:
            self._remember(digest, stored)
        return principal

    async def _account(self, name: str) -> Account | None:
        account = await self._store.account(name) if "\0" not in name else None
        return account if account is not None and account.name == name else None

    def _remember(self, digest: bytes, stored: str) -> None:
        self._matched[digest] = stored
        self._matched.move_to_end(digest)
        if len(self._matched) > CREDENTIAL_CACHE_SIZE:
            self._matched.popitem(last=False)


def basic_credentials(header: bytes) -> tuple[str, str] | None:
    """Name and password; None if the header is not well-formed Basic."""
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        text = base64.b64decode(token.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None
