"""Tables, lines and bars, and the loop that feeds them; on a console without a screen."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import pytest
from rich.console import Console

from gateway.cli.task_client import TaskClient
from gateway.cli.task_rows import make_card, make_error_row, make_row
from gateway.cli.task_tables import error_table, line, task_card, task_table
from gateway.cli.task_waiting import Timer
from gateway.cli.task_watching import INTERVAL, Lines, display, follow

if TYPE_CHECKING:
    from rich.console import RenderableType

    from gateway.cli.task_rows import TaskRow

HOSTILE = "[red]x[/red] \x1b[2Jgone\nnew"
HARMLESS = "[red]x[/red] \N{REPLACEMENT CHARACTER}[2Jgone\N{REPLACEMENT CHARACTER}new"


def task(state: str = "running", **items: Any) -> dict[str, Any]:
    return {"oid": "1", "name": "a task", "executionState": state} | items


def rendered(what: RenderableType, width: int = 240) -> str:
    console = Console(width=width, file=StringIO())
    console.print(what)
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


class Recorder:
    """A display that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def show(self, row: TaskRow) -> None:
        self.seen.append((row.oid, row.progress))


def followed(
    looks: list[list[dict[str, Any]]], *named: str
) -> tuple[Recorder, list[TaskRow], list[float], list[str]]:
    """What was shown, the last rows, the pauses and the filters."""
    filters: list[str] = []
    slept: list[float] = []
    recorder = Recorder()

    def answer(request: httpx2.Request) -> httpx2.Response:
        filters.append(orjson.loads(request.content)["query"]["filter"]["text"])
        return httpx2.Response(200, json={"object": {"object": looks.pop(0)}})

    with httpx2.Client(transport=httpx2.MockTransport(answer), base_url="http://x") as client:
        rows = follow(TaskClient(client), named, recorder, Timer(sleep=slept.append))
    return recorder, rows, slept, filters


def test_named_tasks_are_followed_till_all_rest() -> None:
    looks = [[task(progress=1)], [task(progress=2)], [task("closed", progress=3)]]
    recorder, rows, slept, filters = followed(looks, "1")
    assert recorder.seen == [("1", 1), ("1", 2), ("1", 3)]
    assert [row.state for row in rows] == ["closed"]
    assert slept == [INTERVAL] * 2
    assert filters == [". inOid '1'"] * 3


def test_without_names_whatever_runs_is_followed_also_if_it_starts_meanwhile() -> None:
    looks = [[task()], [task("closed"), task(oid="2")], [task("closed"), task("closed", oid="2")]]
    _, rows, _, filters = followed(looks)
    assert [row.oid for row in rows] == ["1", "2"]
    running = "executionState = 'running'"
    assert filters == [
        running,
        f". inOid '1' or {running}",
        f". inOid ('1', '2') or {running}",
    ]


def test_where_nothing_runs_there_is_nothing_to_follow() -> None:
    _, rows, slept, _ = followed([[]])
    assert (rows, slept) == ([], [])


def test_a_line_is_written_only_for_a_change() -> None:
    console = Console(file=StringIO(), width=80)
    lines = Lines(console)
    for progress in (1, 1, 2):
        lines.show(make_row(task(progress=progress, expectedTotal=2)))
    file = console.file
    assert isinstance(file, StringIO)
    assert file.getvalue() == "a task: running, 1/2 50.0%\na task: running, 2/2 100.0%\n"


def test_a_line_tells_errors_and_the_result() -> None:
    failures = {"committed": {"outcome": {"outcome": "failure"}, "count": 2}}
    items = {"activityState": {"activity": {"progress": failures}}, "progress": 5}
    row = make_row(task("closed", resultStatus="partial_error", **items))
    assert line(row) == "a task: closed, 5, 2 errors, partial_error"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_both_displays_show_the_last_state(is_terminal: bool) -> None:
    console = Console(file=StringIO(), width=120, force_terminal=is_terminal)
    with display(console) as shown:
        shown.show(make_row(task(progress=1)))
        shown.show(make_row(task("closed", progress=3, resultStatus="success")))
    file = console.file
    assert isinstance(file, StringIO)
    last = [each for each in file.getvalue().splitlines() if "a task" in each][-1]
    assert "closed" in last
    assert "success" in last


def test_a_name_cannot_steer_the_terminal() -> None:
    row = make_row(task(name=HOSTILE, activity={"work": {HOSTILE: {}}}))
    card = make_card(task(name=HOSTILE, result={"message": HOSTILE}), 0)
    error = make_error_row({"at": None, "message": HOSTILE, "object": {"name": HOSTILE}})
    tables = [task_table([row], width) for width in (80, 240)]
    for written in (*tables, task_card(card), error_table([error])):
        assert HARMLESS in rendered(written)
        assert "\x1b" not in rendered(written)
    assert line(row).startswith(HARMLESS)
    console = Console(file=StringIO(), width=120, force_terminal=True)
    with display(console) as shown:
        shown.show(row)
    file = console.file
    assert isinstance(file, StringIO)
    assert "\x1b[2J" not in file.getvalue()


@pytest.mark.parametrize("width", [80, 120, 160, 240])
def test_a_table_tears_no_word_however_narrow_it_is(width: int) -> None:
    oid = "6d13632c-6b75-4a33-9744-ec9523375f6b"
    facts = {
        "oid": oid,
        "progress": 1_000_000,
        "expectedTotal": 1_000_000,
        "lastRunStartTimestamp": "2025-06-15T12:00:00.000Z",
        "resultStatus": "partial_error",
        "activity": {"work": {"iterativeScripting": {}}},
    }
    long = make_row(task("suspended", **facts, name="Nightly recomputation of everybody at sea"))
    shown = rendered(task_table([long], width), width)
    for word in (oid, "1000000/1000000", "100.0%", "partial_error", "suspended", "06-1"):
        assert word in shown
    assert "…" not in shown
    assert "iterativeScripting" in shown


def test_a_narrow_table_tells_errors_and_starts() -> None:
    failures = {"committed": {"outcome": {"outcome": "failure"}, "count": 2}}
    row = make_row(
        task(
            activityState={"activity": {"progress": failures}},
            lastRunStartTimestamp="2025-06-15T12:00:00.000Z",
        )
    )
    shown = rendered(task_table([row], 80), 80)
    assert "2 errors" in shown
    assert "06-1" in shown


def test_a_card_tells_progress_counters_errors_and_runs() -> None:
    failed = {"outcome": {"outcome": "failure"}, "count": 1}
    item_processing = {
        "throughput": 1234.5,
        "processed": failed | {"lastItem": {"name": "ada", "message": "no such role"}},
    }
    activity = {
        "progress": {"committed": [failed, {"outcome": {"outcome": "success"}, "count": 4}]},
        "statistics": {"itemProcessing": item_processing},
    }
    record = {"taskRunIdentifier": "run-1", "runStartTimestamp": "2025-06-15T12:00:00.000Z"}
    shown = rendered(
        task_card(
            make_card(
                task(
                    progress=5,
                    expectedTotal=10,
                    schedule={"interval": 60},
                    activityState={"activity": activity},
                    taskRunRecord=record,
                ),
                0,
            )
        )
    )
    for fact in (
        "5/10 50.0%",
        "4 succeeded, 1 failed, 0 skipped",
        "1,234.5 items a minute",
        "ada: no such role",
        "every 60 s",
        "run-1",
    ):
        assert fact in shown


def test_a_card_leaves_out_what_is_not_known() -> None:
    shown = rendered(task_card(make_card(task("suspended"), 0)))
    for label in ("result", "message", "throughput", "last error", "schedule", "runs"):
        assert label not in shown
