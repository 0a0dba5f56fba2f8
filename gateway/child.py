"""A worker process: the composition root of the child that computes item work.

Started by the server with the database's path and perhaps that of a schema file; it ends when the
server closes its pipe or dies.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from gateway.dialects.midpoint.actions import MidpointActions
from gateway.engine.running.pipe import serve
from gateway.engine.running.worker import Worker
from gateway.errors import Unavailable
from gateway.model.extension import read_extension, with_extension
from gateway.model.types import SCHEMA
from gateway.store.sqlite.repository import SqliteRepository


def main() -> None:
    """Answer requests on standard input until it ends."""
    # The terminal's Ctrl-C reaches the whole process group; the server decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = _private_pipes()
    if len(sys.argv) > 2:
        adopt(Path(sys.argv[2]))
    worker = Worker(SqliteRepository(Path(sys.argv[1])), MidpointActions())
    serve(worker, requests, answers)


def adopt(file: Path) -> None:
    """Let the schema have the extension items that the file declares; `Unavailable` if it cannot."""
    try:
        declared = read_extension(file.read_text(encoding="utf-8"))
        SCHEMA.adopt(with_extension(SCHEMA, declared))
    except (OSError, ValueError) as error:
        raise Unavailable(f"TASKGATE_SCHEMA ({file}): {error}.") from error


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The server's pipes, always buffered, and out of reach for anything that prints."""
    requests = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    return requests, answers


if __name__ == "__main__":
    main()
