"""`taskgate demo`: the transcript of midPoint's Task page, and a job's, played over real HTTP.

Fresh throw-away database, sample identities, server up; then every call of the page, a table of what
was asked, answered and expected, and a server that goes on for the reader's own calls.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.cli.demo_jobs import CLIENT, SECRET, play_leaver
from gateway.cli.remote import IN_JSON, Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: The page's own credentials; the demo uses them on loopback only.
USER, PASSWORD = "administrator", "y0uR_P455woR*d"  # printed on the page
SAMPLES = Path("samples")
REST = "/midpoint/ws/rest"
PAGE_TASK = "6d13632c-6b75-4a33-9744-ec9523375f6b"
ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
INDUCED = "0d1c1c1e-7f43-4d0e-8a11-4a2f5d3c9b01"
#: Connections that load the members.
LOADERS = 8
#: Seconds that anything may take before the demo gives up.
PATIENCE = 120.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the table at the end."""

    asked: str
    answered: str
    expected: str

    @property
    def is_met(self) -> bool:
        """Whether the answer is the expected one."""
        return self.answered == self.expected


class Demo:
    """The transcript so far, and the connection that it is played over."""

    def __init__(self, client: httpx2.Client, console: Console) -> None:
        self._client = client
        self._console = console
        self.steps: list[Step] = []

    def ask(self, method: str, path: str, expected: int, sample: str | None = None) -> Any:
        """One call of the transcript; the response."""
        body = (SAMPLES / sample).read_bytes() if sample else None
        headers = {"content-type": "application/json"} if sample else {}
        response = self._client.request(method, f"{REST}{path}", content=body, headers=headers)
        data = f" @./samples/{sample}" if sample else ""
        self.note(f"{method} {path}{data}", str(response.status_code), str(expected))
        return response

    def call(self, method: str, path: str, expected: int, body: Any = None) -> Any:
        """One call beside midPoint's API; the response."""
        response = self._client.request(method, path, json=body)
        self.note(f"{method} {path}", str(response.status_code), str(expected))
        return response

    def read(self, path: str) -> Any:
        """What a GET that is no line of the table answers."""
        return self._client.get(path).raise_for_status().json()

    def call_with_token(self, grant: dict[str, str], path: str) -> Any:
        """What a GET answers to an OAuth client."""
        with httpx2.Client(base_url=self._client.base_url, timeout=30) as client:
            token = client.post("/oauth/token", data=grant).raise_for_status().json()
            headers = {"authorization": f"Bearer {token['access_token']}"}
            response = client.get(path, headers=headers)
        self.note(f"GET {path}", str(response.status_code), "200")
        return response.json()

    def note(self, asked: str, answered: str, expected: str) -> None:
        """A line for the table, shown at once."""
        step = Step(asked=asked, answered=answered, expected=expected)
        self.steps.append(step)
        mark = "[green]✓[/green]" if step.is_met else "[red]✗[/red]"
        self._console.print(f"{mark} {asked}  [dim]{answered}[/dim]", highlight=False)

    def load(self, members: int) -> None:
        """The sample identities and further members, with a progress bar."""
        names = ("role-intranet-reader", "role-basic-employee")
        for name in (*names, "user-ada", "user-grace", "user-katherine"):
            body = json.loads((SAMPLES / "identities" / f"{name}.json").read_text("utf-8"))
            [root] = body
            self._post(f"/{root}s", body)
        further = [_member(number) for number in range(3, members)]
        with _bar(self._console) as progress, ThreadPoolExecutor(LOADERS) as pool:
            bar = progress.add_task("loading members", total=members, completed=3)
            for _ in pool.map(lambda body: self._post("/users?options=raw", body), further):
                progress.advance(bar)

    def _post(self, path: str, body: Any) -> None:
        self._client.post(f"{REST}{path}", json=body).raise_for_status()

    def task(self, oid: str) -> dict[str, Any]:
        """The task as it is now."""
        found: dict[str, Any] = self._client.get(f"{REST}/tasks/{oid}").json()["task"]
        return found

    def watch(
        self, oid: str, until: Callable[[dict[str, Any]], bool], title: str
    ) -> dict[str, Any]:
        """Follow the task with a progress bar until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        with _bar(self._console) as progress:
            bar = progress.add_task(title, total=None)
            while True:
                task = self.task(oid)
                total = task.get("expectedTotal")
                progress.update(bar, total=total, completed=task.get("progress", 0))
                if until(task):
                    return task
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{title}: still {task.get('executionState')}")
                time.sleep(0.05)

    def matching(self, text: str) -> int:
        """How many users match a filter."""
        body = {"query": {"filter": {"text": text}, "paging": {"maxSize": 0}}}
        response = self._client.post(f"{REST}/users/search?returnTotalCount=true", json=body)
        return int(response.raise_for_status().headers["x-total-count"])


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
    with tempfile.TemporaryDirectory(prefix="taskgate-") as folder, _served(folder, port) as server:
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


def _member(number: int) -> dict[str, Any]:
    assignment = {"targetRef": {"oid": ROLE, "type": "c:RoleType"}}
    return {"user": {"name": f"member-{number:06d}", "assignment": assignment}}


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=not console.is_terminal,
    )


def _table(steps: Iterable[Step]) -> Table:
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
def _served(folder: str, port: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
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
