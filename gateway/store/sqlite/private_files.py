"""Files that only the server's own user may read, whatever the umask says."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, TextIO

import structlog

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)
PRIVATE = 0o600
#: What SQLite puts beside a database, with the rights that the database has.
COMPANIONS = ("", "-wal", "-shm")


def open_private(path: Path) -> TextIO:
    """A file to write, made if it is missing; its content stays."""
    handle = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE), "r+", encoding="utf-8")
    tighten(path)
    return handle


def make_database_private(path: Path) -> None:
    """Let the database, made if it is missing, and what stands beside it be read by nobody else."""
    open_private(path).close()
    for suffix in COMPANIONS:
        tighten(path.with_name(path.name + suffix))


def tighten(path: Path) -> None:
    """Take the rights of others away, if they have any, and say so."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return
    if mode & ~PRIVATE:
        path.chmod(mode & PRIVATE)
        log.warning("file_made_private", file=str(path), mode=f"{mode:04o}")


def replace_private(path: Path, text: str) -> None:
    """Write a file so that, whatever happens, it has its old content or the new one, durably."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open_private(draft) as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
