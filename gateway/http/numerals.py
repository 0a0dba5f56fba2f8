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


def is_digits(text: str) -> bool:
    """Whether a text is decimal digits and nothing else; `isdigit` alone takes those of all scripts."""
    return text.isascii() and text.isdigit()


def natural(text: str, most: int, *, least: int = 0) -> int | None:
    """The number that decimal digits say; None if it is something else or not from `least` to `most`."""
    digits = text.lstrip("0") or "0"
    if not is_digits(text) or len(digits) > len(str(most)):
        return None
    number = int(digits)
    return number if least <= number <= most else None
