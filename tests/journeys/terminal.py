"""The task commands as processes of their own: piped, or on a terminal that a test reads."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.serving import PASSWORD, ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serving import Server


def command(*arguments: str) -> list[str]:
    """`taskgate tasks ...`."""
    return [sys.executable, "-m", "gateway", "tasks", *arguments]


def surroundings(server: Server) -> dict[str, str]:
    """The environment of a command at this server, wide enough for every line."""
    terminal = {"TERM": "xterm-256color", "COLUMNS": "160", "LINES": "40"}
    return environment(url=server.url, password=PASSWORD) | terminal


@dataclass(kw_only=True)
class Terminal:
    """A terminal with a command on it, and what was written there so far."""

    process: subprocess.Popen[bytes]
    file: int
    written: str = ""

    def read_until(self, condition: Callable[[str], bool]) -> None:
        """Go on reading till the condition holds."""
        while not condition(self.written):
            assert self._read(), f"ended too early: {self.written}"

    def read_to_the_end(self) -> tuple[int, str]:
        """Exit code, and all that was written."""
        while self._read():
            pass
        return self.process.wait(timeout=30), self.written

    def _read(self) -> bool:
        try:
            self.written += os.read(self.file, 4096).decode(errors="replace")
        except OSError:  # Linux tells the end of a terminal so.
            return False
        return True


@contextmanager
def on_terminal(server: Server, *arguments: str) -> Iterator[Terminal]:
    """A terminal with this command on it."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        env=surroundings(server),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(process=process, file=ours)
        finally:
            process.kill()
            os.close(ours)


def plain(written: str) -> str:
    """What a terminal was sent, without its control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
