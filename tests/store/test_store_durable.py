"""What was acknowledged is there after the writing process was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

from gateway.store.sqlite.store import SqliteStore
from tests.serving import ROOT
from tests.store.making import describe, oid, stored

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.clock import ManualClock

WRITER = """
import asyncio, sys
from pathlib import Path
from gateway.clock import SystemClock
from gateway.store.sqlite.store import SqliteStore
from tests.store.making import user

async def write():
    store = await SqliteStore.open(Path(sys.argv[1]), SystemClock())
    async def add(number):
        await store.add(user(number))
        print(number, flush=True)
    for start in range(0, 1_000_000, 20):
        await asyncio.gather(*(add(number) for number in range(start, start + 20)))

asyncio.run(write())
"""


def acknowledged_before_the_kill(path: Path) -> list[int]:
    """Numbers of the users whose writes were acknowledged to a process that was then killed."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        numbers = [int(writer.stdout.readline()) for _ in range(200)]
        writer.kill()
        return numbers + [int(line) for line in writer.stdout if line.endswith("\n")]


async def test_no_acknowledged_write_is_lost_when_the_process_is_killed(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "killed.db"
    acknowledged = await asyncio.to_thread(acknowledged_before_the_kill, path)
    reopened = await SqliteStore.open(path, clock)
    found = await reopened.get_many([oid(number) for number in acknowledged])
    assert len(found) == len(acknowledged) >= 200
    await describe(reopened, oid(0), "goes on")
    assert (await stored(reopened, oid(0))).version == 1
    await reopened.close()
