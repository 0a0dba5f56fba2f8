"""Every filter selects, by SQL, exactly the tasks for which its rule holds; views say the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dialects.sailpoint.fields import TYPES
from gateway.dialects.sailpoint.filters import resolve_condition
from gateway.dialects.sailpoint.listing import make_age_test
from gateway.dialects.sailpoint.rows import first, holds, task_query
from gateway.dialects.sailpoint.statuses import (
    COMPLETION,
    STATUSES,
    completion_status,
    is_planned,
    is_shown,
    read_completed,
    read_modified,
)
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.dialects.sailpoint.views.task_status import RelatedObjects, find_references, show_task
from gateway.model.documents import StoredObject
from gateway.model.effects import NewObject
from gateway.model.task import TaskState
from gateway.query import CompiledFilter
from gateway.query.ast import Always
from gateway.query.evaluate import predicate
from gateway.store.search import Search
from gateway.store.sqlite.rows import overlay_state
from tests.dialects.sailpoint.speaking import assert_task_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.query.resolved import Resolved
    from gateway.store.sqlite.store import SqliteStore

V1 = next(version for version in VERSIONS if version.name == "v1")
OLD, EARLY, LATE, NOW = (
    "2025-01-01T00:00:00.000Z",
    "2025-06-01T10:00:00.000Z",
    "2025-06-01T11:00:00.000Z",
    "2025-06-15T12:00:00.000Z",
)
RESULTS = (
    None,
    "success",
    "handled_error",
    "not_applicable",
    "warning",
    "partial_error",
    "fatal_error",
    "in_progress",
    "unknown",
)
#: Start and finish of the last run: none, unfinished, finished, unfinished after a finished one.
RUNS = ((None, None), (EARLY, None), (EARLY, LATE), (LATE, EARLY))
OWNER = {"oid": "00000000-0000-4000-8000-000000000077", "type": "UserType", "relation": "default"}
GONE = OWNER | {"oid": "00000000-0000-4000-8000-000000000078"}
SOURCE = {"oid": "source-1", "type": "ResourceType", "relation": "default"}
RECOMPUTING = {"work": {"recomputation": {"objects": {"type": "UserType"}}}}
#: What tasks are besides their states.
DEFINITIONS: list[dict[str, Any]] = [
    {},
    {"ownerRef": OWNER, "activity": RECOMPUTING},
    {"ownerRef": GONE, "objectRef": SOURCE},
    {"objectRef": SOURCE | {"type": "UserType"}, "schedule": {"interval": 60}},
    {"activity": {"work": {"recomputation": {"objects": {"type": "RoleType"}}}}},
    {"activity": RECOMPUTING | {"distribution": {"buckets": {"x": 1}}}},
    {"archetypeRef": [{"oid": "archetype-1", "type": "ArchetypeType", "relation": "default"}]},
    {"ownerRef": OWNER, "schedule": {"cronLikePattern": "0 0 1 * * ?"}},
    {"schedule": {"recurrence": "single"}, "description": "about"},
]


def task_states() -> Iterator[dict[str, Any]]:
    """Every combination that the table of statuses tells apart, and more that never occur."""
    for scheduling, (start, finish), result in product(
        ("ready", "waiting", "suspended", "closed", None), RUNS, RESULTS
    ):
        yield {
            "scheduling_state": scheduling,
            "execution_state": {"ready": "runnable"}.get(scheduling or "", scheduling),
            "last_run_start": start,
            "last_run_finish": finish,
            "result_status": result,
        }
    for scheduling, waits, (start, _), next_start, next_retry in product(
        ("ready", "waiting", "suspended", "closed", None),
        (None, "otherTasks"),
        RUNS[:2],
        (None, EARLY, LATE),
        (None, LATE),
    ):
        yield {
            "scheduling_state": scheduling,
            "execution_state": {"ready": "runnable"}.get(scheduling or "", scheduling),
            "waiting_reason": waits,
            "last_run_start": start,
            "next_start": next_start,
            "next_retry": next_retry,
        }
    for more in (
        {"execution_state": "running", "node": "n"},
        {"scheduling_state": "suspended", "execution_state": "suspended", "node": "n"},
        {
            "waiting_reason": "otherTasks",
            "scheduling_state": "waiting",
            "execution_state": "waiting",
        },
        {"scheduling_state": "closed", "execution_state": "closed", "completed": LATE},
        {"told_status": "ERROR", "told_at": OLD},
        {"told_status": "SUCCESS", "told_at": LATE, "scheduling_state": "closed"},
    ):
        yield {"last_run_start": EARLY, "last_run_finish": LATE, "result_status": "success"} | more


def tasks() -> Iterator[NewObject]:
    """Tasks in all states, with all definitions."""
    for number, cells in enumerate(task_states()):
        recurring = number % 3 == 0
        state = TaskState(
            identifier=f"t{number}",
            recurrence="recurring" if recurring else "single",
            **cells,
        )
        created = (OLD, EARLY, LATE)[number % 3]
        items = DEFINITIONS[number % len(DEFINITIONS)] | {
            "name": f"task {number}",
            "metadata": {"createTimestamp": created},
        }
        oid = f"00000000-0000-4000-9000-{number:012}"
        yield NewObject(oid=oid, type="TaskType", items=items, next_id=1, state=state)


@pytest.fixture
async def everything(store: SqliteStore) -> dict[str, StoredObject]:
    """All tasks by oid, and what they refer to."""
    around = [
        NewObject(oid=OWNER["oid"], type="UserType", items={"name": "Jack"}, next_id=1),
        NewObject(
            oid="archetype-1", type="ArchetypeType", items={"name": "Nightly Job"}, next_id=1
        ),
    ]
    made = [*around, *tasks()]
    for new in made:
        await store.add(new)
    return await store.get_many([new.oid for new in made])


async def selected(store: SqliteStore, condition: Resolved) -> set[str]:
    compiled = CompiledFilter(text="", tree=Always(value=True), query=task_query(condition))
    return set((await store.search(Search(type="TaskType", filter=compiled))).oids)


def matching(everything: dict[str, StoredObject], condition: Resolved) -> set[str]:
    holds = predicate(task_query(condition), everything.get)
    return {oid for oid, each in everything.items() if holds(each)}


FILTERS = [
    *(f'completionStatus eq "{status}"' for status in STATUSES),
    'completionStatus in ("Success", "temp_error")',
    "completionStatus isnull",
    "not completionStatus isnull",
    "completionStatus eq nonsense",
    *(f"type eq {word}" for word in ("QUARTZ", "qpoc", "QUEUED_TASK", "NOTHING")),
    *(f"type eq {word}" for word in ("IDENTITY_REFRESH", "CLOUD_REFRESH_ROLE", "NIGHTLY_JOB")),
    "type in (QUARTZ, CLOUD_REFRESH_ROLE)",
    "launcher eq jack",
    "launcher eq System",
    f'launcher in ("{GONE["oid"]}", "JACK")',
    "not launcher eq jack",
    "sourceId eq source-1",
    "not sourceId in (source-1)",
    'id eq "00000000-0000-4000-9000-000000000005"',
    "id in (00000000000040009000000000000005, 00000000-0000-4000-9000-00000000000A)",
    f"launcher eq {GONE['oid'].replace('-', '').upper()}",
    "not (completionStatus eq ERROR or type eq QUARTZ) and launcher eq System",
    "completionStatus eq ERROR and not (sourceId eq x or completionStatus isnull)",
]


async def test_each_operator_selects_what_its_rule_says(
    store: SqliteStore, everything: dict[str, StoredObject]
) -> None:
    found = {}
    for text in FILTERS:
        condition = resolve_condition(text, V1)[1]
        found[text] = await selected(store, condition)
        assert found[text] == matching(everything, condition), text
    nothing = {"completionStatus eq nonsense", "type eq NOTHING"}
    assert {text for text in FILTERS if not found[text]} == nothing


async def test_filters_select_by_what_is_shown(
    store: SqliteStore, everything: dict[str, StoredObject]
) -> None:
    views = {}
    for oid, task in everything.items():
        if task.state is not None:
            around = {key: everything[key] for key in find_references(task) if key in everything}
            views[oid] = show_task(task, RelatedObjects(objects=around))
            assert_task_status(views[oid])

    async def same(text: str, field: str, value: object) -> None:
        wanted = {oid for oid, view in views.items() if view[field] == value}
        assert wanted, text
        assert await selected(store, resolve_condition(text, V1)[1]) == wanted, text

    for status in STATUSES:
        await same(f"completionStatus eq {status}", "completionStatus", status)
    await same("completionStatus isnull", "completionStatus", None)
    for kind in ("QUARTZ", "QPOC", "QUEUED_TASK"):
        await same(f"type eq {kind}", "type", kind)
    for launcher in ("Jack", "System", GONE["oid"]):
        await same(f'launcher eq "{launcher}"', "launcher", launcher)


async def test_what_is_too_old_is_neither_listed_nor_shown_and_the_rest_is_both(
    store: SqliteStore, everything: dict[str, StoredObject]
) -> None:
    cutoff = "2025-06-01T10:30:00.000Z"
    condition = is_shown(cutoff)
    found = await selected(store, condition)
    assert found == matching(everything, condition)
    for oid, task in everything.items():
        if task.state is None:
            continue
        end = read_completed(task)
        latest = max(
            filter(
                None, (end, task.state.last_run_start, task.items["metadata"]["createTimestamp"])
            )
        )
        wanted = completion_status(task) is None or latest >= cutoff
        assert (oid in found) is wanted, oid
        assert make_age_test(cutoff)(task) is wanted, oid


def plain(scheduling: str, **cells: Any) -> StoredObject:
    """A task in that state."""
    state = TaskState(
        identifier="t",
        scheduling_state=scheduling,
        execution_state={"ready": "runnable"}.get(scheduling, scheduling),
        recurrence="single",
    )
    state = replace(state, **cells)
    items = overlay_state("TaskType", {"name": "t"}, state)
    return StoredObject(oid="o", type="TaskType", version=0, items=items, state=state)


async def test_what_is_only_planned_is_found_as_its_rule_says_and_has_no_status(
    store: SqliteStore, everything: dict[str, StoredObject]
) -> None:
    for due in (OLD, EARLY, NOW):
        planned = await selected(store, is_planned(due))
        assert planned == matching(everything, is_planned(due)), due
        assert planned
        for oid in planned:
            task = everything[oid]
            assert completion_status(task) is None
            assert task.state is not None
            assert (task.state.last_run_start, task.state.told_status) == (None, None)


FINISHED = {"last_run_start": EARLY, "last_run_finish": LATE}
UNFINISHED = {"last_run_start": LATE, "last_run_finish": EARLY}
RECURRING = {"recurrence": "recurring"}
#: The rows of sailpoint-task-management 11.1.
STATUS_OF: list[tuple[StoredObject, str | None]] = [
    (plain("ready", execution_state="running"), None),
    (plain("suspended", node="n", **FINISHED, result_status="success"), None),
    (plain("closed", node="n", **FINISHED, result_status="success"), None),
    (plain("ready"), None),
    (plain("ready", **UNFINISHED), None),
    (plain("waiting"), None),
    (plain("suspended"), None),
    (plain("waiting", waiting_reason="otherTasks", **FINISHED, result_status="success"), None),
    (plain("suspended", **UNFINISHED), "TERMINATED"),
    (plain("closed", **UNFINISHED), "TERMINATED"),
    (plain("closed"), "TERMINATED"),
    (plain("ready", **RECURRING, **FINISHED, result_status="fatal_error"), "TEMPERROR"),
    (plain("ready", **FINISHED, result_status="fatal_error"), "ERROR"),
    (plain("suspended", **RECURRING, **FINISHED, result_status="fatal_error"), "ERROR"),
    (plain("closed", **FINISHED, result_status="warning"), "WARNING"),
    (plain("closed", **FINISHED, result_status="partial_error"), "WARNING"),
    (plain("closed", **FINISHED, result_status="success"), "SUCCESS"),
    (plain("ready", **RECURRING, **FINISHED, result_status="success"), "SUCCESS"),
    (plain("closed", **FINISHED, result_status="handled_error"), "SUCCESS"),
    (plain("closed", **FINISHED, result_status="not_applicable"), "SUCCESS"),
    (plain("closed", **FINISHED, result_status="in_progress"), "SUCCESS"),
    (plain("closed", **FINISHED, result_status="unknown"), "SUCCESS"),
    (plain("ready", **FINISHED, result_status="in_progress"), None),
    (plain("closed", **FINISHED), None),
    (plain("ready", execution_state="running", told_status="ERROR", told_at=NOW), "ERROR"),
]


@pytest.mark.parametrize(("task", "status"), STATUS_OF)
def test_the_status_is_that_of_the_first_row_that_fits(
    task: StoredObject, status: str | None
) -> None:
    assert completion_status(task) == status


def test_every_row_of_the_status_table_is_reached() -> None:
    reached = {
        next(number for number, row in enumerate(COMPLETION) if row.fits(task))
        for task, _ in STATUS_OF
        if task.state is not None and task.state.told_status is None
    }
    assert reached == set(range(len(COMPLETION)))


#: Tasks, and whether they are only planned at noon (LATE is past, NOW to come).
PLANNED: list[tuple[StoredObject, bool]] = [
    (plain("suspended"), True),
    (plain("ready"), True),
    (plain("ready", next_start=NOW), True),
    (plain("ready", **RECURRING, next_start=NOW), True),
    (plain("waiting"), True),
    (plain("ready", next_start=LATE), False),
    (plain("ready", next_start=NOW, next_retry=NOW), False),
    (plain("ready", execution_state="running"), False),
    (plain("suspended", node="n"), False),
    (plain("ready", **FINISHED, **RECURRING, next_start=NOW), False),
    (plain("suspended", last_run_start=EARLY), False),
    (plain("suspended", told_status="ERROR", told_at=NOW), False),
    (plain("waiting", waiting_reason="otherTasks"), False),
    (plain("closed"), False),
]


@pytest.mark.parametrize(("task", "is_it"), PLANNED)
def test_a_definition_is_no_run_until_it_is_launched_or_due(
    task: StoredObject, is_it: bool
) -> None:
    assert holds(is_planned("2025-06-10T12:00:00.000Z"))(task) is is_it


@pytest.mark.parametrize(
    ("state", "latest"),
    [
        ({}, OLD),
        ({"last_run_start": EARLY}, EARLY),
        ({"last_run_start": EARLY, "last_run_finish": LATE}, LATE),
        ({"last_run_start": EARLY, "told_status": "ERROR", "told_at": OLD, "told_on": NOW}, NOW),
    ],
)
@pytest.mark.parametrize("changed", [None, OLD, "2025-06-01T10:30:00.000Z"])
def test_what_was_modified_last_says_when(
    state: dict[str, Any], latest: str, changed: str | None
) -> None:
    task = plain("ready", **state)
    metadata = {"createTimestamp": OLD} | ({} if changed is None else {"modifyTimestamp": changed})
    task = replace(task, items=task.items | {"metadata": metadata})
    assert read_modified(task) == max(latest, changed or "")


@pytest.mark.parametrize(
    ("items", "kind"),
    [
        ({"schedule": {"recurrence": "recurring"}}, "QUARTZ"),
        ({"schedule": {"earliestStartTime": NOW}}, "QUARTZ"),
        ({"schedule": {"interval": 5}, "activity": {"distribution": {"buckets": {}}}}, "QUARTZ"),
        ({"schedule": {}}, "QUEUED_TASK"),
        ({"activity": {"distribution": {"buckets": {"a": 1}}}}, "QPOC"),
        ({"activity": RECOMPUTING}, "QUEUED_TASK"),
    ],
)
def test_the_type_follows_from_the_definition(items: dict[str, Any], kind: str) -> None:
    task = plain("ready")
    assert first(TYPES, replace(task, items=task.items | items)) == kind
