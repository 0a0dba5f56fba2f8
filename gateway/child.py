"""A worker process: the composition root of the child that computes item work.

Started by the server with the database's path; it ends when the server closes its pipe or dies.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from gateway.clock import SystemClock
from gateway.engine.worker import Worker, serve
from gateway.store.repository import SqliteRepository


def main() -> None:
    """Answer requests on standard input until it ends."""
    # The terminal's Ctrl-C reaches the whole process group; the server decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = _private_pipes()
    serve(Worker(SqliteRepository(Path(sys.argv[1])), SystemClock()), requests, answers)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The server's pipes, always buffered, and out of reach for anything that prints."""
    requests = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    return requests, answers


if __name__ == "__main__":
    main()
