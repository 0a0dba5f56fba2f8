"""What a run's buckets have come to."""

from __future__ import annotations

from typing import Any

from gateway.clock import parse_instant
from gateway.engine.running.progress import RunProgress, measure_work
from gateway.model.run import Bucket, Run
from gateway.model.slices import Halt, Slice

PATH = "noOp:1"


def done(number: int = 1, end: int = 10, path: str = PATH, **more: Any) -> Slice:
    facts: dict[str, Any] = {"start": 0, "complete": False} | more
    return Slice(run=1, lease=1, activity=path, number=number, end=end, **facts)


def tally(*slices: Slice) -> RunProgress:
    found = RunProgress()
    for each in slices:
        found.take(each)
    return found


def test_a_bucket_that_was_not_begun_stands_at_its_beginning() -> None:
    assert RunProgress().bucket(PATH, 4) == Bucket(activity=PATH, number=4, state="ready")


def test_slices_add_up_in_their_bucket() -> None:
    found = tally(
        done(succeeded=8, failed=2, expected=30, provisional=1),
        done(end=20, start=10, succeeded=9, skipped=1, modified=5, complete=True),
    ).bucket(PATH, 1)
    assert (found.position, found.state, found.expected) == (20, "complete", 30)
    assert (found.succeeded, found.failed, found.skipped, found.processed) == (17, 2, 1, 20)
    assert (found.provisional, found.modified) == (1, 5)


def test_it_starts_from_what_the_store_has() -> None:
    kept = Bucket(activity=PATH, number=1, state="complete", position=7, failed=3)
    found = RunProgress.of([kept, Bucket(activity=PATH, number=2, state="ready")])
    assert (found.bucket(PATH, 1), found.complete, found.failed) == (kept, 1, 3)


def test_complete_buckets_are_counted() -> None:
    assert tally(done(1, complete=True), done(2), done(3, complete=True)).complete == 2


def test_what_will_be_is_asked_without_changing_what_is() -> None:
    found = tally(done(succeeded=5))
    then = found.with_slice(done(start=10, end=12, failed=2, complete=True))
    assert (then.failed, then.complete) == (2, 1)
    assert (found.failed, found.complete, found.bucket(PATH, 1).position) == (0, 0, 10)


def test_only_a_policy_that_skips_ends_an_activity() -> None:
    halted = {kind: tally(done(halt=Halt(kind=kind, message=""))) for kind in ("skip", "suspend")}
    assert halted["skip"].is_aborted(PATH)
    assert not halted["skip"].is_aborted("noOp:2")
    assert not halted["suspend"].is_aborted(PATH)


def test_the_expected_number_is_that_of_all_buckets_of_the_activity() -> None:
    found = tally(done(1, expected=3), done(2), done(3, expected=4), done(1, path="x", expected=9))
    assert (found.find_expected(PATH), found.find_expected("unknown")) == (7, None)


def test_limits_look_at_all_buckets_of_the_activity_but_one() -> None:
    found = tally(
        done(1, matched={"a": 1, "b": 2}),
        done(2, matched={"a": 10}),
        done(3, matched={"a": 100}),
        done(3, path="other", matched={"a": 1_000}),
    )
    assert found.count_matched(PATH, without=2) == {"a": 101, "b": 2}


def test_a_bucket_keeps_the_last_count_of_its_limits() -> None:
    found = tally(done(matched={"a": 1}), done(start=10, end=12, matched={"a": 3}))
    assert found.bucket(PATH, 1).matched == {"a": 3}


def last(message: str, end: str) -> dict[str, Any]:
    return {"failed": {"name": "x", "message": message, "end": end}}


def test_the_last_error_is_that_of_the_item_that_failed_last() -> None:
    found = tally(
        done(1, failed=1, last_items=last("older", "2025-06-15T12:00:00.000Z")),
        done(2, failed=1, last_items=last("newest", "2025-06-15T12:02:00.000Z")),
        done(3, failed=1, last_items=last("newer", "2025-06-15T12:01:00.000Z")),
    )
    assert (found.failed, found.last_error) == (3, "newest")


def test_without_a_failure_there_is_no_last_error() -> None:
    assert tally(done(succeeded=1)).last_error is None


def test_a_run_has_worked_for_its_stretches_and_not_for_its_pauses() -> None:
    sessions: list[list[str | None]] = [
        ["2025-06-15T12:00:00.000Z", "2025-06-15T12:01:00.000Z"],
        ["2025-06-15T13:00:00.000Z", None],
    ]
    run = Run(
        id=1,
        identifier="r",
        started="2025-06-15T12:00:00.000Z",
        ended=None,
        status="in_progress",
        message=None,
        lease=2,
        attempt=2,
        sessions=sessions,
    )
    assert measure_work(run, parse_instant("2025-06-15T13:00:30.000Z")) == 90
