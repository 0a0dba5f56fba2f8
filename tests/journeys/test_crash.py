"""A short, seeded form of `make crash`: ten kills in the middle of work, and all other moments."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash.killing import crash
from tests.journeys.crash.kinds import KINDS
from tests.journeys.crash.moments import MOMENTS
from tests.journeys.crash.population import Templates

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20
#: Each kind that changes objects in a way of its own, and those that are divided or fail.
KILLED = (
    "recomputation deletion iterativeChangeExecution explicitChangeExecution iterativeScripting "
    "triggerScan cleanup composition buckets retries"
).split()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_run_ends_by_itself_with_everything_done_once(
    name: str, templates: Templates, tmp_path: Path
) -> None:
    [kind] = [kind for kind in KINDS if kind.name == name]
    assert crash(kind, templates, random.Random(f"{SEED} {name}"), tmp_path).problems == []


@pytest.mark.parametrize("name", MOMENTS)
def test_a_kill_at_another_moment_loses_nothing(
    name: str, templates: Templates, tmp_path: Path
) -> None:
    chance = random.Random(f"{SEED} {name}")
    assert MOMENTS[name](templates, chance, tmp_path).problems == []
