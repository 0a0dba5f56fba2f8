"""`taskgate tasks` as operators use it, against a real server and real tasks."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.journeys.terminal import command, on_terminal, plain, surroundings
from tests.serving import NOWHERE, PASSWORD, ROOT, Api, states, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from tests.conftest import ServerFactory
    from tests.serving import Server

#: Long enough to be caught at work, short enough to be waited for.
BRIEF = {"noOp": {"steps": 3, "delay": 1}}


@pytest.fixture
def tasks(server: Server) -> Callable[..., Result]:
    """`taskgate tasks ...` at the shared server."""

    def run(*arguments: str) -> Result:
        return at(server, *arguments)

    return run


def at(server: Server, *arguments: str) -> Result:
    given = {"TASKGATE_URL": server.url, "TASKGATE_PASSWORD": PASSWORD, "TZ": "UTC"}
    return CliRunner().invoke(app, ["tasks", *arguments], env=given)


def rows(result: Result) -> list[dict[str, Any]]:
    """The JSON that the command wrote."""
    found: list[dict[str, Any]] = orjson.loads(result.stdout)
    return found


# ---- looking ------------------------------------------------------------------------------------


def test_list_shows_what_runs_and_how_far_it_is(api: Api, tasks: Callable[..., Result]) -> None:
    prefix = unique("listed it's")
    oid = api.running(name=f"{prefix} running")
    api.task(name=f"{prefix} suspended")
    result = tasks("list", "--name", prefix)
    assert result.exit_code == 0, result.stderr
    running, suspended = rows(result)
    assert (running["oid"], running["work"], running["state"]) == (oid, "noOp", "running")
    assert running["progress"] > 0
    assert running["total"] == 5_000
    assert suspended["state"] == "suspended"
    table = tasks("list", "--name", prefix, "--output", "table").stdout
    assert re.search(rf"{oid} +noOp +running +\d+/5000 \d+\.\d%", table)
    api.operate(oid, "suspend")


def test_list_narrows_by_state_and_filter_and_sorts(api: Api, tasks: Callable[..., Result]) -> None:
    prefix = unique("narrowed")
    for letter in "bca":
        api.task(name=f"{prefix} {letter}")
    closed = api.task(name=f"{prefix} d", schedulingState="ready")
    api.when_closed(closed)
    of_prefix = ("list", "--name", prefix)
    assert [each["oid"] for each in rows(tasks(*of_prefix, "--state", "closed"))] == [closed]
    both = rows(tasks(*of_prefix, "--state", "closed, suspended", "--order", "-name"))
    assert [each["name"][-1] for each in both] == ["d", "c", "b", "a"]
    one = f"name = '{prefix} a' // the first"
    assert [each["name"][-1] for each in rows(tasks(*of_prefix, "--filter", one))] == ["a"]


def test_list_says_how_many_more_there_are(api: Api, tasks: Callable[..., Result]) -> None:
    prefix = unique("limited")
    for _ in range(3):
        api.task(name=f"{prefix} {unique('task')}")
    result = tasks("list", "--name", prefix, "--limit", "2", "--output", "table")
    assert result.stdout.count(prefix) == 2
    assert result.stderr == "1 more; --limit shows them.\n"


def test_a_wrong_filter_is_shown_with_its_place(tasks: Callable[..., Result]) -> None:
    result = tasks("list", "--filter", "nme = 'x'")
    assert result.exit_code == 1
    assert "did you mean 'name'?" in result.stderr
    assert result.stderr.endswith("nme = 'x'\n^\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--state", "flying"),
        ("list", "--limit", "0"),
        ("list", "--output", "xml"),
        ("wait",),
        ("wait", "x", "--until", "doomsday"),
        ("wait", "x", "--timeout", "-1"),
        ("run",),
    ],
)
def test_wrong_use_is_exit_code_2(tasks: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    assert tasks(*arguments).exit_code == 2


def test_get_takes_an_oid_or_a_name(api: Api, tasks: Callable[..., Result]) -> None:
    name = unique("a task to get")
    oid = api.task(BRIEF, name=name, schedulingState="ready")
    api.when_closed(oid)
    [by_name], [by_oid] = rows(tasks("get", name)), rows(tasks("get", oid))
    assert by_name == by_oid
    assert (by_name["succeeded"], by_name["percent"], by_name["runs"]) == (3, 100.0, 1)
    assert by_name["throughput"] > 0
    card = tasks("get", oid, "--output", "table").stdout
    for fact in (name, oid, "closed", "3/3 100.0%", "3 succeeded, 0 failed, 0 skipped", "success"):
        assert fact in card


def test_get_shows_why_a_task_failed(api: Api, tasks: Callable[..., Result]) -> None:
    oid = _failed(api)
    [card] = rows(tasks("get", oid))
    assert (card["state"], card["result"]) == ("suspended", "fatal_error")
    assert "owner" in card["message"]


def test_an_ambiguous_name_lists_the_candidates(api: Api, tasks: Callable[..., Result]) -> None:
    name = unique("twins")
    oids = {api.task(name=name), api.task(name=name)}
    result = tasks("get", name)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert set(re.findall(r"^  (\S+)$", result.stderr, re.MULTILINE)) == oids


@pytest.mark.parametrize("given", ["nobody's task", NOWHERE])
def test_an_unknown_task_is_refused(tasks: Callable[..., Result], given: str) -> None:
    result = tasks("get", given)
    assert result.exit_code == 1
    assert given in result.stderr


# ---- switching ------------------------------------------------------------------------------------


def test_run_suspend_and_resume_take_several_tasks(api: Api, tasks: Callable[..., Result]) -> None:
    oids = [api.running(), api.running()]
    assert tasks("suspend", *oids).exit_code == 0
    assert [states(api.get("tasks", oid))[0] for oid in oids] == ["suspended"] * 2
    result = tasks("resume", *oids, "--output", "table")
    assert (result.exit_code, result.stdout.count("resumed")) == (0, 2)
    assert [states(api.get("tasks", oid))[0] for oid in oids] == ["ready"] * 2
    tasks("suspend", *oids)


def test_one_refusal_does_not_keep_the_other_tasks(api: Api, tasks: Callable[..., Result]) -> None:
    suspended, closed = api.task(), api.task(schedulingState="ready")
    api.when_closed(closed)
    result = tasks("run", suspended, "nobody's task", closed)
    assert result.exit_code == 1
    first, second, third = rows(result)
    assert (first["oid"], first["done"]) == (suspended, False)
    # The words of the Warning header, which midPoint's 204 would hide.
    assert first["message"] == "The task is not run now, because it is suspended; resume it first."
    assert second == {
        "task": "nobody's task",
        "oid": None,
        "operation": "run",
        "done": False,
        "message": "There is no task named 'nobody's task'.",
    }
    assert (third["oid"], third["done"], third["message"]) == (closed, True, None)


def test_a_refused_resume_says_why(api: Api, tasks: Callable[..., Result]) -> None:
    oid = api.task(schedulingState="ready")
    api.when_closed(oid)
    result = tasks("resume", oid, "--output", "table")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"✗ {oid}: 409: ")


# ---- waiting --------------------------------------------------------------------------------------


def test_wait_ends_with_0_when_the_tasks_have_ended_well(
    api: Api, tasks: Callable[..., Result]
) -> None:
    oids = [api.task(BRIEF, schedulingState="ready") for _ in range(2)]
    result = tasks("wait", *oids, "--timeout", "20")
    assert result.exit_code == 0
    assert [(each["oid"], each["outcome"]) for each in rows(result)] == [
        (oid, "success") for oid in oids
    ]
    assert [states(api.get("tasks", oid))[1] for oid in oids] == ["closed"] * 2


def test_wait_tells_each_task_where_it_is(api: Api, tasks: Callable[..., Result]) -> None:
    name = unique("told")
    api.task(BRIEF, name=name, schedulingState="ready")
    result = tasks("wait", name, "nobody's task", "--output", "table")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"✓ {name} is closed: success",
        "✗ nobody's task cannot be waited for: There is no task named 'nobody's task'.",
    ]


def test_wait_ends_with_1_when_a_task_has_failed(api: Api, tasks: Callable[..., Result]) -> None:
    result = tasks("wait", _failed(api), "--output", "table")
    assert result.exit_code == 1
    assert "is suspended, because it failed" in result.stdout
    assert "owner" in result.stdout


def test_wait_ends_with_1_when_a_task_is_stopped_half_way(
    api: Api, tasks: Callable[..., Result]
) -> None:
    oid = api.running()
    api.operate(oid, "suspend")
    assert tasks("wait", oid, "--until", "suspended").exit_code == 0
    result = tasks("wait", oid)
    assert (result.exit_code, rows(result)[0]["outcome"]) == (1, "suspended")


def test_wait_ends_with_4_when_the_time_is_over(api: Api, tasks: Callable[..., Result]) -> None:
    oid = api.running()
    result = tasks("wait", oid, "--timeout", "0.2")
    assert (result.exit_code, rows(result)[0]["outcome"]) == (4, "timeout")
    api.operate(oid, "suspend")


def test_wait_ends_with_1_for_a_task_that_does_not_exist(tasks: Callable[..., Result]) -> None:
    assert tasks("wait", NOWHERE).exit_code == 1


@pytest.mark.parametrize("verb", ["list", "get", "watch", "run", "wait", "errors"])
def test_an_unreachable_server_is_exit_code_3(verb: str) -> None:
    arguments = () if verb in {"list", "watch", "errors"} else (NOWHERE,)
    environment = {"TASKGATE_URL": "http://127.0.0.1:1", "TASKGATE_PASSWORD": "x"}
    result = CliRunner().invoke(app, ["tasks", verb, *arguments], env=environment)
    assert result.exit_code == 3
    assert "cannot be reached" in result.stderr


# ---- watching -------------------------------------------------------------------------------------


def test_watch_writes_plain_lines_when_piped(api: Api, server: Server) -> None:
    name = unique("piped")
    oid = api.running(name=name)
    with subprocess.Popen(
        command("watch", oid), cwd=ROOT, env=surroundings(server), stdout=subprocess.PIPE
    ) as watching:
        assert watching.stdout is not None
        written = watching.stdout.readline() + watching.stdout.readline()
        api.operate(oid, "suspend")
        written += watching.stdout.read()
    assert watching.returncode == 0
    first, second, *_, last = written.decode().splitlines()
    assert _done(first) < _done(second) <= _done(last)
    assert re.fullmatch(rf"{name}: running, \d+/5000 \d+\.\d%", first)
    assert last.startswith(f"{name}: suspended, ")


def test_watch_moves_a_bar_on_a_terminal(api: Api, server: Server) -> None:
    name = unique("on a terminal")
    oid = api.running(name=name)
    with on_terminal(server, "watch", oid) as terminal:
        terminal.read_until(lambda written: len(_counts(written)) >= 3)
        api.operate(oid, "suspend")
        code, written = terminal.read_to_the_end()
    assert code == 0
    assert _counts(written) == sorted(_counts(written))
    assert "\x1b[2K" in written, "the bar was not drawn over"
    last = plain(written).rstrip().splitlines()[-1]
    assert name in last
    assert "suspended" in last


def test_watch_without_names_follows_what_runs(make_server: ServerFactory) -> None:
    server = make_server()
    with server.client() as client:
        api = Api(client)
        first = api.running(name="first")
        with on_terminal(server, "watch") as terminal:
            terminal.read_until(lambda written: "first" in written)
            second = api.running(name="second")
            terminal.read_until(lambda written: "second" in written)
            api.operate(first, "suspend")
            api.operate(second, "suspend")
            code, _ = terminal.read_to_the_end()
    assert code == 0
    assert at(server, "watch").stderr == "No task is running.\n"


def test_watch_ends_with_1_when_a_task_has_failed(api: Api, tasks: Callable[..., Result]) -> None:
    result = tasks("watch", _failed(api))
    assert result.exit_code == 1
    assert "fatal_error" in result.stdout


def test_on_a_terminal_the_answer_is_a_table(api: Api, server: Server) -> None:
    name = unique("shown")
    oid = api.task(name=name)
    with on_terminal(server, "get", oid) as terminal:
        code, written = terminal.read_to_the_end()
    assert code == 0
    assert re.search(rf"oid +{oid}", plain(written))


# ---- errors ---------------------------------------------------------------------------------------


def test_errors_shows_what_failed_lately(api: Api, tasks: Callable[..., Result]) -> None:
    oid = _failed(api)
    [error] = rows(tasks("errors", oid))
    assert (error["task_oid"], error["status"]) == (oid, "fatal_error")
    assert error["task_name"] == api.get("tasks", oid)["name"]
    assert "owner" in error["message"]
    assert error["object_oid"] is None
    table = tasks("errors", oid, "--output", "table").stdout
    assert error["task_name"] in table
    assert "owner" in table
    assert oid in {each["task_oid"] for each in rows(tasks("errors", "--since", "5m"))}


def test_errors_of_a_task_without_any_are_none(api: Api, tasks: Callable[..., Result]) -> None:
    assert rows(tasks("errors", api.task())) == []


def test_errors_since_nobody_knows_when_is_refused(tasks: Callable[..., Result]) -> None:
    result = tasks("errors", "--since", "yesteryear")
    assert result.exit_code == 1
    assert "yesteryear" in result.stderr


# ---- what the tests stand on ----------------------------------------------------------------------


def _failed(api: Api) -> str:
    """A task that failed as a whole, for want of an owner."""
    oid = api.task(schedulingState="ready", ownerRef={"oid": NOWHERE})
    api.when(oid, lambda task: task.get("resultStatus") == "fatal_error")
    return oid


def _counts(written: str) -> list[int]:
    """The different numbers of items that a bar showed, as they came."""
    return [int(each) for each in dict.fromkeys(re.findall(r"(\d+)/5000 ", plain(written)))]


def _done(line: str) -> int:
    return int(line.rpartition("/")[0].rpartition(" ")[2])
