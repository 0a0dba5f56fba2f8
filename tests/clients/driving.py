"""A client's process and the calls it is asked for: a line of JSON to it, a line of JSON back."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.clients.environments import environment, interpreter, node
from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRIVERS = "tests.clients.drivers"


class ClientRaised(Exception):
    """The vendor's code, or its driver, raised: what and why."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message
        super().__init__(f"{kind}: {message}")


@dataclass(frozen=True, kw_only=True)
class Client:
    """A vendor's client at work in its own environment."""

    process: subprocess.Popen[str]
    log: Path

    def call(self, function: str, **arguments: Any) -> Any:
        """The value of one of the driver's functions."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"function": function, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client ended\n{self.log.read_text()}"
        answer = json.loads(line)
        if "raised" in answer:
            raise ClientRaised(answer["raised"], answer["message"])
        return answer["value"]


@contextmanager
def python_client(name: str, driver: str, folder: Path, *arguments: str) -> Iterator[Client]:
    """A Python client: its environment's name, a module of drivers, a folder for its files."""
    program = [str(interpreter(name)), "-m", f"{DRIVERS}.{driver}", *arguments]
    with _started(program, folder, {"PYTHONPATH": str(ROOT)}) as client:
        yield client


@contextmanager
def npm_client(name: str, driver: str, folder: Path, *arguments: str) -> Iterator[Client]:
    """A client for node: its environment's name, a script of drivers, a folder for its files."""
    modules = environment(name) / "node_modules"
    script = ROOT / DRIVERS.replace(".", "/") / driver
    program = [str(node()), str(script), *arguments]
    with _started(program, folder, {"NODE_PATH": str(modules)}) as client:
        yield client


@contextmanager
def _started(program: list[str], folder: Path, variables: dict[str, str]) -> Iterator[Client]:
    """The process, without our environment: no proxies, no configuration files of a person."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "client.log"
    with (
        log.open("a") as errors,
        subprocess.Popen(
            program,
            cwd=folder,
            env={"PATH": os.defpath, "HOME": str(folder)} | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Client(process=process, log=log)
        finally:
            process.kill()
