"""How numbers are written and read: every number is a double, whole ones are kept as integers."""

from __future__ import annotations

import math
import re
from decimal import Decimal

Number = int | float

#: The largest magnitude up to which all whole numbers are exact.
_SAFE = 2**53
#: Exponents between which numbers are written without one.
_SMALLEST_PLAIN, _MAX_PLAIN_INTEGER = -7, 21
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: What counts as a blank at the ends of a text.
BLANKS = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BASED = {"x": 16, "o": 8, "b": 2}


def number(value: float) -> Number:
    """The number as a double, as an integer where it is whole and exact."""
    if isinstance(value, int):
        return value if -_SAFE <= value <= _SAFE else _round(value)
    if math.isfinite(value) and value.is_integer() and abs(value) <= _SAFE:
        return int(value)
    return value


def _round(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def write_number(value: float) -> str:
    """The number as text, with an exponent only where it is very large or very small."""
    if isinstance(value, int) and -_SAFE <= value <= _SAFE:
        return str(value)
    value = float(number(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    return ("-" if sign else "") + _lay_out(text, len(text) + int(exponent))


def _lay_out(digits: str, point: int) -> str:
    """Digits with the point behind so many of them."""
    if len(digits) <= point <= _MAX_PLAIN_INTEGER:
        return digits.ljust(point, "0")
    if 0 < point <= _MAX_PLAIN_INTEGER:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN < point - 1 < 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def write_in_base(value: float, base: int) -> str:
    """The number in a base from 2 to 36."""
    if base == 10 or not math.isfinite(value):
        return write_number(value)
    size = abs(float(value))
    whole, digits = _fraction_in_base(size, base)
    fraction = "".join(_DIGITS[digit] for digit in digits)
    text = _whole_in_base(whole, base) + (f".{fraction}" if fraction else "")
    return f"-{text}" if value < 0 else text


def _whole_in_base(value: float, base: int) -> str:
    rest, digits = int(value), ""
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits = _DIGITS[digit] + digits
    return digits


def _fraction_in_base(value: float, base: int) -> tuple[float, list[int]]:
    """The whole part, and as many digits behind the point as tell the double from its neighbours."""
    fraction, whole = math.modf(value)
    margin = max(math.ulp(value) / 2, math.ulp(0.0))
    digits: list[int] = []
    while fraction >= margin:
        fraction *= base
        margin *= base
        digits.append(int(fraction))
        fraction -= digits[-1]
        is_upper = fraction > 0.5 or (fraction == 0.5 and digits[-1] % 2 == 1)
        if is_upper and fraction + margin > 1:
            return _round_up(whole, digits, base)
    return whole, digits


def _round_up(whole: float, digits: list[int], base: int) -> tuple[float, list[int]]:
    while digits and digits[-1] == base - 1:
        digits = digits[:-1]
    if not digits:
        return whole + 1, []
    return whole, [*digits[:-1], digits[-1] + 1]


def read_number(text: str) -> Number:
    """What a whole text is as a number; NaN if it is none, 0 if it is empty."""
    text = text.strip(BLANKS)
    if not text:
        return 0
    if text.lstrip("+-") == "Infinity" and len(text) <= len("+Infinity"):
        return -math.inf if text[0] == "-" else math.inf
    if text[0] == "0" and text[1:2].lower() in _BASED:
        return _read_based(text[2:], _BASED[text[1].lower()])
    return number(float(text)) if _DECIMAL.fullmatch(text) else math.nan


def _read_based(digits: str, base: int) -> Number:
    length = len(_leading_digits(digits, base))
    return _whole(digits, base) if digits and length == len(digits) else math.nan


def _whole(digits: str, base: int) -> Number:
    """Digits of a whole number; beyond what a double holds all are infinite."""
    if len(digits.lstrip("0")) > 1024:
        return math.inf
    return number(int(digits, base))


def _leading_digits(text: str, base: int) -> str:
    allowed = _DIGITS[:base]
    end = next((i for i, char in enumerate(text) if char.lower() not in allowed), len(text))
    return text[:end]


def parse_float(text: str) -> Number:
    """The number that a text begins with, or NaN."""
    text = text.lstrip(BLANKS)
    if found := _DECIMAL.match(text):
        return number(float(found[0]))
    if found := re.match(r"[+-]?Infinity", text):
        return -math.inf if text[0] == "-" else math.inf
    return math.nan


def parse_int(text: str, base: int = 0) -> Number:
    """The whole number that a text begins with, or NaN; without a base it is 10, or 16 after `0x`."""
    text = text.lstrip(BLANKS)
    is_negative = text[:1] == "-"
    text = text[1:] if text[:1] in ("-", "+") else text
    if base in (0, 16) and text[:2].lower() == "0x":
        text, base = text[2:], 16
    base = base or 10
    digits = _leading_digits(text, base) if 2 <= base <= 36 else ""
    if not digits:
        return math.nan
    value = _whole(digits, base)
    return -value if is_negative else value
