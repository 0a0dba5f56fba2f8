"""Numbers that texts spell, as far as a database can hold them."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)


_MAX_INTEGER = 2**63


def number_of(text: str) -> int | float | None:
    """The number that a text spells, as far as a database can hold it."""
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit() and len(text) < 25 and -_MAX_INTEGER <= int(text) < _MAX_INTEGER:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None
