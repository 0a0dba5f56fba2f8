"""A short, seeded form of the kills of jobs in `make crash`: they end as if nothing had happened."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash.job_kinds import JOB_KINDS, killed_jobs

if TYPE_CHECKING:
    from pathlib import Path

SEED, JOBS, KILLS = 20261122, 8, 2


@pytest.mark.parametrize("name", JOB_KINDS)
def test_no_step_of_a_killed_job_is_lost_and_none_is_done_twice(name: str, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED} {name}")
    found = killed_jobs(JOB_KINDS[name], chance, tmp_path, JOBS, KILLS)
    assert found.problems == []
    assert found.acknowledged > JOBS
