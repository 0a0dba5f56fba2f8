"""Sessions: a login with name and password gives a token that later requests bring along.

A token is random; only its digest is kept, in the database and at hand, so that sessions survive a
restart and cost no look. One ends with a logout, when it was idle or open too long, and with its
password or its user: whoever gets another password, or is disabled, is thrown out of all of them.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

import structlog

from gateway.clock import parse_instant, write_instant
from gateway.errors import NotAuthenticated, NotFound, TaskgateError
from gateway.store.cache import InvalidatingCache
from gateway.store.session_base import Session

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterable
    from typing import Any

    from gateway.clock import Clock
    from gateway.engine.rights.principals import Principals
    from gateway.http.auth import Authenticator
    from gateway.model.documents import Document
    from gateway.model.principal import Principal
    from gateway.store.base import Store

log = structlog.get_logger(__name__)
#: Name of the cookie that holds a token.
COOKIE = "token"
#: What every token begins with, so that it reads as text and is found where it should not be.
PREFIX = "tgs_"
#: Seconds after which a further use is noted in the database.
NOTED = 60.0
#: Sessions of one user; the one that was not used for longest gives way.
MAX_SESSIONS = 1_000
#: Characters that are kept of what a program calls itself.
LABEL = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Lasting:
    """For how many seconds sessions last without use, and at all."""

    idle: float = 8 * 3_600
    lifetime: float = 86_400


class Sessions:
    """Opens sessions, tells whose they are, and ends them. To be used on the event loop only."""

    def __init__(
        self,
        store: Store,
        principals: Principals,
        clock: Clock,
        authenticator: Authenticator,
        lasting: Lasting,
    ) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._authenticator = authenticator
        self._lasting = lasting
        self._sessions: dict[str, Session] = {}
        #: By oid of a user, ids of the sessions.
        self._of_user: dict[str, set[str]] = {}
        self._known: InvalidatingCache[str, Principal] = InvalidatingCache(
            store,
            capacity=100_000,
            sources=lambda each: each.sources,
            is_current=lambda each: each.until > clock.now(),
        )
        self._under_way: set[asyncio.Task[None]] = set()
        store.subscribe(self._note_touched)

    async def load(self) -> None:
        """Take up the sessions of the database, but for those that are over."""
        for session in await self._store.sessions.all():
            self._keep(session)
        await self._end([each.id for each in self._sessions.values() if self._is_over(each)])
        for user in tuple(self._of_user):
            await self._check(user)

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._under_way)

    async def open(self, name: str, password: str, source: str, label: str) -> str:
        """A token for whoever knows the password; else `NotAuthenticated`, whatever is wrong.

        `source` is the address that asks, `label` what the program there calls itself.
        """
        if ":" in name:
            raise NotAuthenticated
        header = b"Basic " + base64.b64encode(f"{name}:{password}".encode())
        principal = await self._authenticator.principal(header, source)
        token = PREFIX + secrets.token_urlsafe(32)
        now = write_instant(self._clock.now())
        session = Session(
            id=_digest(token),
            user=principal.oid,
            password=_digest(self._authenticator.find_match(header)),
            created=now,
            used=now,
            source=source,
            label="".join(filter(str.isprintable, label))[:LABEL],
        )
        await self._make_room(principal.oid)
        await self._store.sessions.add(session)
        self._keep(session)
        return token

    async def principal(self, token: str) -> Principal:
        """Whose session it is; `NotAuthenticated` if it is nobody's any more."""
        session = self._sessions.get(_digest(token))
        if session is None:
            raise NotAuthenticated
        found = None
        if not self._is_over(session):
            found = await self._known.get(session.id, partial(self._find, session))
        if found is None or session.id not in self._sessions:
            await self._end([session.id])
            raise NotAuthenticated
        self._use(session)
        return found

    def list_sessions(self, user: str | None) -> list[Document]:
        """The sessions of the user with that oid, or of all, without what would let anybody in."""
        return [
            {
                "id": each.id,
                "user": each.user,
                "created": each.created,
                "used": each.used,
                "ends": write_instant(self._ends(each)),
                "source": each.source,
                "label": each.label,
            }
            for each in self._sessions.values()
            if not self._is_over(each) and user in (None, each.user)
        ]

    async def end(self, session_id: str, user: str | None) -> None:
        """End a session of the user with that oid, or of anybody; `NotFound` if there is none."""
        session = self._sessions.get(session_id)
        if session is None or user not in (None, session.user):
            raise NotFound("There is no such session.")
        await self._end([session_id])

    async def log_out(self, token: str) -> None:
        """End the session of the token; `NotAuthenticated` if there is none."""
        session = self._sessions.get(_digest(token))
        if session is None:
            raise NotAuthenticated
        await self._end([session.id])

    async def _find(self, session: Session) -> Principal | None:
        account = await self._store.account(session.user)
        if account is None or account.oid != session.user:
            return None
        if _digest(account.password) != session.password:
            return None
        principal = await self._principals.of(session.user)
        return principal if principal is not None and principal.grants else None

    def _ends(self, session: Session) -> float:
        lasting = self._lasting
        return min(
            parse_instant(session.created) + lasting.lifetime,
            parse_instant(session.used) + lasting.idle,
        )

    def _is_over(self, session: Session) -> bool:
        return self._ends(session) <= self._clock.now()

    def _use(self, session: Session) -> None:
        now = self._clock.now()
        if now - parse_instant(session.used) >= NOTED:
            used = replace(session, used=write_instant(now))
            self._sessions[session.id] = used
            self._begin(self._note(used))

    async def _note(self, session: Session) -> None:
        await self._store.sessions.use(session.id, session.used)

    async def _make_room(self, user: str) -> None:
        over = [each.id for each in self._sessions.values() if self._is_over(each)]
        own = [self._sessions[each] for each in self._of_user.get(user, set()).difference(over)]
        own.sort(key=lambda each: each.used)
        await self._end([*over, *(each.id for each in own[: max(0, len(own) - MAX_SESSIONS + 1)])])

    def _keep(self, session: Session) -> None:
        self._sessions[session.id] = session
        self._of_user.setdefault(session.user, set()).add(session.id)

    async def _end(self, ids: Collection[str]) -> None:
        """First here, so that nobody is let in meanwhile."""
        for each in ids:
            session = self._sessions.pop(each, None)
            if session is not None:
                own = self._of_user[session.user]
                own.discard(each)
                if not own:
                    del self._of_user[session.user]
        if ids:
            await self._store.sessions.end(ids)

    def _note_touched(self, oids: Collection[str]) -> None:
        for oid in self._of_user.keys() & oids:
            self._begin(self._check(oid))

    async def _check(self, user: str) -> None:
        """End the sessions of a user who has changed, so that none counts again later."""
        own = [self._sessions[each] for each in tuple(self._of_user.get(user, ()))]
        found = [(each.id, await self._find(each)) for each in own]
        await self._end([id_ for id_, principal in found if principal is None])

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._carry_out(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except TaskgateError as error:
            # It is tried again with the next use; nobody waits for it.
            log.warning("session_not_stored", message=error.message)


def token_of(cookies: Iterable[str]) -> str | None:
    """The token in `Cookie` headers."""
    for header in cookies:
        try:
            found = SimpleCookie(header).get(COOKIE)
        except CookieError:
            continue  # somebody else's cookie; ours may stand in another header
        if found is not None:
            return found.value
    return None


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=20).hexdigest()
