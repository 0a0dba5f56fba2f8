"""midpoint-cli 1.5.0, unmodified, does its daily work here: tasks, users, roles, files, all of it in XML."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import interpreter
from tests.serving import ADMINISTRATOR, NOWHERE, PASSWORD, Api, unique

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import ServerFactory
    from tests.serving import Server

    Cli = Callable[..., subprocess.CompletedProcess[str]]

CLIENT = "midpoint-cli-1.5.0"
PROGRAM = "import midpoint_cli; midpoint_cli.main()"
COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has the client."""
    return interpreter(CLIENT)


@pytest.fixture
def cli(python: Path, server: Server, tmp_path: Path) -> Cli:
    """The client at the shared server, with a terminal that is wide enough."""

    def run(
        *arguments: str, url: str = server.url, exit_code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        login = ("-u", ADMINISTRATOR, "-p", PASSWORD, "-U", f"{url}/midpoint/")
        done = subprocess.run(
            [str(python), "-c", PROGRAM, *login, *arguments],
            cwd=tmp_path,
            env={"PATH": os.defpath, "HOME": str(tmp_path), "COLUMNS": "400"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == exit_code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def named(prefix: str) -> str:
    """A name that needs no quotes."""
    return unique(prefix).replace(" ", "-")


def test_tasks_are_listed_with_their_states(cli: Cli, api: Api) -> None:
    name = named("listed")
    oid = api.task(name=name)
    [row] = [line for line in cli("task", "ls").stdout.splitlines() if oid in line]
    assert name in row
    assert "suspended" in row


def test_a_task_is_shown_by_its_name(cli: Cli, api: Api) -> None:
    name = named("shown")
    oid = api.task({"noOp": {"steps": 4}}, name=name, schedulingState="ready")
    api.when_closed(oid)
    shown = cli("task", "get", name).stdout
    assert oid in shown
    assert re.search(r"Result Status\W+success", shown)
    assert re.search(r"Progress\W+4", shown)


def test_a_suspended_task_is_resumed_run_and_awaited(cli: Cli, api: Api) -> None:
    name = named("run")
    oid = api.task({"noOp": {"steps": 40, "delay": 100}}, name=name)
    said = cli("task", "run", name).stdout
    assert "Task currently suspended, activating it" in said
    assert re.search(r"Result Status\W+success", said)
    assert re.search(r"Progress: \.{5,}", said)
    assert api.get("tasks", oid)["progress"] == 40


def test_the_progress_moves_while_a_task_runs(python: Path, server: Server, api: Api) -> None:
    name = named("awaited")
    oid = api.task({"noOp": {"steps": 60, "delay": 100}}, name=name, schedulingState="ready")
    api.when(oid, lambda task: task.get("progress", 0) > 0)
    login = ["-u", ADMINISTRATOR, "-p", PASSWORD, "-U", f"{server.url}/midpoint/"]
    with subprocess.Popen(
        [str(python), "-u", "-c", PROGRAM, *login, "task", "wait", name],
        env={"PATH": os.defpath, "COLUMNS": "400"},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        pieces, steps = b"", set()
        while piece := os.read(process.stdout.fileno(), 4096):
            pieces += piece
            steps.add(pieces.count(b".", pieces.find(b"Progress:")))
    assert process.returncode == 0
    assert len(steps) > 3
    assert max(steps) >= 60


def test_a_running_task_is_suspended_and_resumed(cli: Cli, api: Api) -> None:
    name = named("stopped")
    oid = api.running(name=name)
    cli("task", "suspend", name)
    assert api.get("tasks", oid)["executionState"] == "suspended"
    cli("task", "resume", oid)
    api.when(oid, lambda task: task["executionState"] == "running")
    cli("task", "suspend", oid)


def test_a_task_that_fails_is_a_failure_of_the_command(cli: Cli, api: Api) -> None:
    name = named("failing")
    api.task(name=name, ownerRef={"oid": NOWHERE, "type": "c:UserType"}, schedulingState="ready")
    said = cli("task", "run", name, exit_code=1).stdout
    assert re.search(r"Result Status\W+fatal_error", said)


def test_users_and_roles_are_listed_found_and_shown(cli: Cli, api: Api) -> None:
    name = named("ada")
    api.create("users", {"name": name, "fullName": "Ada Ľ.", "emailAddress": "ada@example.com"})
    role = named("reader")
    api.create("roles", {"name": role, "displayName": "Reads <all>"})
    for arguments in (("user", "ls"), ("user", "search", name), ("users",)):
        assert "ada@example.com" in cli(*arguments).stdout
    assert "Ada Ľ." in cli("user", "get", name).stdout
    for arguments in (("role", "ls"), ("role", "search", role), ("roles",)):
        assert "Reads <all>" in cli(*arguments).stdout
    assert "n" in cli("orgs").stdout


def test_a_role_is_assigned_and_unassigned(cli: Cli, api: Api) -> None:
    user, role = named("grace"), named("writer")
    user_oid = api.create("users", {"name": user})
    role_oid = api.create("roles", {"name": role})
    cli("user", "assign", user, role)
    assert api.get("users", user_oid)["assignment"]["targetRef"]["oid"] == role_oid
    assert role in cli("user", "get", user).stdout
    cli("user", "unassign", user, role)
    assert "assignment" not in api.get("users", user_oid)


def test_a_file_is_put_got_and_put_again(cli: Cli, api: Api, tmp_path: Path) -> None:
    oid, name = "6d13632c-6b75-4a33-9744-000000000150", named("put")
    file = tmp_path / "role.xml"
    file.write_text(
        f'<role xmlns="{COMMON}" oid="{oid}"><!-- by hand --><name>{name}</name>'
        "<description>first &amp; last</description></role>"
    )
    assert "Object uploaded" in cli("put", "role.xml").stdout
    assert api.get("roles", oid)["description"] == "first & last"
    got = cli("get", "role", oid).stdout
    assert "first &amp; last" in got
    api.modify("roles", oid, {"modificationType": "replace", "path": "description"})
    cli("put", "role.xml")
    assert api.get("roles", oid)["description"] == "first & last"
    cli("delete", "role", oid)
    assert api.names("roles", f"name = '{name}'") == []


def test_a_task_file_is_put_and_runs(cli: Cli, api: Api, tmp_path: Path) -> None:
    oid = "6d13632c-6b75-4a33-9744-000000000151"
    (tmp_path / "task.xml").write_text(
        f'<task xmlns="{COMMON}" oid="{oid}"><name>{named("put")}</name>'
        "<schedulingState>ready</schedulingState>"
        "<activity><work><noOp><steps>2</steps></noOp></work></activity></task>"
    )
    cli("put", "task.xml")
    assert api.when_closed(oid)["resultStatus"] == "success"


def test_the_server_tells_what_it_is(cli: Cli) -> None:
    assert "Taskgate" in cli("info").stdout


def test_an_empty_server_is_listed_too(cli: Cli, make_server: ServerFactory) -> None:
    own = make_server()
    assert "No tasks found" in cli("tasks", url=own.url).stdout
