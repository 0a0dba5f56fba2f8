"""Whole numbers in texts from strangers."""

from __future__ import annotations

import pytest

from gateway.http.numerals import natural
from gateway.http.validators import etag_of, matches


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), ("0" * 5_000 + "9", 9), ("250", 250)],
)
def test_digits_say_a_number(text: str, number: int) -> None:
    assert natural(text, 250) == number


@pytest.mark.parametrize(
    "text", ["", " 7", "+7", "-7", "7.0", "1_0", "²", "٣", "251", "9" * 5_000, "0x7", "7\n"]
)
def test_what_is_no_number_in_the_range_is_none(text: str) -> None:
    assert natural(text, 250) is None


def test_a_number_may_have_to_be_positive() -> None:
    assert natural("1", 9, least=1) == 1
    assert natural("0", 9, least=1) is None


@pytest.mark.parametrize(
    ("header", "is_this"),
    [
        (b"*", True),
        (b'W/"a"', True),
        (b'"a"', True),
        (b'"b", W/"a"', True),
        (b'"b"', False),
        (b"a", False),
        (b"", False),
    ],
)
def test_a_validator_is_found_among_those_of_a_header(header: bytes, is_this: bool) -> None:
    assert matches(header, b'W/"a"') is is_this


def test_validators_of_other_contents_are_others() -> None:
    assert etag_of(b"a") == etag_of(b"a") != etag_of(b"b")
