"""What handlers work with: the services, and one routed request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dialects.itential.people import collect_people
from gateway.dialects.itential.wire.bodies import read_body

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.dialects.itential.people import People
    from gateway.dialects.itential.views.job_cache import JobViews
    from gateway.engine.verbs.engine import Engine
    from gateway.engine.verbs.insight import Insight
    from gateway.engine.verbs.jobs import Jobs
    from gateway.http.exchange import Exchange
    from gateway.http.json_body import BodyLimits
    from gateway.http.sessions import Sessions
    from gateway.http.tokens import AnyLogin
    from gateway.model.documents import Document
    from gateway.model.principal import Principal


@dataclass(frozen=True, kw_only=True, slots=True)
class ItentialServices:
    """What handlers work with."""

    engine: Engine
    jobs: Jobs
    insight: Insight
    sessions: Sessions
    login: AnyLogin
    body_limits: BodyLimits
    clock: Clock
    views: JobViews
    #: Bytes of the rows of one answer.
    answer_limit: int

    async def people(self, principal: Principal) -> People:
        """Everybody who may log in, by id."""
        return collect_people(await self.insight.accounts(principal))


@dataclass(frozen=True, kw_only=True, slots=True)
class ItentialCall:
    """One authenticated and routed request."""

    exchange: Exchange
    principal: Principal
    #: What stands in the path where the route has a name in braces.
    ids: tuple[str, ...]

    async def body(self, services: ItentialServices) -> Document:
        """The JSON object of the body."""
        return await read_body(self.exchange, services.body_limits)

    def pairs(self) -> list[tuple[str, str]]:
        """The query string, decoded, in order."""
        return list(self.exchange.parameters().pairs)
