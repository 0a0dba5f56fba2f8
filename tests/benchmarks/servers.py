"""The servers that are compared, each a process of its own: the gateway and the bare app."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.load import HEADERS, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LISTENS = re.compile(r"listens on (http://\S+)")
#: Made by the server around the answer, not by the application.
_OF_THE_SERVER = frozenset({"date", "server", "connection"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def send(self, method: str, path: str, body: object = None) -> Reply:
        """The answer to a request; anything but 2xx is an error."""
        text = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        self._connection.request(method, path, text, HEADERS)
        response = self._connection.getresponse()
        content = response.read()
        if not 200 <= response.status < 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
        headers = {
            k.lower(): v for k, v in response.getheaders() if k.lower() not in _OF_THE_SERVER
        }
        return Reply(status=response.status, headers=headers, body=content)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A server under way."""

    url: str
    process: subprocess.Popen[str]
    #: When it was started, on the monotonic clock.
    started: float

    def client(self) -> Client:
        """A new connection to it."""
        return Client(self.url)


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Running]:
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = _LISTENS.search(process.stdout.readline())
        if found is None:
            raise RuntimeError(f"{' '.join(command)} did not start")
        yield Running(url=found.group(1), process=process, started=started)
    finally:
        process.send_signal(signal.SIGTERM)
        _end(process)
        if process.stdout is not None:
            process.stdout.close()


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for the process to stop by itself; one that does not is killed, and that is an error."""
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@contextmanager
def gateway_server(database: Path, **settings: str) -> Iterator[Running]:
    """`taskgate serve` with its default settings over the database file."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TASKGATE_")}
    environment |= {
        "TASKGATE_DATABASE_URL": f"sqlite:///{database}",
        "TASKGATE_ADMIN_PASSWORD": PASSWORD,
        **{f"TASKGATE_{name.upper()}": value for name, value in settings.items()},
    }
    with _process(["gateway", "serve", "--port", "0"], environment) as running:
        yield running


@contextmanager
def bare_server(folder: Path, name: str, reply: Reply) -> Iterator[Running]:
    """The bare app that sends this very answer."""
    path = folder / f"{name}.json"
    headers = [[key, value] for key, value in reply.headers.items()]
    answer = {"status": reply.status, "headers": headers, "body": reply.body.decode()}
    path.write_text(json.dumps(answer), encoding="utf-8")
    with _process(["tests.benchmarks.bare", str(path)], os.environ) as running:
        sent = running.client()
        got = sent.send("GET", "/")
        sent.close()
        if got != reply:
            raise RuntimeError(f"The bare app sends {got}, the gateway {reply}")
        yield running


@contextmanager
def copied(database: Path, name: str) -> Iterator[Path]:
    """A copy of a database file that is thrown away afterwards."""
    target = database.with_name(f"{name}.db")
    shutil.copyfile(database, target)
    with target.open("rb") as handle:
        os.fsync(handle.fileno())  # so that writing the copy back does not disturb what follows
    try:
        yield target
    finally:
        for path in target.parent.glob(f"{target.name}*"):
            path.unlink()
