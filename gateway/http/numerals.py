"""Numbers that come as texts, as JSON would read them."""

from __future__ import annotations

import math

from gateway.errors import MalformedBody

#: Whole numbers between these stay whole, as in JSON bodies; others are rounded.
SMALLEST, LARGEST = -(2**63), 2**64 - 1


def whole_number(text: str) -> int | float:
    """A whole number of decimal digits; one that is too large for 64 bits as the nearest float."""
    if len(text) <= 21 and SMALLEST <= int(text) <= LARGEST:
        return int(text)
    return finite(text)


def finite(text: str) -> float:
    """A number; `MalformedBody` for what is too large to be one, `ValueError` for what is none."""
    number = float(text)
    if not math.isfinite(number):
        raise MalformedBody(f"The number '{text[:80]}' is too large.")
    return number
