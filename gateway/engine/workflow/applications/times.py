"""Steps that work on moments, which are objects of a text and its format."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.moments import (
    DEFAULT_FORMAT,
    BadMoment,
    read_moment,
    write_moment,
)
from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.javascript.numbers import number
from gateway.engine.workflow.javascript.values import UNDEFINED, is_number, kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.engine.workflow.applications.row import Task

_ZONE = re.compile(r"\(?(?:UTC|GMT)?\s*([+-]\d{1,2}):?(\d\d)?\)?(?:\s.*)?")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds")
_EPOCHS = {"seconds": 1000, "milliseconds": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Months before and after which no moment is.
_FARTHEST = 12 * 10_000


def _check_moments(work: Callable[..., Any]) -> Callable[..., Any]:
    """Work whose moments may be none, or beyond all years."""

    def run_checked(inputs: Mapping[str, Any], task: Task) -> Any:
        try:
            return work(inputs, task)
        except BadMoment as fault:
            raise InputRefused(str(fault)) from None
        except (OverflowError, ValueError):
            raise InputRefused("The moment is beyond the years that can be written.") from None

    return run_checked


@_check_moments
def now(inputs: Mapping[str, Any], task: Task) -> dict[str, str]:
    """The time, shifted, in a zone and a format."""
    moment = _EPOCH + timedelta(milliseconds=int(task.call.surroundings.now()))
    shifted = moment if inputs["offsetDuration"] is UNDEFINED else _shift_moment(moment, inputs)
    zone = UTC if inputs["timezone"] is UNDEFINED else _zone(inputs["timezone"])
    written = DEFAULT_FORMAT if inputs["format"] is UNDEFINED else inputs["format"]
    return _tell_moment(shifted.astimezone(zone), written)


@_check_moments
def in_format(inputs: Mapping[str, Any], task: Task) -> dict[str, str]:
    """The same moment in another format."""
    del task
    moment, _ = _moment(inputs, "inputTime")
    return _tell_moment(moment, inputs["newFormatString"])


@_check_moments
def later(inputs: Mapping[str, Any], task: Task) -> dict[str, str]:
    """A moment and a duration after it."""
    del task
    moment, written = _moment(inputs, "inputTime")
    return _tell_moment(_shift_moment(moment, inputs), written)


@_check_moments
def in_zone(inputs: Mapping[str, Any], task: Task) -> dict[str, str]:
    """A moment shifted by the hours of a zone."""
    del task
    moment, written = _moment(inputs, "inputTime")
    zone = _zone(inputs["NewTimezone"])
    return _tell_moment(moment.replace(tzinfo=UTC).astimezone(zone), written)


@_check_moments
def since_epoch(inputs: Mapping[str, Any], task: Task) -> Any:
    """Seconds or milliseconds since 1970."""
    del task
    unit = _EPOCHS.get(inputs["EpochFormat"].lower())
    if unit is None:
        raise InputRefused("'EpochFormat' must be Seconds or Milliseconds.")
    moment, _ = _moment(inputs, "inputTime")
    return (moment - _EPOCH) // timedelta(milliseconds=unit)


@_check_moments
def difference(inputs: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """The first moment minus the second one, whole in each of the units."""
    del task
    first, _ = _moment(inputs, "firstTime")
    second, _ = _moment(inputs, "secondTime")
    between = first - second
    units = {name: timedelta(**{name: 1}) for name in reversed(_UNITS[1:])}
    return {name: number(between / unit) for name, unit in units.items()}


def _moment(inputs: Mapping[str, Any], name: str) -> tuple[datetime, str]:
    """The moment of an input, and its format."""
    value = inputs[name]
    text, written = value.get("time"), value.get("formatString")
    if not isinstance(text, str) or not isinstance(written, str):
        raise InputRefused(f"'{name}' must be an object with the texts 'time' and 'formatString'.")
    return read_moment(text, written), written


def _tell_moment(moment: datetime, written: str) -> dict[str, str]:
    return {"time": write_moment(moment, written), "formatString": written}


def _zone(text: str) -> timezone:
    """As `(UTC-04:00) Santiago` says; the offset counts."""
    if text.strip("() ").upper() in ("UTC", "GMT", "Z"):
        return UTC
    found = _ZONE.fullmatch(text.strip())
    if found is None or abs(int(found[1])) > 14:
        raise InputRefused("The time zone is not known; write it as (UTC-04:00).")
    minutes = abs(int(found[1])) * 60 + int(found[2] or 0)
    return timezone(timedelta(minutes=-minutes if found[1][0] == "-" else minutes))


def _shift_moment(moment: datetime, inputs: Mapping[str, Any]) -> datetime:
    """A moment after a duration: milliseconds, or an object of units; months end with their last day."""
    duration = inputs["offsetDuration"]
    if is_number(duration):
        return moment + timedelta(milliseconds=duration)
    if not isinstance(duration, dict):
        raise InputRefused(f"'offsetDuration' must be an object or a number, not {kind(duration)}.")
    amounts = {name: _amount(name, value) for name, value in duration.items()}
    years, months = amounts.pop("years", 0), amounts.pop("months", 0)
    return _months_later(moment, int(years * 12 + months)) + timedelta(**amounts)


def _amount(name: str, value: Any) -> float:
    if name not in (*_UNITS, "years", "months"):
        raise InputRefused(f"'offsetDuration' has '{name}', which is no unit of time.")
    if not is_number(value):
        raise InputRefused(f"'{name}' of 'offsetDuration' must be a number, not {kind(value)}.")
    return float(value)


def _months_later(moment: datetime, months: int) -> datetime:
    if abs(months) > _FARTHEST:
        raise OverflowError
    years, month = divmod(moment.month - 1 + months, 12)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(moment.day, (following - timedelta(days=1)).day))
