"""How far activities have come, and what is written of that where no server can be brought to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.clock import parse_instant, write_instant
from gateway.dialects.midpoint.views.activity_states import (
    ActivityState,
    WorkSpan,
    measure_work,
    read_activity_states,
)
from gateway.dialects.midpoint.views.representation import Representations, view
from gateway.dialects.midpoint.views.task import STALLED_AFTER
from gateway.model.documents import StoredObject
from gateway.model.run import Bucket, Run
from gateway.model.task import TaskState
from tests.principals import SUPER, Unasked
from tests.store.making import NOW, TASK, claimed, committed, slice_of, task

if TYPE_CHECKING:
    from gateway.clock import ManualClock
    from gateway.store.sqlite.store import SqliteStore

Document = dict[str, Any]
#: Seconds of the run's start.
START = parse_instant(NOW)
NO_OP: Document = {"work": {"noOp": {}}}


def at(seconds: float) -> str:
    return write_instant(START + seconds)


def bucket(path: str, number: int = 1, state: str = "complete", **more: Any) -> Bucket:
    """A bucket whose last item ended `end` seconds after the start of the run."""
    end = more.pop("end", 1.0)
    items = {"succeeded": {"name": "x", "start": at(0), "end": at(end)}}
    given: Document = {"succeeded": 1, "last_items": items} | more
    return Bucket(activity=path, number=number, state=state, **given)


def run(*buckets: Bucket, **more: Any) -> Run:
    """A run that goes on."""
    given: Document = {
        "ended": None,
        "status": "in_progress",
        "message": None,
        "sessions": [[NOW, None]],
        "progressed": at(10),
    }
    return Run(
        id=1, identifier="r", started=NOW, lease=1, attempt=1, buckets=buckets, **given | more
    )


def stored(activity: Document | None, *runs: Run, **cells: Any) -> StoredObject:
    """A task with those runs, the newest first."""
    items: Document = {"name": "t"} | ({} if activity is None else {"activity": activity})
    state = TaskState(identifier="t", execution_state="running", **cells)
    return StoredObject(
        seq=1, oid=TASK, type="TaskType", version=0, next_id=1, items=items, state=state, runs=runs
    )


def seen(activity: Document | None, newest: Run, **cells: Any) -> ActivityState:
    return read_activity_states(stored(activity, newest, **cells), newest)


def composed(*identifiers: str) -> Document:
    return {"composition": {"activity": [{**NO_OP, "identifier": each} for each in identifiers]}}


def realizations(state: ActivityState) -> list[tuple[str | None, str | None]]:
    return [(each.identifier, each.realization) for each in state.leaves]


# ---- where the definition does not help --------------------------------------------------------------------


def test_work_that_nobody_knows_any_more_is_told_from_its_buckets() -> None:
    gone: Document = {"work": {"wasServedOnce": {}}}
    found = seen(gone, run(bucket("wasServedOnce:1", 1), bucket("wasServedOnce:1", 2, "ready")))
    assert (found.identifier, found.realization, found.total("succeeded")) == (
        "wasServedOnce:1",
        "inProgress",
        2,
    )


def test_a_tree_is_told_from_the_paths_of_its_buckets_in_the_order_of_their_ends() -> None:
    buckets = (bucket("b/x", end=1), bucket("b/y", end=2), bucket("a", end=3))
    found = seen(None, run(*buckets, ended=at(4), status="success"))
    assert (found.identifier, found.realization) == (None, "complete")
    assert [each.path for each in found.leaves] == ["b/x", "b/y", "a"]
    assert [each.identifier for each in found.children] == ["b", "a"]


def test_a_segmentation_that_makes_no_sense_any_more_does_not_break_the_view() -> None:
    segmentations: list[Document] = [{"forgottenSegmentation": {}}, {"numericSegmentation": {}}]
    for segmentation in segmentations:
        activity = {**NO_OP, "distribution": {"buckets": segmentation}}
        found = seen(activity, run(bucket("noOp:1")))
        assert [each.number for each in found.segments] == [1]
        assert orjson.loads(orjson.dumps(view(stored(activity, run(bucket("noOp:1"))), START)))


def test_a_run_without_buckets_is_told_of_too() -> None:
    found = seen(None, run())
    assert (found.realization, found.status, list(found.leaves)) == (
        "inProgress",
        "in_progress",
        [],
    )


# ---- when an activity is complete ----------------------------------------------------------------------------


def test_the_last_activity_goes_on_until_the_run_has_ended() -> None:
    buckets = (bucket("a"), bucket("b"))
    assert realizations(seen(composed("a", "b"), run(*buckets))) == [
        ("a", "complete"),
        ("b", "inProgress"),
    ]
    over = run(*buckets, ended=at(5), status="success")
    assert realizations(seen(composed("a", "b"), over)) == [("a", "complete"), ("b", "complete")]


def test_an_activity_whose_failed_items_are_tried_again_goes_on() -> None:
    found = seen(composed("a", "b"), run(bucket("a")), next_retry=at(60))
    assert realizations(found) == [("a", "inProgress"), ("b", None)]
    assert realizations(seen(composed("a", "b"), run(bucket("a"))))[0] == ("a", "complete")


def test_items_that_were_tried_again_are_committed_beside_the_planned_buckets() -> None:
    again = bucket("noOp:1", 2, "ready", succeeded=4)
    newest = run(bucket("noOp:1"), again, ended=at(5), status="success")
    activity = view(stored(NO_OP, newest), START)["activityState"]["activity"]
    assert activity["progress"]["committed"]["count"] == 5
    assert "uncommitted" not in activity["progress"]
    assert activity["bucketing"]["numberOfBuckets"] == 1
    assert activity["bucketing"]["bucket"]["sequentialNumber"] == 1


def test_a_run_that_its_task_has_let_go_of_did_not_complete() -> None:
    abandoned = run(bucket("noOp:1", 1, "ready"), ended=at(5), status="unknown")
    assert seen(NO_OP, abandoned).realization == "inProgress"
    shown = view(stored(NO_OP, abandoned), START)["activityState"]
    assert shown["tree"]["realizationState"] == "inProgress"


def test_a_composition_is_as_bad_as_its_worst_activity() -> None:
    inner = {**composed("a", "b"), "identifier": "in"}
    tree = {"composition": {"activity": [inner, {**NO_OP, "identifier": "c"}]}}
    found = seen(tree, run(bucket("in/a", failed=1), bucket("in/b", end=2), bucket("c", end=3)))
    assert (found.children[0].realization, found.children[0].status) == (
        "complete",
        "partial_error",
    )
    assert (found.status, found.children[1].status) == ("in_progress", "in_progress")


def test_an_activity_that_stopped_says_why() -> None:
    halted = run(bucket("a"), bucket("b", 1, "ready"), status="fatal_error", message="halted")
    found = seen(composed("a", "b"), halted)
    assert [(each.status, each.message) for each in found.leaves] == [
        ("success", None),
        ("fatal_error", "halted"),
    ]


# ---- time at work ------------------------------------------------------------------------------------------------


def test_pauses_are_no_time_at_work() -> None:
    sessions = ((at(0), at(10)), (at(100), at(105)))
    assert measure_work(WorkSpan(start=NOW, sessions=sessions), None) == 15


def test_a_session_that_goes_on_counts_up_to_the_last_commit() -> None:
    stretch = WorkSpan(start=NOW, sessions=((at(0), at(10)), (at(100), None)))
    assert measure_work(stretch, at(102)) == 12
    assert measure_work(stretch, at(50)) == 10
    assert measure_work(WorkSpan(start=NOW), at(50)) == 0


def test_sessions_are_shared_out_among_activities() -> None:
    sessions = [[at(0), at(10)], [at(100), None]]
    newest = run(bucket("a", end=105), bucket("b", end=110), sessions=sessions, progressed=at(110))
    first, second = seen(composed("a", "b"), newest).leaves
    assert first.stretch == WorkSpan(
        start=NOW, end=at(105), sessions=((at(0), at(10)), (at(100), at(105)))
    )
    assert second.stretch == WorkSpan(start=at(105), sessions=((at(105), None),))


# ---- stalled tasks ----------------------------------------------------------------------------------------------


async def test_a_running_task_without_progress_is_stalled_after_ten_minutes(
    store: SqliteStore, clock: ManualClock
) -> None:
    await store.add(task())
    clock.seconds = START
    claim = await claimed(store)
    representations = Representations(store, Unasked(), 1_000_000, clock)
    clock.advance(STALLED_AFTER - 1)
    [fresh] = await representations.get_many([TASK], SUPER)
    assert representations.find_kept(TASK) == fresh
    assert b"stalledSince" not in fresh.members
    clock.advance(1)
    assert representations.find_kept(TASK) is None
    [stalled] = await representations.get_many([TASK], SUPER)
    shown = orjson.loads(b"{%s}" % stalled.members)
    assert shown["stalledSince"] == NOW
    assert stalled.etag != fresh.etag
    assert await committed(store, claim, slice_of(claim, 0, 5))
    [moved] = await representations.get_many([TASK], SUPER)
    assert b"stalledSince" not in moved.members
    assert representations.find_kept(TASK) == moved


def test_the_overview_tells_which_activity_has_stalled() -> None:
    newest = run(bucket("a"), bucket("b", 1, "ready"), progressed=at(10))
    shown = view(stored(composed("a", "b"), newest), START + 10 + STALLED_AFTER)
    first, second = shown["activityState"]["tree"]["activity"]["activity"]
    assert shown["stalledSince"] == second["task"]["stalledSince"] == at(10)
    assert "stalledSince" not in first["task"]
