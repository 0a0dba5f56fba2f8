"""`taskgate demo`: the transcript of midPoint's Task page, and a job's, played over real HTTP.

Fresh throw-away database, sample identities, server up; then every call of the page, a table of what
was asked, answered and expected, and a server that goes on for the reader's own calls.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.demo_client import INDUCED, PAGE_TASK, REST, SAMPLES, Demo, DemoStep
from gateway.cli.demo_jobs import CLIENT, SECRET, play_leaver
from gateway.cli.remote import IN_JSON, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The page's own credentials; the demo uses them on loopback only.
USER, PASSWORD = "administrator", "y0uR_P455woR*d"  # printed on the page


def demo(
    users: Annotated[int, typer.Option(min=3, help="Members of the role.")] = 5000,
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8080,
    leave: Annotated[bool, typer.Option("--exit", help="Stop after the transcript.")] = False,
) -> None:
    """Play the transcript of the Task page and of a job, then keep serving."""
    console = Console() if sys.stdout.isatty() else Console(width=120)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not (SAMPLES / "rest").is_dir():
        console.print("taskgate: there is no samples/rest here; run the demo from its repository.")
        raise typer.Exit(Exit.USAGE)
    with (
        tempfile.TemporaryDirectory(prefix="taskgate-") as folder,
        _run_server(folder, port) as server,
    ):
        url, process = server
        console.print(f"[bold]Taskgate[/bold] listens on {url}, on a fresh database.")
        with httpx2.Client(
            base_url=url, auth=(USER, PASSWORD), timeout=30, headers=IN_JSON
        ) as client:
            demonstration = Demo(client, console)
            demonstration.load(users)
            play(demonstration, users)
            play_leaver(demonstration, SAMPLES)
        console.print(_table(demonstration.steps))
        failed = [step for step in demonstration.steps if not step.is_met]
        if leave or failed:
            raise typer.Exit(Exit.REFUSED if failed else Exit.DONE)
        _invite(console, url)
        try:
            process.wait()
        except KeyboardInterrupt:
            console.print("Stopping.")


def play(demo: Demo, users: int) -> None:
    """The calls of the page, and what their effect must be."""
    created = demo.ask("POST", "/tasks", 202, "rest/task-recompute-members-employee.json")
    oid = created.headers.get("location", "").rsplit("/", 1)[-1]
    task = demo.watch(oid, lambda each: each["executionState"] == "closed", "recomputing members")
    demo.note("the task has processed", str(task.get("progress")), str(users))
    demo.note("its result", task["resultStatus"], "success")
    of_role = demo.matching(f"roleMembershipRef matches (oid = '{INDUCED}')")
    demo.note("members with the induced role", str(of_role), str(users))
    records = demo.matching(f"operationExecution matches (taskRef matches (oid = '{oid}'))")
    demo.note("members with a record of the run", str(records), str(users))
    demo.ask("GET", f"/tasks/{oid}", 200)
    _play_page_task(demo)
    _play_slow_task(demo)


def _play_page_task(demo: Demo) -> None:
    """The page's own task, which stays for the reader."""
    created = demo.ask("POST", "/tasks", 202, "rest/task-page-recurring.json")
    location = created.headers.get("location", "")
    demo.note("Location ends with", location.rsplit("/", 1)[-1], PAGE_TASK)
    demo.ask("GET", f"/tasks/{PAGE_TASK}", 200)
    demo.ask("PATCH", f"/tasks/{PAGE_TASK}", 204, "rest/modify-attribute-gen.json")
    demo.ask("POST", f"/tasks/{PAGE_TASK}/run", 204)
    suspended = demo.ask("POST", f"/tasks/{PAGE_TASK}/suspend", 204)
    demo.note("bytes in that answer", str(len(suspended.content)), "0")
    demo.note("its state", demo.task(PAGE_TASK)["schedulingState"], "suspended")
    demo.ask("POST", f"/tasks/{PAGE_TASK}/resume", 202)


def _play_slow_task(demo: Demo) -> None:
    """A task that is stopped half-way and goes on from there."""
    created = demo.ask("POST", "/tasks", 202, "rest/task-no-op-slow.json")
    oid = created.headers.get("location", "").rsplit("/", 1)[-1]
    found = demo.ask("POST", "/tasks/search", 200, "rest/query-gen-name.json").json()
    names = [each["name"] for each in found["object"].get("object", [])]
    demo.note("found", ", ".join(names), "a probe that takes its time")
    demo.watch(oid, lambda each: each.get("progress", 0) >= 20, "running")
    demo.ask("POST", f"/tasks/{oid}/suspend", 204)
    stopped = demo.task(oid)["progress"]
    demo.ask("POST", f"/tasks/{oid}/resume", 202)
    task = demo.watch(oid, lambda each: each["executionState"] == "closed", "resumed")
    is_continued = 20 <= stopped < 100 and task["progress"] == 100
    demo.note(f"suspended at {stopped}, resumed to the end", str(is_continued), "True")
    demo.ask("DELETE", f"/tasks/{oid}", 204)
    demo.ask("GET", f"/tasks/{oid}", 404)


def _table(steps: Iterable[DemoStep]) -> Table:
    table = Table(title="The transcript", expand=True)
    table.add_column("", justify="right")
    table.add_column("asked", overflow="fold", ratio=3)
    for name in ("answered", "expected"):
        table.add_column(name, overflow="fold", ratio=1)
    for number, step in zip(count(1), steps, strict=False):
        style = "" if step.is_met else "bold red"
        table.add_row(str(number), step.asked, step.answered, step.expected, style=style)
    return table


def _invite(console: Console, url: str) -> None:
    console.print(
        f"Still serving. The page's task is there:\n"
        f"  curl --user {USER}:{PASSWORD} {url}{REST}/tasks/{PAGE_TASK}\n"
        f"Documentation of the API: {url}/docs    Stop with Ctrl-C.",
        highlight=False,
        soft_wrap=True,
    )


@contextmanager
def _run_server(folder: str, port: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of its own on a database in `folder`; its URL and its process."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TASKGATE_")}
    environment = inherited | {
        "TASKGATE_DATABASE_URL": f"sqlite:///{folder}/demo.db",
        "TASKGATE_ADMIN_PASSWORD": PASSWORD,
        "TASKGATE_CLIENT_ID": CLIENT,
        "TASKGATE_CLIENT_SECRET": SECRET,
        "TASKGATE_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "gateway", "serve", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603  our own module
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "listens on " not in line:
                typer.echo(f"taskgate: the server did not start; is port {port} free?", err=True)
                raise typer.Exit(Exit.REFUSED)
            yield line.split("listens on ")[1].strip(), process
        finally:
            process.terminate()
