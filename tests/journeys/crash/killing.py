"""One kill: a run is begun, killed half-way, and begun again by another server."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.journeys.crash import checks
from tests.journeys.crash.population import filler, member_oid
from tests.journeys.crash.processes import (
    PATIENCE,
    half_way,
    kill_group,
    served,
    start_task,
    task_of,
    wait_for,
)
from tests.journeys.crash.writers import Writer
from tests.serving import wait_until

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from tests.journeys.crash.kinds import Kind
    from tests.journeys.crash.population import Templates

#: How often a run is begun anew whose kill came before its first item or after its last.
TRIES = 5
#: Members that callers change meanwhile.
DISTURBED = 40
#: The longest wait before a kill that need not meet a run half-way.
ANY_MOMENT = 4.0


@dataclass(kw_only=True)
class Findings:
    """What one kill and restart came to."""

    name: str
    #: What it was killed at, in words.
    at: str = ""
    #: Seconds from the restart to the first answer, and to the end of all work.
    listening: float = 0.0
    seconds: float = 0.0
    acknowledged: int = 0
    kills: int = 1
    problems: list[str] = field(default_factory=list)


def crash(kind: Kind, templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """Kill a run of the kind half-way, start the server again, and look."""
    for number in range(TRIES):
        path = folder / f"{kind.name}-{chance.getrandbits(32):08x}.db"
        templates.copy(kind.name, filler(*kind.fills), path)
        done, findings, writer = _killed(kind, path, chance)
        if 0 < done < kind.total or kind.indivisible:
            _recovered(kind, path, findings, writer)
            return findings
        findings.problems.append(f"{number + 1} times killed at {done}, which proves nothing")
    return findings


def _killed(kind: Kind, path: Path, chance: random.Random) -> tuple[int, Findings, Writer]:
    """Items that were done when the run was killed, and what was found at that moment."""
    with served(path, *kind.flags) as (client, process):
        targets = [member_oid(n) for n in chance.sample(range(900), DISTURBED)]
        writer = Writer(str(client.base_url), targets=targets if kind.is_disturbed else ())
        writer.start()
        start_task(client, kind.activity)
        if kind.indivisible:
            _any_moment(client, chance)
        else:
            half_way(client, chance.randrange(1, kind.total * 3 // 4))
        kill_group(process)
        writer.join(timeout=10)
    done, problems = checks.at_the_kill(path, kind)
    findings = Findings(name=kind.name, at=f"{done} of {kind.total}", problems=problems)
    findings.acknowledged = writer.acknowledged
    return done, findings, writer


def _any_moment(client: httpx2.Client, chance: random.Random) -> None:
    """Wait for a moment before the task's end, rather an early one, or for its end."""
    until = time.monotonic() + ANY_MOMENT * chance.random() ** 2
    wait_until(
        lambda: time.monotonic() > until or task_of(client)["executionState"] == "closed", PATIENCE
    )


def _recovered(kind: Kind, path: Path, findings: Findings, writer: Writer) -> None:
    """Start the server again, wait for the task's end, and look."""
    with restarted(path, findings, *kind.flags) as client:
        task = wait_for(client, "closed")
    findings.problems += checks.of_task(task, kind)
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += checks.at_the_end(connection, kind)
        is_deleted = bool(kind.counts.get("deleted"))
        findings.problems += writer.problems(connection, is_deleted=is_deleted)
    finish(path, findings)


@contextmanager
def restarted(path: Path, findings: Findings, *flags: str) -> Iterator[httpx2.Client]:
    """The server that comes after the kill; how long it takes is noted."""
    begun = time.monotonic()
    with served(path, *flags) as (client, _):
        findings.listening = time.monotonic() - begun
        yield client
        findings.seconds = time.monotonic() - begun


def finish(path: Path, findings: Findings) -> None:
    """Look into the log; a database with problems is kept, to be looked at."""
    findings.problems += checks.in_the_log(path)
    if not findings.problems:
        for leftover in path.parent.glob(f"{path.stem}*"):
            leftover.unlink()
