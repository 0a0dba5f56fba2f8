"""A short, seeded form of `make crash`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash import crash_once, populate

if TYPE_CHECKING:
    from pathlib import Path

USERS = 12_000


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crash") / "template.sqlite"
    populate(path, USERS)
    return path


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_run_ends_by_itself_with_everything_done_once(
    template: Path, tmp_path: Path, seed: int
) -> None:
    findings = crash_once(template, USERS, random.Random(seed), tmp_path)
    assert findings.problems == []
