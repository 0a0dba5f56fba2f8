"""What handlers work with: the services, and one routed request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dialects.sailpoint import listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.clock import Clock
    from gateway.dialects.sailpoint.ids import Ids
    from gateway.dialects.sailpoint.listing import Times
    from gateway.dialects.sailpoint.versions import Version
    from gateway.engine.verbs.engine import Engine
    from gateway.http.exchange import Exchange
    from gateway.http.json_body import BodyLimits
    from gateway.http.rates import Rates
    from gateway.http.tokens import Bearer, Tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class SailpointServices:
    """What handlers work with."""

    engine: Engine
    tokens: Tokens
    clock: Clock
    body_limits: BodyLimits
    #: How often a client may ask.
    rates: Rates
    #: Where the experimental header is asked for: versions, or a version and a service, as
    #: `v2025/identities`.
    experimental: Collection[str]
    #: Days after which a task that is done is not shown any more.
    retention: int
    #: Bytes of the tasks of one answer.
    answer_limit: int
    ids: Ids

    def times(self) -> Times:
        """Which tasks are too old to be shown, and which are not yet due."""
        return listing.make_times(self.clock.now(), self.retention)


@dataclass(frozen=True, kw_only=True, slots=True)
class SailpointCall:
    """One authenticated and routed request."""

    exchange: Exchange
    bearer: Bearer
    version: Version
    #: Of the task in the path, if there is one.
    oid: str
