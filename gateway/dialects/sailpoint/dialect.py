"""SailPoint's task management, as the server needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.base import Dialect
from gateway.dialects.sailpoint.api import SailpointApi
from gateway.dialects.sailpoint.calls import SailpointServices
from gateway.dialects.sailpoint.ids import Ids
from gateway.dialects.sailpoint.openapi.document import build_document
from gateway.http.rates import Rate, Rates

if TYPE_CHECKING:
    from gateway.dialects.base import Running
    from gateway.settings import Settings


def _build(running: Running) -> SailpointApi:
    settings = running.settings
    rate = Rate.of(settings.rate_limit) if settings.rate_limit else None
    services = SailpointServices(
        engine=running.engine,
        tokens=running.tokens,
        clock=running.clock,
        body_limits=running.body_limits(),
        rates=Rates(rate, running.clock),
        experimental=settings.experimental_versions,
        retention=settings.sailpoint_retention_days,
        answer_limit=settings.max_answer,
        ids=Ids(is_compact=settings.sailpoint_ids == "compact"),
    )
    return SailpointApi(services)


def _document(settings: Settings) -> dict[str, Any]:
    return build_document(settings.experimental_versions)


DIALECT = Dialect(name="sailpoint", build=_build, document=_document)
