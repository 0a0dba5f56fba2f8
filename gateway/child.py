"""A worker process: the composition root of the child that computes item work.

Started by the server with the database's path; it ends when the server closes its pipe or dies.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from gateway.clock import SystemClock
from gateway.engine.worker import Worker, serve
from gateway.store.repository import SqliteRepository


def main() -> None:
    """Answer requests on standard input until it ends."""
    # The terminal's Ctrl-C reaches the whole process group; the server decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(SqliteRepository(Path(sys.argv[1])), SystemClock())
    serve(worker, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
