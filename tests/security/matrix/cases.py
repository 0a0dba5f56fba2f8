"""The matrix: every place x method x caller x target, and what the table says to each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.names import MOUNTS
from tests.security.matrix.allowed import (
    ABSENT,
    CALLERS,
    CLIENT,
    DONE,
    GUARDED,
    HELPDESK,
    INTROSPECTED,
    INVALID,
    JOBS,
    MOVED,
    NOBODY,
    OBJECTS,
    REFUSED,
    ROWS,
    UNKNOWN,
    UNSERVED,
    WORKFLOWS,
    Some,
)
from tests.security.matrix.surface import REST, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.security.matrix.allowed import Statuses
    from tests.security.matrix.surface import Place

#: Collections whose objects the matrix has; all others are empty.
PEOPLED = ("users", "roles", "tasks")
#: What is sent to a method that takes more than one kind of change.
VARIANTS = {"PATCH /{oid}": ("name", "password", "activation", "assignment")}
#: These change nothing, whatever their method.
SAFE_ROWS = frozenset({"/search", "/{oid}/validate", "//rpc/generate", "//rpc/validate"})
TASK_TARGETS = (
    *("own task", "other task", "job", "limited job", "visible user", "hidden user"),
    *("unknown", "malformed"),
)
#: Rows of Itential's that name jobs in their bodies.
BULK = frozenset(
    f"/operations-manager/jobs/{verb}"
    for verb in ("cancel", "pause", "resume", "watch", "unwatch", "delete", "bulk-delete")
)
#: Nothing happens to them even where a list of them is taken.
NOT_THERE = frozenset({"limited job", "unknown"})
STARTS = frozenset({"/operations-manager/jobs/start"})


@dataclass(frozen=True, slots=True)
class Case:
    """One request of one caller, and the statuses that are right."""

    place: Place
    method: str
    caller: str
    target: str
    expected: Statuses
    #: Which change of several, or how the path is spelled.
    variant: str = ""
    #: Path as it is sent, with braces; empty: the place's own.
    spelled: str = ""
    #: Headers beside those that say who calls.
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def variant_of_path(self) -> bool:
        """Whether the same is asked for elsewhere in other words."""
        return bool(self.spelled or self.headers)

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing even when it is done."""
        return self.method in ("GET", "HEAD") or self.place.row in SAFE_ROWS

    @property
    def changes(self) -> bool:
        """Whether something may be another afterwards."""
        is_there = self.target not in NOT_THERE
        return is_there and not self.is_safe and not self.expected.isdisjoint(DONE)

    def __str__(self) -> str:
        path = self.spelled or self.place.path
        return f"{self.caller}: {self.method} {path} [{self.target}] {self.variant}"


def group_of(place: Place) -> str:
    """What places are tested together as."""
    if place.dialect == "midpoint" and place.collection not in ("", *PEOPLED):
        return f"midpoint others {place.row}"
    return f"{place.dialect} {place.path.removeprefix(REST)}"


@cache
def plan() -> dict[tuple[str, str], tuple[Case, ...]]:
    """All cases by group and caller."""
    found: dict[tuple[str, str], list[Case]] = {}
    for place in places():
        for caller in CALLERS:
            cases = found.setdefault((group_of(place), caller), [])
            cases += _served(place, caller)
            if place.collection in ("", *PEOPLED) or caller == HELPDESK:
                cases += _unserved(place, caller)
            if _is_first_of_its_like(place):
                cases += _spelled(place, caller)
    return {key: tuple(cases) for key, cases in found.items()}


def _is_first_of_its_like(place: Place) -> bool:
    """Whether it stands for places that differ in the version or the collection only."""
    if place.dialect == "itential":
        return place.path == place.row
    if place.dialect == "sailpoint":
        return place.path.startswith(("/v2025/", "/task-status/v1"))
    return place.collection in ("", *PEOPLED)


def targets_of(place: Place) -> tuple[str, ...]:
    """What requests at a place are about; a single nothing if they are about nothing."""
    row = place.row
    if place.dialect == "midpoint":
        if "{" not in row:
            return ("",)
        return tuple(OBJECTS) if place.collection in PEOPLED else ("visible user", "unknown")
    if place.dialect == "sailpoint":
        is_about = "{id}" in place.path
        return (
            TASK_TARGETS if is_about else ("",) if "Tasks" in row else ("visible user", "unknown")
        )
    if place.dialect == "itential":
        return _of_itential(row)
    return _of_pages(row)


def _of_itential(row: str) -> tuple[str, ...]:
    if "{jobId}" in row or "{taskId}" in row or row in BULK:
        return JOBS
    return WORKFLOWS if "{" in row or row in STARTS else ("",)


def _of_pages(row: str) -> tuple[str, ...]:
    if row == "/-/{name}":
        return INTROSPECTED
    if row == "/-/tasks/{oid:uuid}/events":
        return tuple(each for each in TASK_TARGETS if each != "malformed")
    return ("known", "unknown") if row.startswith("/-/") and "{" in row else ("",)


def keys() -> set[tuple[str, str]]:
    """Dialect and row of every method of every place."""
    return {(place.dialect, f"{m} {place.row}") for place in places() for m in place.methods}


def _served(place: Place, caller: str) -> Iterator[Case]:
    for method in place.methods:
        key = f"{method} {place.row}"
        if key not in ROWS[place.dialect]:
            continue  # a test of its own tells
        variants = VARIANTS.get(key, ()) if place.collection == "users" else ()
        for variant in ("", *variants):
            for target in targets_of(place):
                expected = _expected(place, f"{key} {variant}".strip(), caller, target)
                yield Case(place, method, caller, target, expected, variant)


def _expected(place: Place, key: str, caller: str, target: str) -> Statuses:
    cell = ROWS[place.dialect][key].of(caller)
    if not isinstance(cell, Some):
        return cell
    kind = OBJECTS.get(target, "")
    if place.dialect == "midpoint" and kind and kind != place.collection:
        # Replaced is what the body names; whoever may change it is told that it is no such object.
        is_changed = cell.rest == REFUSED and target in cell.done | {"superuser"}
        return frozenset({409}) if is_changed else cell.rest or ABSENT
    return cell.on(caller, target)


def _unserved(place: Place, caller: str) -> Iterator[Case]:
    is_known = caller != NOBODY and not (place.dialect == "midpoint" and caller == CLIENT)
    expected = UNSERVED if is_known or place.dialect not in GUARDED else UNKNOWN
    if place.row.startswith("/-/"):
        expected |= ABSENT | REFUSED | UNKNOWN  # it is another page's, whose name holds this one's
    if place.dialect == "oauth":
        expected |= {415}  # it is a form that nobody reads there
    target = targets_of(place)[0]
    for method in place.unserved:
        yield Case(place, method, caller, target, expected, "unserved")


# ---- other ways to write the same path --------------------------------------------------------------

#: These are the same path.
SAME: dict[str, Callable[[str], str]] = {
    "trailing slash": lambda path: f"{path.rstrip('/')}/",
    "doubled slashes": lambda path: path.replace("/", "//"),
}
#: These are the same one at most, and another else.
OTHER: dict[str, Callable[[str], str]] = {
    "capitals": lambda path: path[:-1] + path[-1].upper() if path[-1:].isalpha() else path.upper(),
    "dots": lambda path: f"/x/..{path}",
    "dots at the end": lambda path: f"{path}/.",
    "parameter": lambda path: f"{path};x=1",
    "encoded slash": lambda path: path.replace("/", "%2f").replace("%2f", "/", 1),
    "null": lambda path: f"{path}%00",
}
HARMLESS: Statuses = INVALID | UNKNOWN | REFUSED | ABSENT | UNSERVED | MOVED | {415, 501}
#: What is looked for by other spellings: what is hidden, and what is not.
SOUGHT = frozenset(
    {"", "hidden user", "superuser", "limited job", "limited workflow", "own job", "known"}
)


def _spelled(place: Place, caller: str) -> Iterator[Case]:
    for case in _served(place, caller):
        if case.method == "HEAD" or case.target not in SOUGHT or case.variant:
            continue
        for name, spell in SAME.items():
            expected = case.expected
            if place.dialect == "pages" and name == "trailing slash" and place.path != "/":
                expected = MOVED
            yield replace(case, variant=name, spelled=spell(place.path), expected=expected)
        for name, spell in OTHER.items():
            yield replace(
                case, variant=name, spelled=spell(place.path), expected=case.expected | HARMLESS
            )
        if place.dialect == "midpoint":
            yield from _of_other_mounts(case)


def _of_other_mounts(case: Case) -> Iterator[Case]:
    for mount in MOUNTS:
        spelled = case.place.path.replace(REST, mount, 1)
        yield replace(case, variant="mount", spelled=spelled)
    refused = UNKNOWN if case.caller in (NOBODY, CLIENT) else REFUSED
    header = (("switch-to-principal", "administrator"),)
    yield replace(case, variant="as administrator", expected=refused, headers=header)
