"""JSON Patch of a task's status: the part of RFC 6902 that the two patchable fields need."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.dialects.sailpoint import statuses
from gateway.dialects.sailpoint.errors import BadContent, IllegalValue
from gateway.model.lifecycle import ReportedResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Json, StoredObject

MEDIA_TYPES = ("application/json-patch+json", "application/json")
STATUS, COMPLETED = "/completionStatus", "/completed"
SETTING = ("add", "replace")
SERVED = (*SETTING, "test")
#: What a status may be called, in capitals; any case will do.
SPELLINGS = {status: status for status in statuses.STATUSES} | {"TEMP_ERROR": "TEMPERROR"}
#: What RFC 6902 has besides, and these two fields cannot be done.
REFUSED = ("remove", "move", "copy")
MAX_OPERATIONS = 100
#: A blank or T between date and time; what is finer than a millisecond is dropped.
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))"
)


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One checked operation: a canonical value for a path."""

    is_test: bool
    path: str
    value: str | None


def read_operations(body: Json) -> tuple[PatchOperation, ...]:
    """The operations of a patch; `BadContent` for what is none, `IllegalValue` for one not served."""
    if not isinstance(body, list):
        raise BadContent("The body must be a JSON array of operations.")
    if len(body) > MAX_OPERATIONS:
        raise BadContent(f"A patch has at most {MAX_OPERATIONS} operations.")
    return tuple(_read_operation(each, number) for number, each in enumerate(body))


def _read_operation(given: Json, number: int) -> PatchOperation:
    if not isinstance(given, dict):
        raise BadContent(f"Operation {number} must be a JSON object.")
    op, path = given.get("op"), given.get("path")
    if not isinstance(op, str) or not isinstance(path, str):
        raise BadContent(f"Operation {number} needs the texts 'op' and 'path'.")
    if op not in SERVED:
        known = "cannot be applied here" if op in REFUSED else "is unknown"
        raise IllegalValue(f"The operation '{op[:40]}' {known}; use {', '.join(SERVED)}.")
    if path not in VALUES:
        raise IllegalValue(
            f"The path '{path[:80]}' cannot be patched; only {' and '.join(VALUES)} can."
        )
    if "value" not in given:
        raise BadContent(f"Operation {number} needs a 'value'.")
    is_test, value = op == "test", given["value"]
    if is_test and value is None:
        return PatchOperation(is_test, path, None)
    return PatchOperation(is_test, path, VALUES[path](value))


def _read_status(value: Json) -> str:
    text = value.upper() if isinstance(value, str) and value.isascii() else ""
    found = SPELLINGS.get(text)
    if found is None:
        raise IllegalValue(f"completionStatus is one of {', '.join(statuses.STATUSES)}.")
    return found


def _complete_value(value: Json) -> str:
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is not None:
            return _moment(found)
    except (ValueError, OverflowError) as error:
        raise IllegalValue("completed is no date and time of the calendar.") from error
    raise IllegalValue("completed must be a date and time such as 2024-05-17T19:33:16.470Z.")


def _moment(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(-offset if sign == "-" else offset)
    micros = int(f"{fraction or '0':0<6.6}")
    moment = datetime(year, month, day, hour, minute, second, micros, zone).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


#: Patchable path to what reads its value.
VALUES: dict[str, Callable[[Json], str]] = {STATUS: _read_status, COMPLETED: _complete_value}


@dataclass(frozen=True, slots=True)
class _Fields:
    status: str | None
    completed: str | None
    set: frozenset[str] = frozenset()

    def at(self, path: str) -> str | None:
        return self.status if path == STATUS else self.completed

    def with_value(self, path: str, value: str | None) -> _Fields:
        done = self.set | {path}
        if path == STATUS:
            return replace(self, status=value, set=done)
        return replace(self, completed=value, set=done)


def read_report(
    patch: tuple[PatchOperation, ...], task: StoredObject, now: float
) -> ReportedResult | None:
    """What a patch says that the task came to; None if it changes nothing.

    `IllegalValue` if it cannot be applied to this task; then nothing of it is.
    """
    before = _Fields(statuses.completion_status(task), statuses.read_completed(task))
    after = before
    for each in patch:
        if not each.is_test:
            after = after.with_value(each.path, each.value)
        elif after.at(each.path) != each.value:
            raise IllegalValue(f"The test of {each.path} fails: it is {after.at(each.path)}.")
    if not after.set:
        return None
    if after.status is None:
        raise IllegalValue("A task without completionStatus has no completed; set both.")
    moment = after.completed if COMPLETED in after.set else None
    return ReportedResult(
        status=after.status, at=moment or write_instant(now), ends_run=before.status is None
    )
