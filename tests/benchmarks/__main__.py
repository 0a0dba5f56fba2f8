"""`python -m tests.benchmarks`: ratios to floors that are measured in the same run.

Prints a table a case and writes all lines as JSON. Needs `wrk`; see `--help`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tests.benchmarks import (
    due,
    engine,
    forms,
    jobs,
    million,
    over_http,
    peers,
    process,
    scale,
    suspend,
    text,
    work,
)
from tests.benchmarks.context import Context
from tests.benchmarks.figures import Line, table
from tests.benchmarks.load import check_installed

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: dict[str, Callable[[Context], list[Line]]] = {
    "get": over_http.get,
    "search": over_http.search,
    "forms": forms.forms,
    "create": over_http.create,
    "patch": over_http.patch,
    "recompute": engine.recompute,
    "disturbance": engine.disturbance,
    "first-item": engine.first_item,
    "filter": text.filters,
    "start": process.start,
    "million": million.million,
    "peers": peers.peers,
    "suspend": suspend.suspend,
    "crowd": due.crowd,
    "scale": scale.scale,
    "jobs": jobs.ten_steps,
    "claims": work.claims,
    "job-list": work.job_list,
}


def main() -> int:
    """Run the wanted cases; 1 if one of them broke."""
    options = _options()
    check_installed()
    # Unwind, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=None if sys.stdout.isatty() else 160)
    lines: list[Line] = []
    broken: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="taskgate-bench-", dir=options.folder) as folder:
        console.print(machine := _machine(Path(folder)))
        context = Context(
            folder=Path(folder),
            seconds=options.seconds,
            rounds=options.rounds,
            task_count=options.tasks,
            user_count=options.users,
            crowd_count=options.crowd,
            job_count=options.waiting,
            is_big=options.big,
            say=lambda text: console.print(f"[dim]{text}[/]"),
        )
        for name in options.only or CASES:
            try:
                found = CASES[name](context)
            except Exception:  # noqa: BLE001  the other cases are worth having
                broken[name] = traceback.format_exc()
                console.print(f"{name} broke\n{broken[name]}", style="red", markup=False)
                continue
            lines += found
            console.print(table(name, found))
            _write(options, machine, lines, broken)
    if len(options.only or CASES) > 1:
        console.print(table("all", [line for line in lines if line.target is not None]))
    _write(options, machine, lines, broken)
    console.print(f"written to {options.json}")
    return 1 if broken else 0


def _write(
    options: argparse.Namespace, machine: str, lines: list[Line], broken: dict[str, str]
) -> None:
    """What is known so far, so that an interrupted run is not lost."""
    report = {
        "machine": machine,
        "options": {name: str(value) for name, value in vars(options).items()},
        "lines": [line.as_json() for line in lines],
        "broken": broken,
    }
    options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement under load")
    parser.add_argument("--rounds", type=int, default=5, help="each runs every alternative once")
    parser.add_argument("--tasks", type=int, default=100_000, help="that search looks among")
    parser.add_argument("--users", type=int, default=50_000, help="that are recomputed")
    parser.add_argument("--crowd", type=int, default=500_000, help="users, and as many tasks")
    parser.add_argument("--waiting", type=int, default=100_000, help="jobs, for claims and lists")
    parser.add_argument("--big", action="store_true", help="recompute a million users, too")
    parser.add_argument("--only", action="append", choices=CASES, help="a case; may be repeated")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"))
    parser.add_argument("--folder", type=Path, help="where the databases are made; a real disk")
    return parser.parse_args()


def _machine(folder: Path) -> str:
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"fdatasync of one page {_sync_time(folder) * 1000:.2f} ms"
    )


def _sync_time(folder: Path) -> float:
    """Median seconds of making one page durable: durable writes cannot be faster than this."""
    taken: list[float] = []
    with (folder / "probe").open("wb", buffering=0) as handle:
        for _ in range(100):
            handle.write(b"\0" * 4096)
            started = time.monotonic()
            os.fdatasync(handle.fileno())
            taken.append(time.monotonic() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
