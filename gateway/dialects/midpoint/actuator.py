"""Health and version in the words of Spring's actuator, which midPoint's monitors ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway import __version__
from gateway.http.exchange import json_answer

if TYPE_CHECKING:
    from gateway.dialects.midpoint.calls import MidpointServices
    from gateway.http.dialect import OpenHandler, Routes
    from gateway.http.exchange import Answer, Exchange


async def health(services: MidpointServices, exchange: Exchange) -> Answer:
    """Whether it can serve."""
    del exchange
    is_ready = await services.is_ready()
    body = {"status": "UP" if is_ready else "DOWN"}
    return json_answer(200 if is_ready else 503, orjson.dumps(body))


async def info(services: MidpointServices, exchange: Exchange) -> Answer:
    """What runs here; clients look for the version at the top."""
    del services, exchange
    app = {"name": "taskgate", "version": __version__}
    return json_answer(200, orjson.dumps({"version": f"Taskgate {__version__}", "app": app}))


ROUTES: Routes[OpenHandler[MidpointServices]] = {
    "/midpoint/actuator/health": {"GET": health},
    "/midpoint/actuator/info": {"GET": info},
}
