"""Statements stop when patience is at its end, and the connection is as good as before."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from gateway.clock import ManualClock
from gateway.store.sqlite.budget import BudgetExceeded, QueryBudget, within

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
COUNT = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT max(x) FROM n"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    yield opened
    opened.close()


def test_a_statement_is_stopped_after_so_many_steps(connection: sqlite3.Connection) -> None:
    clock = ManualClock()
    with pytest.raises(BudgetExceeded), within(connection, QueryBudget(steps=100_000), clock.now):
        connection.execute(ENDLESS).fetchall()


def test_a_statement_is_stopped_after_so_many_seconds(connection: sqlite3.Connection) -> None:
    clock = ManualClock()

    def later() -> float:
        clock.advance(1)
        return clock.now()

    with pytest.raises(BudgetExceeded), within(connection, QueryBudget(seconds=60), later):
        connection.execute(ENDLESS).fetchall()
    assert clock.now() == ManualClock().now() + 61


def test_a_connection_is_as_good_as_before_when_a_statement_was_stopped(
    connection: sqlite3.Connection,
) -> None:
    clock = ManualClock()
    with pytest.raises(BudgetExceeded), within(connection, QueryBudget(steps=1), clock.now):
        connection.execute(ENDLESS).fetchall()
    assert connection.execute(COUNT).fetchone() == (50_000,)


def test_endless_patience_stops_nothing(connection: sqlite3.Connection) -> None:
    with within(connection, QueryBudget(), ManualClock().now):
        assert connection.execute(COUNT).fetchone() == (50_000,)


def test_what_goes_wrong_by_itself_is_not_taken_for_impatience(
    connection: sqlite3.Connection,
) -> None:
    with (
        pytest.raises(sqlite3.OperationalError, match="no such table"),
        within(connection, QueryBudget(steps=1), ManualClock().now),
    ):
        connection.execute("SELECT * FROM absent")
