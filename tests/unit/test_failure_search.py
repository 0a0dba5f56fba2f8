"""What the query string of `/-/errors` may say."""

from __future__ import annotations

import pytest

from gateway.clock import write_instant
from gateway.errors import InvalidRequest
from gateway.http.failures import failure_search
from gateway.store.base import FailureSearch
from tests.store.making import TASK

NOW = 1_750_000_000.0


def test_a_day_of_all_tasks_is_the_default() -> None:
    assert failure_search(b"", NOW) == FailureSearch(since=write_instant(NOW - 86_400), limit=100)


@pytest.mark.parametrize(
    ("since", "instant_meant"),
    [
        ("30s", write_instant(NOW - 30)),
        ("15m", write_instant(NOW - 900)),
        ("24h", write_instant(NOW - 86_400)),
        ("7d", write_instant(NOW - 7 * 86_400)),
        ("9999d", write_instant(NOW - 9_999 * 86_400)),
        ("2025-06-01", "2025-06-01T00:00:00.000Z"),
        ("2025-06-01T12:30:00", "2025-06-01T12:30:00.000Z"),
        ("2025-06-01T12:30:00.5Z", "2025-06-01T12:30:00.500Z"),
        ("2025-06-01T12:30:00%2B02:00", "2025-06-01T10:30:00.000Z"),
    ],
)
def test_since_is_a_span_or_an_instant(since: str, instant_meant: str) -> None:
    assert failure_search(f"since={since}".encode(), NOW).since == instant_meant


@pytest.mark.parametrize(
    "since", ["yesterday", "24", "h", "-1h", "1.5h", "1w", "24h24h", "99999d", "٣h", "2025-13-01"]
)
def test_another_since_is_refused_with_the_forms_that_it_has(since: str) -> None:
    with pytest.raises(InvalidRequest, match=r"15m, 24h or 7d, or an instant such as 2026"):
        failure_search(b"since=" + "".join(f"%{b:02x}" for b in since.encode()).encode(), NOW)


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_outside_of_the_calendar_is_refused(since: str) -> None:
    with pytest.raises(InvalidRequest, match="since"):
        failure_search(f"since={since}".encode(), NOW)


def test_task_and_limit_are_taken_over() -> None:
    wanted = failure_search(f"task={TASK.upper()}&limit=1000".encode(), NOW)
    assert (wanted.task, wanted.limit) == (TASK, 1_000)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (b"task=nightly", "'nightly' is not the oid of a task"),
        (b"limit=0", "from 1 to 1000"),
        (b"limit=1001", "from 1 to 1000"),
        (b"limit=-1", "from 1 to 1000"),
        (b"limit=many", "from 1 to 1000"),
        (b"since=1h&since=2h", "'since' takes one value"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(query: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        failure_search(query, NOW)
