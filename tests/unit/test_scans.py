"""What scans look for, asked of a real store; and what they make of a trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.engine.activities.base import ObjectActivity
from gateway.engine.activities.trigger_scan import (
    COMPLETED_TASK_CLEANUP,
    RECOMPUTE,
    DueTriggers,
)
from gateway.engine.objects.selection import RunScope
from gateway.errors import SchemaViolation
from gateway.model.documents import StoredObject
from gateway.model.effects import Delete, Modify
from tests.computing import BEFORE, BETWEEN, LAST, LATER, NOW, Bench, closed_task, works
from tests.store.making import oid

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.engine.tasks.plan import Work
    from gateway.store.sqlite.store import SqliteStore

HANDLER = "http://midpoint.evolveum.com/xml/ns/public/model"
RECOMPUTE_URI = f"{HANDLER}{RECOMPUTE}"
CLEANUP_URI = f"{HANDLER}{COMPLETED_TASK_CLEANUP}"


@pytest.fixture
def bench(store: SqliteStore, tmp_path: Path) -> Bench:
    return Bench(store, tmp_path / "store.db")


# ---- validity ------------------------------------------------------------------------------------------


def valid(since: str | None = None, until: str | None = None) -> dict[str, Any]:
    given = {"validFrom": since, "validTo": until}
    return {"activation": {name: at for name, at in given.items() if at is not None}}


#: Items of a user; whether the first scan finds it, and one whose last scan was at LAST.
USERS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "without activation": ({}, False, False),
    "without validity": ({"activation": {"administrativeStatus": "enabled"}}, False, False),
    "began before the last scan": (valid(since=BEFORE), True, False),
    "began with the last scan": (valid(since=LAST), True, False),
    "began since": (valid(since=BETWEEN), True, True),
    "begins now": (valid(since=NOW), True, True),
    "begins later": (valid(since=LATER), False, False),
    "ended before the last scan": (valid(until=BEFORE), True, False),
    "ended since": (valid(until=BETWEEN), True, True),
    "began long ago and ends later": (valid(since=BEFORE, until=LATER), True, False),
    "began long ago and ended since": (valid(since=BEFORE, until=BETWEEN), True, True),
}


async def add_users(bench: Bench, *, in_assignments: bool) -> None:
    for number, (items, _, _) in enumerate(USERS.values(), 1):
        placed = {"assignment": [{"id": 1, **items}]} if in_assignments else items
        await bench.add("UserType", number, **placed)


def scan_of(part: str, last: str | None) -> tuple[Work[Any], RunScope]:
    styles = {"full": "singleQuery"}
    style = styles.get(part, "separateObjectAndAssignmentQueries")
    [work] = [w for w in works({"focusValidityScan": {"queryStyle": style}}) if w.path == part]
    memory = {} if last is None else {"lastScanTimestamp": last}
    return work, RunScope(started=NOW, memory=memory)


@pytest.mark.parametrize("in_assignments", [False, True])
async def test_a_scan_finds_what_began_or_ended_since_the_last_one_and_not_after_now(
    bench: Bench, *, in_assignments: bool
) -> None:
    await add_users(bench, in_assignments=in_assignments)
    right, wrong = ("assignments", "objects") if in_assignments else ("objects", "assignments")
    for last, place in ((None, 1), (LAST, 2)):
        wanted = [oid(n) for n, row in enumerate(USERS.values(), 1) if row[place]]
        for part in ("full", right):
            assert [each.oid for each in bench.found(*scan_of(part, last))] == wanted
        assert bench.found(*scan_of(wrong, last)) == []


async def test_two_assignments_do_not_make_one_change_together(bench: Bench) -> None:
    apart = [{"id": 1, **valid(since=BEFORE)}, {"id": 2, **valid(since=LATER)}]
    await bench.add("UserType", 1, assignment=apart)
    assert bench.found(*scan_of("full", LAST)) == []
    await bench.add("UserType", 2, assignment=[*apart, {"id": 3, **valid(since=BETWEEN)}])
    assert [each.oid for each in bench.found(*scan_of("full", LAST))] == [oid(2)]


async def test_a_scan_stays_within_its_object_set(bench: Bench) -> None:
    await bench.add("UserType", 1, **valid(until=BEFORE), costCenter="a")
    await bench.add("UserType", 2, **valid(until=BEFORE), costCenter="b")
    await bench.add("RoleType", 3, **valid(until=BEFORE), costCenter="a")
    objects = {"type": "UserType", "query": {"filter": {"text": "costCenter = 'a'"}}}
    [work] = works({"focusValidityScan": {"objects": objects}})
    assert [each.oid for each in bench.found(work, RunScope(started=NOW))] == [oid(1)]


def test_a_scan_of_objects_that_have_no_validity_is_refused() -> None:
    with pytest.raises(SchemaViolation, match="'TaskType' has no validity"):
        works({"focusValidityScan": {"objects": {"type": "TaskType"}}})


def test_a_scan_remembers_when_it_began() -> None:
    for work in works({"focusValidityScan": {}}) + works({"triggerScan": {}}):
        assert isinstance(work.activity, ObjectActivity)
        kept = work.activity.memory(work.parameters, RunScope(started=NOW))
        assert kept == {"lastScanTimestamp": NOW}


# ---- triggers ------------------------------------------------------------------------------------------


def trigger(number: int, at: str | None, uri: str) -> dict[str, Any]:
    return {"id": number, "handlerUri": uri} | ({} if at is None else {"timestamp": at})


async def test_only_objects_with_a_trigger_that_is_due_are_found(bench: Bench) -> None:
    await bench.add("UserType", 1)
    await bench.add("UserType", 2, trigger=[trigger(1, LATER, RECOMPUTE_URI)])
    await bench.add("RoleType", 3, trigger=[trigger(1, NOW, RECOMPUTE_URI)])
    await bench.add("UserType", 4, trigger=[trigger(1, LATER, "x"), trigger(2, BEFORE, "x")])
    await bench.add("UserType", 5, trigger=[trigger(1, None, RECOMPUTE_URI)])
    [work] = works({"triggerScan": {}})
    found = bench.found(work, RunScope(started=NOW))
    assert [each.oid for each in found] == [oid(3), oid(4)]


async def test_a_handler_is_called_once_and_takes_all_its_triggers(bench: Bench) -> None:
    rows = [trigger(1, BEFORE, RECOMPUTE_URI), trigger(2, NOW, RECOMPUTE_URI)]
    await bench.add("UserType", 1, trigger=rows)
    [work] = works({"triggerScan": {}})
    [result] = bench.results(work, RunScope(started=NOW)).values()
    assert result.status == "success"
    [effect] = result.effects
    assert isinstance(effect, Modify)
    assert "trigger" not in effect.change.items
    assert effect.change.items["activation"]["effectiveStatus"] == "enabled"


async def test_a_trigger_without_a_handler_fails_and_stays_while_others_go(bench: Bench) -> None:
    reconcile = trigger(1, BEFORE, f"{HANDLER}/trigger/shadow-reconcile/handler-3")
    later = trigger(3, LATER, RECOMPUTE_URI)
    await bench.add("UserType", 1, trigger=[reconcile])
    await bench.add("UserType", 2, trigger=[reconcile, trigger(2, BEFORE, RECOMPUTE_URI), later])
    [work] = works({"triggerScan": {}})
    alone, mixed = bench.results(work, RunScope(started=NOW)).values()
    assert (alone.status, alone.category, alone.effects) == ("fatal_error", "unsupported", ())
    assert "Unsupported handler" in (alone.message or "")
    assert mixed.status == "partial_error"
    [effect] = mixed.effects
    assert isinstance(effect, Modify)
    assert effect.change.items["trigger"] == [reconcile, later]


async def test_a_closed_task_is_deleted_when_its_trigger_is_due_and_others_lose_the_trigger(
    bench: Bench,
) -> None:
    due = {"trigger": [trigger(1, BEFORE, CLEANUP_URI)]}
    running = {"scheduling_state": "ready", "execution_state": "runnable"}
    await bench.store.add(closed_task(1, "closed", items=due))
    await bench.store.add(closed_task(2, "runnable", items=due, **running))
    await bench.store.add(closed_task(3, "kept", items=due | {"indestructible": True}))
    await bench.add("UserType", 4, **due)
    [work] = works({"triggerScan": {}})
    results = bench.results(work, RunScope(started=NOW))
    effects = {name: result.effects for name, result in results.items()}
    [deletion] = effects.pop("closed")
    assert isinstance(deletion, Delete)
    assert sorted(effects) == ["UserType 4", "kept", "runnable"]
    for [effect] in effects.values():
        assert isinstance(effect, Modify)
        assert "trigger" not in effect.change.items


@pytest.mark.parametrize(
    ("uri", "handler"),
    [
        (RECOMPUTE_URI, RECOMPUTE),
        ("http://midpoint.evolveum.com/xml/ns/public/model/recompute/trigger/handler-3", None),
        (CLEANUP_URI, COMPLETED_TASK_CLEANUP),
        ("", None),
    ],
)
def test_handlers_are_known_by_the_end_of_their_uri(uri: str, handler: str | None) -> None:
    items = {"name": "x", "trigger": [trigger(1, NOW, uri)]}
    due = DueTriggers.of(StoredObject(oid=oid(1), type="UserType", version=1, items=items), NOW)
    assert due.handlers == frozenset({handler} - {None})
    assert due.unsupported == (() if handler else (uri or "(none)",))
