"""midPoint's REST API, as the server needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.base import Dialect
from gateway.dialects.midpoint.api import MidpointApi
from gateway.dialects.midpoint.calls import MidpointServices
from gateway.dialects.midpoint.openapi.document import build_document
from gateway.dialects.midpoint.query import QueryLimits, SearchReader
from gateway.dialects.midpoint.views.representation import Representations
from gateway.dialects.midpoint.wire.read import Reader
from gateway.http.about import readiness
from gateway.query import Limits

if TYPE_CHECKING:
    from gateway.dialects.base import Running
    from gateway.settings import Settings


def _build(running: Running) -> MidpointApi:
    settings = running.settings
    body_limits = running.body_limits()
    query_limits = QueryLimits(
        filter=Limits(
            length=settings.max_filter_length,
            depth=settings.max_filter_depth,
            values=settings.max_list,
        ),
        page=settings.max_page,
        zone=settings.zone,
    )
    services = MidpointServices(
        engine=running.engine,
        events=running.events,
        representations=Representations(
            running.store, running.engine, settings.cache_mib * 1024 * 1024, running.clock
        ),
        authenticator=running.authenticator,
        reader=Reader(zone=settings.zone),
        body_limits=body_limits,
        query_limits=query_limits,
        searches=SearchReader(body_limits, query_limits),
        clock=running.clock,
        is_exact=settings.midpoint_exact,
        most_generated=settings.max_generated,
        answer_limit=settings.max_answer,
        is_ready=readiness(running.store),
    )
    return MidpointApi(services)


def _document(settings: Settings) -> dict[str, Any]:
    del settings
    return build_document()


DIALECT = Dialect(name="midpoint", build=_build, document=_document)
