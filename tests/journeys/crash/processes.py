"""Servers in process groups of their own, to be killed whole; and the task that they work on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from tests.serving import IN_JSON, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.model.documents import Document

PASSWORD = "a password for the crash test"
ACCOUNT = ("administrator", PASSWORD)
TASK = "6d13632c-6b75-4a33-9744-ec9523375f6b"
#: Seconds after which nothing is expected to happen any more.
PATIENCE = 120.0


@contextmanager
def starting(path: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """A server process in a group of its own; whoever leaves kills the group."""
    environment = unmeasured() | {
        "TASKGATE_ADMIN_PASSWORD": PASSWORD,
        "TASKGATE_DATABASE_URL": f"sqlite:///{path}",
        "TASKGATE_LOG_LEVEL": "warning",
        "TASKGATE_WORKERS": "1",
    }
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", *flags]
    with (
        log_of(path).open("a") as errors,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            kill_group(process)


@contextmanager
def served(path: Path, *flags: str) -> Iterator[tuple[httpx2.Client, subprocess.Popen[str]]]:
    """A server that listens, and a client of it."""
    with starting(path, *flags) as process:
        line = process.stdout.readline() if process.stdout else ""
        if "listens on " not in line:
            raise RuntimeError(f"the server did not start: {log_of(path).read_text()[-2000:]}")
        url = line.split("listens on ")[1].strip() + "/midpoint/ws/rest"
        with httpx2.Client(base_url=url, auth=ACCOUNT, timeout=30, headers=IN_JSON) as client:
            yield client, process


def log_of(path: Path) -> Path:
    """What the servers over a database have to say."""
    return path.with_suffix(".log")


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill the server and its workers, at once and without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def seen(path: Path) -> Path:
    """A copy of a database that nobody has open, just as it was left."""
    copy = path.with_name(f"{path.stem}-seen.db")
    for suffix in ("", "-wal"):
        if path.with_name(path.name + suffix).exists():
            shutil.copy(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
    return copy


def start_task(client: httpx2.Client, activity: Document, **items: Any) -> None:
    """Let the task do the work; `items` are further items of it."""
    task = {"oid": TASK, "name": "crashed", "schedulingState": "ready", "activity": activity}
    client.post("/tasks", json={"task": task | items}).raise_for_status()


def task_of(client: httpx2.Client) -> dict[str, Any]:
    """The task as it is now, without its definition."""
    answer = client.get(f"/tasks/{TASK}", params={"exclude": "activity"}).raise_for_status()
    found: dict[str, Any] = answer.json()["task"]
    return found


def wait_for(client: httpx2.Client, wanted: str) -> dict[str, Any]:
    """The task once its execution state is the wanted one."""
    deadline = time.monotonic() + PATIENCE
    while (task := task_of(client)).get("executionState") != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the task is still {task.get('executionState')}")
        time.sleep(0.01)
    return task


def half_way(client: httpx2.Client, goal: int) -> dict[str, Any]:
    """The task as soon as it has processed so many items, or has ended."""
    deadline = time.monotonic() + PATIENCE
    while (task := task_of(client)).get("progress", 0) < goal:
        if task.get("executionState") == "closed":
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"the run stands at {task.get('progress')}")
        time.sleep(0.003)
    return task
