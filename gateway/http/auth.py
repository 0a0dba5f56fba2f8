"""HTTP Basic: verified off the event loop, cached for seconds, the same for unknown and wrong."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.accounts import hashed, matches
from gateway.engine.engine import NOBODY
from gateway.errors import NotAllowed, NotAuthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.clock import Clock
    from gateway.engine.principals import Principals
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Seconds for which a verified credential is remembered; refused ones never are, or the time that a
#: second try takes would tell which names exist.
REMEMBERED = 30.0
#: Credentials remembered at most; the oldest go first.
CREDENTIALS = 4_096
#: Verifications that may wait; more are turned away, so that a flood cannot pile up.
WAITING = 64


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    until: float


class Authenticator:
    """From an `Authorization` header to a principal."""

    def __init__(self, store: Store, clock: Clock, principals: Principals) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._verifying: dict[bytes, asyncio.Future[Principal | None]] = {}
        #: Oids of all that the remembered principals follow from.
        self._oids: set[str] = set()
        #: For each verification under way, the oids that changed meanwhile.
        self._verifications: list[set[str]] = []
        # One thread: a flood of wrong passwords takes at most one core.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._nobody = hashed(secrets.token_urlsafe(16))
        self._checking = 0
        store.subscribe(self._forget)

    async def matches(self, stored: str | None, secret: str) -> bool:
        """Whether a secret is the one with the hash; without a hash it takes as long, and is not.

        `Unavailable` if too many wait for that.
        """
        if self._checking >= WAITING:
            raise Unavailable("Too many logins are being checked; try again in a moment.")
        self._checking += 1
        try:
            loop = asyncio.get_running_loop()
            hash_ = stored or self._nobody
            is_right = await loop.run_in_executor(self._pool, matches, hash_, secret)
        finally:
            self._checking -= 1
        return is_right and stored is not None

    def close(self) -> None:
        """Let go of the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def remembered(self, header: bytes) -> Principal | None:
        """The principal of a header that was verified a moment ago, else None."""
        known = self._known.get(self._digest(header))
        if known is None or known.until < self._clock.now():
            return None
        return known.principal

    async def principal(self, header: bytes | None) -> Principal:
        """The principal, or `NotAuthenticated` without a reason that would help to guess."""
        if header is None:
            raise NotAuthenticated
        digest = self._digest(header)
        known = self._known.get(digest)
        if known is not None and known.until >= self._clock.now():
            return known.principal
        found = await self._verified(digest, header)
        if found is None:
            raise NotAuthenticated
        return found

    async def standing_for(self, oid: str) -> Principal:
        """The principal that a user would be; `NotAllowed` if the user could not log in."""
        principal = await self._principals.of(oid)
        if principal is None:
            raise NotAllowed(NOBODY)
        return principal

    def _digest(self, header: bytes) -> bytes:
        return hashlib.blake2b(header, key=self._key, digest_size=16).digest()

    async def _verified(self, digest: bytes, header: bytes) -> Principal | None:
        """Verify once, however many requests bring the same credential at the same time."""
        running = self._verifying.get(digest)
        if running is None:
            if len(self._verifying) >= WAITING:
                raise Unavailable("Too many logins are being checked; try again in a moment.")
            running = asyncio.ensure_future(self._verify_and_remember(digest, header))
            self._verifying[digest] = running
            running.add_done_callback(lambda _: self._verifying.pop(digest, None))
        return await asyncio.shield(running)

    async def _verify_and_remember(self, digest: bytes, header: bytes) -> Principal | None:
        changed: set[str] = set()
        self._verifications.append(changed)
        try:
            found = await self._verify(header)
        finally:
            # By identity: the sets of two verifications may be equal.
            self._verifications = [each for each in self._verifications if each is not changed]
        if found is not None and found.sources.isdisjoint(changed):
            self._remember(digest, found)
        return found

    async def _verify(self, header: bytes) -> Principal | None:
        pair = basic_credentials(header)
        if pair is None:
            return None
        name, password = pair
        account = await self._store.account(name) if "\0" not in name else None
        stored = account.password if account and account.name == name else None
        is_right = await self.matches(stored, password)
        if not is_right or account is None:
            return None
        principal = await self._principals.of(account.oid)
        return principal if principal is not None and principal.grants else None

    def _remember(self, digest: bytes, principal: Principal) -> None:
        self._known[digest] = _Known(principal, self._clock.now() + REMEMBERED)
        self._known.move_to_end(digest)
        self._oids |= principal.sources
        while len(self._known) > CREDENTIALS:
            self._known.popitem(last=False)

    def _forget(self, oids: Collection[str]) -> None:
        """An account or a role has changed: a new password or a withdrawn right counts at once."""
        for changed in self._verifications:
            changed.update(oids)
        if not self._oids.isdisjoint(oids):
            self._known.clear()
            self._oids.clear()


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
