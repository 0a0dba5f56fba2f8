"""One year of the corpus against the matcher; `brute_force` as a program covers ten."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.conformance.cron.brute_force import (
    FIRST_YEAR,
    ZONES,
    changes_of,
    compare_all,
    expressions,
)

SAMPLE = 2


@pytest.mark.parametrize("name", ZONES)
def test_a_year_of_fires_is_what_the_expressions_mean(name: str) -> None:
    tally = compare_all(ZoneInfo(name), range(FIRST_YEAR, FIRST_YEAR + 1), SAMPLE)
    assert tally.differences == []
    assert tally.days == 366 * len(expressions())
    assert tally.walked_days > 5 * len(expressions())


@pytest.mark.parametrize("name", ZONES)
def test_both_changes_of_the_clock_are_within_the_year(name: str) -> None:
    assert len(changes_of(FIRST_YEAR, ZoneInfo(name))) == 6


@pytest.mark.parametrize("sign", ["?", "*", ",", "-", "/", "L", "W", "#", "JAN", "MON"])
def test_the_corpus_has_each_sign_more_than_once(sign: str) -> None:
    assert sum(sign in text for text in expressions()) > 1


def test_the_corpus_has_no_line_twice() -> None:
    assert len(set(expressions())) == len(expressions()) >= 70
