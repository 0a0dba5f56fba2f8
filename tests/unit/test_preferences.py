"""`Prefer` headers as RFC 7240 reads them."""

from __future__ import annotations

import pytest

from gateway.http.preferences import MAX_WAIT, read_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["wait=10"], 10),
        (["wait=0"], 0),
        (["Wait=10"], 10),
        (['wait="10"'], 10),
        (["wait = 10"], 10),
        ([" wait=10 ; strict"], 10),
        (['respond-async; x="a,b", wait=10'], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10, wait=20"], 10),
        (["wait=10", "wait=20"], 10),
        (["wait=3600"], MAX_WAIT),
        (["wait=99999999999999999999999999"], MAX_WAIT),
        (["return=minimal, wait=7, handling=lenient"], 7),
    ],
)
def test_the_first_wait_counts_up_to_a_minute(headers: list[str], seconds: int) -> None:
    assert read_wait(headers) == seconds


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        ["respond-async"],
        ["wait"],
        ["wait="],
        ['wait=""'],
        ["wait=soon"],
        ["wait=-5"],
        ["wait=1.5"],
        ["wait=٣"],
        ["wait=soon, wait=10"],
        ["wait:10"],
        ["wait=10 20"],
        ['wait="10'],
        ["=10"],
        [",wait=10"],
        ['return=minimal;x="a, wait=10'],
        ["await=10"],
    ],
)
def test_what_cannot_be_read_is_ignored(headers: list[str]) -> None:
    assert read_wait(headers) is None


def test_a_malformed_header_does_not_spoil_the_next_one() -> None:
    assert read_wait(['x="', "wait=10"]) == 10
