"""Rows of tasks in every shape that midPoint's JSON allows."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cli.task_rows import (
    counts,
    find_last_error,
    is_at_rest,
    make_card,
    make_error_row,
    make_row,
    measure_throughput,
    name_work,
    schedule_of,
    text,
)
from gateway.clock import parse_instant

START, HALF_A_MINUTE_LATER = "2025-06-15T12:00:00.000Z", "2025-06-15T12:00:30.000Z"
NOW = parse_instant(HALF_A_MINUTE_LATER)


def counted(outcome: str, count: int) -> dict[str, Any]:
    return {"outcome": {"outcome": outcome}, "count": count}


def processed(outcome: str, **last_item: str) -> dict[str, Any]:
    return {"outcome": {"outcome": outcome}, "count": 1, "lastItem": last_item}


def task(**items: Any) -> dict[str, Any]:
    return {"oid": "1", "name": "a task", "executionState": "running"} | items


def with_activity(**activity: Any) -> dict[str, Any]:
    return task(activityState={"activity": activity})


def test_a_row_holds_what_the_task_says_of_itself() -> None:
    row = make_row(
        task(
            activity={"work": {"recomputation": {}}},
            progress=30,
            expectedTotal=90,
            resultStatus="in_progress",
            lastRunStartTimestamp=START,
            nextRunStartTimestamp=HALF_A_MINUTE_LATER,
        )
    )
    assert row.flat() == {
        "oid": "1",
        "name": "a task",
        "work": "recomputation",
        "state": "running",
        "progress": 30,
        "total": 90,
        "percent": 33.3,
        "errors": 0,
        "last_start": START,
        "next_start": HALF_A_MINUTE_LATER,
        "result": "in_progress",
    }


def test_a_bare_task_has_a_row() -> None:
    row = make_row({"oid": "1"})
    assert (row.name, row.work, row.state, row.progress, row.percent) == ("", "", "", 0, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ada", "Ada"),
        ({"orig": "Ada", "norm": "ada"}, "Ada"),
        ({"@type": "xsd:string", "@value": "Ada"}, "Ada"),
        (None, None),
        (5, "5"),
    ],
)
def test_a_text_is_read_in_every_form(written: Any, read: str | None) -> None:
    assert text(written) == read


@pytest.mark.parametrize("is_list", [True, False])
def test_lone_counts_may_stand_without_their_list(is_list: bool) -> None:
    success, failure = counted("success", 5), counted("failure", 2)
    committed = [success] if is_list else success
    uncommitted = [failure] if is_list else failure
    found = counts(with_activity(progress={"committed": committed, "uncommitted": uncommitted}))
    assert found == {"success": 5, "failure": 2, "skip": 0}


def test_counts_and_totals_of_activities_add_up() -> None:
    children = [
        {"progress": {"committed": counted("failure", 1), "expectedTotal": 4}},
        {"progress": {"committed": [counted("success", 2), counted("skip", 1)]}},
        {"activity": {"progress": {"expectedTotal": 6}}},
    ]
    row = make_row(with_activity(activity=children))
    assert (row.progress, row.total, row.percent, row.errors) == (4, 10, 40.0, 1)


@pytest.mark.parametrize(
    ("progress", "total", "percent"),
    [(0, 10, 0.0), (1, 3, 33.3), (9_999, 10_000, 99.9), (10, 10, 100.0), (12, 10, 100.0)],
)
def test_only_what_is_complete_is_at_a_hundred_percent(
    progress: int, total: int, percent: float
) -> None:
    assert make_row(task(progress=progress, expectedTotal=total)).percent == percent


def test_nothing_to_do_has_no_percentage() -> None:
    assert make_row(task(progress=0, expectedTotal=0)).percent is None


@pytest.mark.parametrize(
    ("items", "work"),
    [
        ({"activity": {"work": {"noOp": {"steps": 3}}}}, "noOp"),
        ({"activity": {"work": {"@ns": "x", "c:noOp": {}}}}, "noOp"),
        ({"activity": {"work": {"noOp": None}}}, "noOp"),
        ({"activity": {"composition": {"activity": []}}}, "composition"),
        ({"affectedObjects": {"activity": {"activityType": "c:cleanup"}}}, "cleanup"),
        (
            {
                "affectedObjects": {
                    "activity": [{"activityType": "http://x#a"}, {"activityType": "b"}]
                }
            },
            "a, b",
        ),
        ({"activity": None}, ""),
    ],
)
def test_the_kind_of_work_is_found_where_it_stands(items: dict[str, Any], work: str) -> None:
    assert name_work(items) == work


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"interval": 60, "recurrence": "recurring"}, "every 60 s"),
        ({"cronLikePattern": "0 0 3 * * ?"}, "cron 0 0 3 * * ?"),
        ({"recurrence": "single"}, None),
        (None, None),
    ],
)
def test_a_schedule_is_told_in_words(schedule: Any, words: str | None) -> None:
    assert schedule_of({"schedule": schedule}) == words


def test_the_last_error_is_the_youngest_of_all_activities() -> None:
    old = processed("failure", name="old", message="first", endTimestamp=START)
    young = processed("failure", name="young", message="then", endTimestamp=HALF_A_MINUTE_LATER)
    fine = processed("success", name="fine", endTimestamp="2025-06-15T13:00:00.000Z")
    child = {"statistics": {"itemProcessing": {"processed": young}}}
    state = with_activity(statistics={"itemProcessing": {"processed": [fine, old]}}, activity=child)
    assert find_last_error(state)["name"] == "young"
    card = make_card(state, NOW)
    assert (card.last_error_item, card.last_error) == ("young", "then")


def test_a_task_without_errors_has_no_last_error() -> None:
    state = with_activity(statistics={"itemProcessing": {"processed": processed("success")}})
    assert find_last_error(state) == {}


def test_of_many_activities_the_one_that_began_last_gives_the_throughput() -> None:
    children = [
        {
            "realizationStartTimestamp": start,
            "statistics": {"itemProcessing": {"throughput": pace}},
        }
        for start, pace in ((START, 5), (HALF_A_MINUTE_LATER, 7))
    ]
    not_begun = {"identifier": "third"}
    assert measure_throughput(with_activity(activity=[*children, not_begun]), NOW) == 7.0


def test_the_servers_throughput_comes_first() -> None:
    assert (
        measure_throughput(with_activity(statistics={"itemProcessing": {"throughput": 12}}), NOW)
        == 12.0
    )


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ({"startTimestamp": START}, 20.0),
        ([{"startTimestamp": START, "endTimestamp": HALF_A_MINUTE_LATER}] * 2, 10.0),
        ([], None),
    ],
)
def test_throughput_is_worked_out_where_the_server_gives_none(
    sessions: Any, expected: float | None
) -> None:
    state = with_activity(
        progress={"uncommitted": counted("success", 10)},
        statistics={"itemProcessing": {"run": sessions}},
    )
    assert measure_throughput(state, NOW) == expected


def test_runs_are_told_newest_first_and_counted_in_the_flat_form() -> None:
    records = [
        {"taskRunIdentifier": "a", "runStartTimestamp": START, "runEndTimestamp": START},
        {"taskRunIdentifier": "b", "runStartTimestamp": HALF_A_MINUTE_LATER},
    ]
    card = make_card(task(taskRunRecord=records), NOW)
    assert [run.identifier for run in card.runs] == ["b", "a"]
    assert card.flat()["runs"] == 2
    assert not any(isinstance(value, dict | list | tuple) for value in card.flat().values())


def test_the_message_is_the_results_or_else_the_activitys() -> None:
    both = task(result={"message": "no owner"}, activityState={"activity": {"message": "other"}})
    assert make_card(both, NOW).message == "no owner"
    kept_apart = both | {"result": {"@incomplete": True}}
    assert make_card(kept_apart, NOW).message == "other"


@pytest.mark.parametrize(
    ("state", "next_start", "result", "is_resting"),
    [
        ("closed", None, "success", True),
        ("suspended", None, None, True),
        ("running", None, "in_progress", False),
        ("waiting", None, None, False),
        ("runnable", None, None, True),
        ("runnable", None, "in_progress", False),
        ("runnable", "2025-06-15T11:00:00.000Z", "success", False),
        ("runnable", "2025-06-15T12:00:31.500Z", "success", False),
        ("runnable", "2025-06-15T12:01:00.000Z", "success", True),
    ],
)
def test_a_task_rests_when_nothing_runs_and_nothing_is_about_to_start(
    state: str, next_start: str | None, result: str | None, is_resting: bool
) -> None:
    items = {"nextRunStartTimestamp": next_start, "resultStatus": result}
    assert is_at_rest(task(executionState=state, **items), NOW) is is_resting


def test_an_error_is_flat_and_complete() -> None:
    error = {
        "at": START,
        "status": "fatal_error",
        "message": "no such role",
        "object": {"oid": "o", "type": "UserType", "name": {"orig": "ada"}},
        "task": {"oid": "t", "name": "nightly"},
        "run": "r",
        "activity": "recomputation:1",
    }
    assert make_error_row(error) == {
        "at": START,
        "status": "fatal_error",
        "message": "no such role",
        "object_oid": "o",
        "object_type": "UserType",
        "object_name": "ada",
        "task_oid": "t",
        "task_name": "nightly",
        "run": "r",
        "activity": "recomputation:1",
    }


def test_an_error_whose_object_is_gone_has_the_same_keys() -> None:
    assert make_error_row({"at": START, "object": None}).keys() == make_error_row({}).keys()
