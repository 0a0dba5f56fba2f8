"""The whole matrix from the command line."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, cycle, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.journeys.crash.job_kinds import JOB_KINDS, killed_jobs
from tests.journeys.crash.killing import Findings, crash
from tests.journeys.crash.kinds import KINDS
from tests.journeys.crash.moments import MOMENTS
from tests.journeys.crash.population import Templates

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Kills of each kind, and the fewest kills of all kinds together.
EACH, ALL = 15, 200
EACH_MOMENT = 5
BY_NAME = {kind.name: kind for kind in KINDS}


def once(name: str, seed: str, folder: Path, templates: Templates) -> Findings:
    """One kill, or all kills of jobs; whatever goes wrong is a problem that was found."""
    chance = random.Random(seed)
    try:
        if name in JOB_KINDS:
            return killed_jobs(JOB_KINDS[name], chance, folder)
        if name in MOMENTS:
            return MOMENTS[name](templates, chance, folder)
        return crash(BY_NAME[name], templates, chance, folder)
    except Exception as error:  # noqa: BLE001  the other kills go on
        return Findings(name=name, problems=[f"{type(error).__name__}: {error}"])


def planned(names: list[str], runs: int | None) -> list[str]:
    """What is killed, in turns; without a number, each kind as often as it must be."""
    if runs is not None:
        return list(islice(cycle(names), runs))
    kinds = [name for name in names if name in BY_NAME]
    moments = [name for name in names if name in MOMENTS]
    of_kinds = islice(cycle(kinds), max(ALL, EACH * len(kinds)) if kinds else 0)
    of_jobs = [name for name in names if name in JOB_KINDS]
    return list(chain(of_kinds, moments * EACH_MOMENT, of_jobs))


def table(found: Iterable[Findings]) -> str:
    """A row for each kind: kills, problems, seconds until all was done again."""
    by_name: dict[str, list[Findings]] = {}
    for each in found:
        by_name.setdefault(each.name, []).append(each)
    lines = [f"{'kind':26}{'kills':>6}{'wrong':>6}{'writes':>8}{'listens s':>18}{'done s':>18}"]
    for name, rows in by_name.items():
        wrong = sum(bool(each.problems) for each in rows)
        writes = sum(each.acknowledged for each in rows)
        listens, done = (_spread([getattr(e, f) for e in rows]) for f in ("listening", "seconds"))
        kills = sum(each.kills for each in rows)
        lines.append(f"{name:26}{kills:6}{wrong:6}{writes:8}{listens:>18}{done:>18}")
    return "\n".join(lines)


def _spread(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} (max {max(seconds):.1f})"


def main() -> int:
    """Kill again and again; 1 if anything was wrong."""
    every = [*BY_NAME, *MOMENTS, *JOB_KINDS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=None, help="kills in all")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kinds", default=",".join(every), help=f"some of {', '.join(every)}")
    parser.add_argument("--jobs", type=int, default=2, help="servers at a time")
    arguments = parser.parse_args()
    names = arguments.kinds.split(",")
    unknown = [name for name in names if name not in every]
    if unknown:
        parser.error(f"there is no kind {', '.join(unknown)}")
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="taskgate-crash-"))
    templates, turns, found = Templates(folder), Counter[str](), []
    begun = time.monotonic()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        futures = []
        for name in planned(names, arguments.runs):
            turns[name] += 1
            key = f"{seed}/{name}/{turns[name]}"
            futures.append((key, pool.submit(once, name, key, folder, templates)))
        for key, future in futures:
            each = future.result()
            found.append(each)
            print(
                f"{key}: killed at {each.at or '?'}; done {each.seconds:.1f} s after the restart: "
                f"{'; '.join(each.problems) or 'all right'}",
                flush=True,
            )
    print(table(found))
    wrong = sum(bool(each.problems) for each in found)
    kills = sum(each.kills for each in found)
    print(f"{kills} kills, {wrong} with problems, in {time.monotonic() - begun:.0f} s")
    if wrong:
        print(f"the databases with problems are kept in {folder}")
        return 1
    for template in folder.iterdir():
        template.unlink()
    folder.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main())
