"""What a dialect is made of, and from what it is built; see `gateway.dialects` for how to write one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.http.json_body import BodyLimits

if TYPE_CHECKING:
    import re
    from collections import Counter
    from collections.abc import Callable, Iterator

    from prometheus_client import Metric
    from starlette.types import Receive, Scope, Send

    from gateway.clock import Clock
    from gateway.engine.tasks.events import Events
    from gateway.engine.verbs.engine import Engine
    from gateway.engine.verbs.insight import Insight
    from gateway.engine.verbs.jobs import Jobs
    from gateway.errors import TaskgateError
    from gateway.http.auth import Authenticator
    from gateway.http.exchange import Answer
    from gateway.http.metrics import Figures
    from gateway.http.sessions import Sessions
    from gateway.http.tokens import Tokens
    from gateway.settings import Settings
    from gateway.store.base import Store


@dataclass(frozen=True, kw_only=True)
class Running:
    """What runs behind every API, and what a dialect is built from."""

    settings: Settings
    store: Store
    engine: Engine
    jobs: Jobs
    insight: Insight
    sessions: Sessions
    events: Events
    authenticator: Authenticator
    tokens: Tokens
    clock: Clock

    def body_limits(self) -> BodyLimits:
        """How large and how deep a body may be."""
        settings = self.settings
        return BodyLimits(
            size=settings.max_body, depth=settings.max_depth, values=settings.max_list
        )


class ServedDialect(Protocol):
    """A vendor's API, or our own pages."""

    #: The paths that belong to it, from end to end.
    paths: re.Pattern[str]
    #: Paths that read what forms send.
    forms: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in, in the form of this API's errors."""
        ...


class CountedApi(ServedDialect, Protocol):
    """An API that counts."""

    #: How many answers there were, by status.
    answers: Counter[int]


def no_metrics(figures: Figures) -> Iterator[Metric]:
    """Nothing beside what every API has."""
    del figures
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A vendor's API, as `gateway.app` needs it: every package of a dialect has one in `dialect.py`."""

    #: In paths of documents and in labels of metrics.
    name: str
    #: Makes the application.
    build: Callable[[Running], CountedApi]
    #: The OpenAPI document, with servers whose URLs are paths.
    document: Callable[[Settings], dict[str, Any]]
    #: Metrics that the vendor's own monitors look for.
    metrics: Callable[[Figures], Iterator[Metric]] = no_metrics
