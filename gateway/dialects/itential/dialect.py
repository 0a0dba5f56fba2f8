"""Itential's platform, as the server needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.base import Dialect
from gateway.dialects.itential.api import ItentialApi
from gateway.dialects.itential.calls import ItentialServices
from gateway.dialects.itential.metrics import job_metrics
from gateway.dialects.itential.openapi.document import build_document
from gateway.dialects.itential.views.job_cache import JobViews
from gateway.http.tokens import AnyLogin

if TYPE_CHECKING:
    from gateway.dialects.base import Running
    from gateway.settings import Settings


def _build(running: Running) -> ItentialApi:
    settings = running.settings
    services = ItentialServices(
        engine=running.engine,
        jobs=running.jobs,
        insight=running.insight,
        sessions=running.sessions,
        login=AnyLogin(running.authenticator, running.tokens),
        body_limits=running.body_limits(),
        clock=running.clock,
        views=JobViews(running.store, settings.cache_mib * 1024 * 1024),
        answer_limit=settings.max_answer,
    )
    return ItentialApi(services)


def _document(settings: Settings) -> dict[str, Any]:
    del settings
    return build_document()


DIALECT = Dialect(name="itential", build=_build, document=_document, metrics=job_metrics)
