"""Texts and JSON scalars become the canonical value of an item; anything else is refused.

Raises `ValueError` with a sentence for the caller; who calls adds the place.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.model.schema import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Json
    from gateway.model.schema import Item

_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DURATION = re.compile(
    r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_QNAME = re.compile(r"[^\s#/]*[^\s#/:]")

INT_RANGE = (-(2**31), 2**31 - 1)
LONG_RANGE = (-(2**63), 2**63 - 1)
#: Prefixes of the schema's own namespaces; names in them are kept bare.
OWN_PREFIXES = frozenset({"c", "org"})


def _integer(text: str, limits: tuple[int, int]) -> int:
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped):
        raise ValueError(f"'{_short(text)}' is not an integer")
    number = int(stripped)
    if not limits[0] <= number <= limits[1]:
        raise ValueError(f"{number} is out of range ({limits[0]} to {limits[1]})")
    return number


def _decimal(text: str) -> float:
    stripped = text.strip()
    if not _DECIMAL.fullmatch(stripped) or math.isinf(float(stripped)):
        raise ValueError(f"'{_short(text)}' is not a number")
    return float(stripped)


def _boolean(text: str) -> bool:
    folded = text.strip().lower()
    if folded not in {"true", "false"}:
        raise ValueError(f"'{_short(text)}' is not a boolean; write true or false")
    return folded == "true"


def _duration(text: str) -> str:
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(f"'{_short(text)}' is not a duration; write it like PT5M or P1D")
    return text.strip()


#: Seconds in each part of a duration; months and years as people count them roughly.
_SECONDS = (365 * 86_400, 30 * 86_400, 86_400, None, 3_600, 60, 1)


def seconds_in(duration: str) -> float:
    """Seconds in an ISO 8601 duration; a month counts 30 days, a year 365."""
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        raise ValueError(f"'{_short(duration)}' is not a duration; write it like PT5M or P1D")
    parts = zip(found.groups()[:7], _SECONDS, strict=True)
    total = sum(float(text[:-1]) * each for text, each in parts if text and each)
    return -total if duration.strip().startswith("-") else total


def to_instant(text: str, zone: tzinfo = UTC) -> str:
    """An ISO 8601 date or date-time as a canonical instant; without a zone it is in `zone`."""
    stripped = text.strip()
    if not _INSTANT.fullmatch(stripped):
        raise ValueError(
            f"'{_short(text)}' is not a date-time; write it like 2025-01-31 or 2025-01-31T08:00:00Z"
        )
    try:
        moment = datetime.fromisoformat(_to_microseconds(stripped))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return write_instant(moment.timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{_short(text)}' is not a date-time ({error})") from error


def _to_microseconds(text: str) -> str:
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def _qname(text: str) -> str:
    stripped = text.strip()
    local = stripped.rsplit("#", 1)[-1] if "#" in stripped else stripped.rsplit("/", 1)[-1]
    if not _QNAME.fullmatch(local):
        raise ValueError(f"'{_short(text)}' is not a qualified name")
    prefix, _, name = local.rpartition(":")
    return name if prefix in OWN_PREFIXES or not prefix else local


def bare_name(text: str) -> str:
    """The name in a qualified name: `UserType` for `c:UserType` or `http://...#UserType`."""
    return _qname(text)


def _enum(item: Item, text: str) -> str:
    stripped = text.strip()
    if stripped in item.values:
        return stripped
    # The schema's own constant names pass too: READY for ready, TASK_CLOSED never.
    for value in item.values:
        if constant(value) == stripped:
            return value
    near = nearest(stripped, item.values)
    hint = f"; did you mean '{near}'?" if near else f"; one of {', '.join(item.values)}"
    raise ValueError(f"'{_short(text)}' is not a value of {item.name}{hint}")


def constant(value: str) -> str:
    """The schema's constant name of an enum's text: `otherTasks` is `OTHER_TASKS`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).upper()


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def _text(text: str) -> str:
    return text


_CONVERTERS: dict[str, Callable[[str], Json]] = {
    "string": _text,
    "polystring": _text,
    "any": _text,
    "path": str.strip,
    "uri": str.strip,
    "int": lambda text: _integer(text, INT_RANGE),
    "long": lambda text: _integer(text, LONG_RANGE),
    "decimal": _decimal,
    "boolean": _boolean,
    "duration": _duration,
    "qname": _qname,
}


def convert(item: Item, text: str, zone: tzinfo = UTC) -> Json:
    """The canonical value that `text` stands for, by the type of `item`."""
    if item.type == "dateTime":
        return to_instant(text, zone)
    if item.type == "enum":
        return _enum(item, text)
    return _CONVERTERS[item.type](text)
