"""What went wrong lately, over all tasks: `/-/errors`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.clock import write_instant
from gateway.errors import InvalidRequest
from gateway.http.exchange import Parameters
from gateway.http.numerals import natural
from gateway.store.base import FailureSearch

if TYPE_CHECKING:
    from gateway.store.base import Failure

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
#: At most four digits keep every span inside the calendar.
_SPAN = re.compile(r"([0-9]{1,4})([smhd])")
LIMIT = 1_000
FORMS = "a span such as 15m, 24h or 7d, or an instant such as 2026-01-31T12:00:00Z"


def failure_search(query: bytes, now: float) -> FailureSearch:
    """What a query string asks for; `InvalidRequest` tells how to ask.

    Args:
        query: the query string; `since` (default 24h), `task` (an oid) and `limit` (default 100).
        now: epoch seconds.
    """
    parameters = Parameters(query)
    since, task, limit = (_single(parameters, name) for name in ("since", "task", "limit"))
    return FailureSearch(
        since=_since(since or "24h", now),
        task=_oid(task) if task else None,
        limit=_limit(limit or "100"),
    )


def _single(parameters: Parameters, name: str) -> str:
    given = parameters.values(name)
    if len(given) > 1:
        raise InvalidRequest(f"The parameter '{name}' takes one value.")
    return given[0] if given else ""


def _since(text: str, now: float) -> str:
    span = _SPAN.fullmatch(text)
    if span is not None:
        return write_instant(now - int(span[1]) * SECONDS[span[2]])
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return write_instant(aware.timestamp())
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"'{text[:80]}' says no 'since': give {FORMS}.") from error


def _oid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise InvalidRequest(f"'{text[:80]}' is not the oid of a task.") from error


def _limit(text: str) -> int:
    number = natural(text, LIMIT, least=1)
    if number is None:
        raise InvalidRequest(f"The parameter 'limit' must be a number from 1 to {LIMIT}.")
    return number


def show_failure(failure: Failure) -> dict[str, object]:
    """A failure as JSON; that of a whole run has neither object nor activity."""
    found = {"oid": failure.oid, "type": failure.type, "name": failure.name}
    return {
        "at": failure.at,
        "status": failure.status,
        "message": failure.message,
        "object": None if failure.oid is None else found,
        "task": {"oid": failure.task, "name": failure.task_name},
        "run": failure.run,
        "activity": failure.activity,
    }
