"""What handlers work with: the services, and one routed request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.rights.entry import EVERY_TYPE, check_entry
from gateway.model.principal import Principal, Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.clock import Clock
    from gateway.dialects.midpoint.query import QueryLimits, SearchReader
    from gateway.dialects.midpoint.reply import Reply
    from gateway.dialects.midpoint.views.representation import Representations
    from gateway.dialects.midpoint.wire.read import Reader
    from gateway.engine.tasks.events import Events
    from gateway.engine.verbs.engine import Engine
    from gateway.http.auth import Authenticator
    from gateway.http.exchange import Exchange
    from gateway.http.json_body import BodyLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class MidpointServices:
    """What handlers work with."""

    engine: Engine
    events: Events
    representations: Representations
    authenticator: Authenticator
    reader: Reader
    body_limits: BodyLimits
    query_limits: QueryLimits
    searches: SearchReader
    clock: Clock
    is_exact: bool
    #: Values that one request has made by value policies.
    most_generated: int
    #: Bytes of the objects of one answer.
    answer_limit: int
    #: Whether the store answers.
    is_ready: Callable[[], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MidpointCall:
    """One authenticated and routed request."""

    exchange: Exchange
    principal: Principal
    #: Who asks, as of now; raises if that is nobody any more.
    ask: Callable[[], Awaitable[Principal]]
    type: str
    oid: str
    mount: str
    reply: Reply

    def options(self) -> set[str]:
        """The options of a change; raw needs a right of its own."""
        if not self.exchange.scope["query_string"]:
            return set()
        options = set(self.exchange.parameters().values("options"))
        if "raw" in options:
            check_entry(self.principal, Right.RAW, every=EVERY_TYPE)
        return options
