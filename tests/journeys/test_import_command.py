"""`taskgate import`: every sample goes in, and what does not says why."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.serving import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Server

SAMPLES = sorted((ROOT / "samples" / "itential").glob("*.json"))
IDENTITIES = sorted((ROOT / "samples" / "identities").glob("*.json"))


def imported(server: Server, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "import", *map(str, files), "--url", server.url],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_workflows_and_objects_are_imported_again_and_again(server: Server) -> None:
    for _ in range(2):
        done = imported(server, *SAMPLES, *IDENTITIES)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == len(SAMPLES) + len(IDENTITIES)
        assert "workflow 'Approve a leaver'" in done.stdout


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "neither a workflow"),
        ('{"name": "x", "tasks": {}, "transitions": 1}', "has no object 'transitions'"),
        ('{"user": {}}', "400"),
    ],
)
def test_a_file_that_is_refused_says_why_and_the_others_go_in(
    server: Server, tmp_path: Path, content: str, reason: str
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(content)
    done = imported(server, broken, SAMPLES[0])
    assert done.returncode == 1
    assert reason in done.stderr
    assert "workflow" in done.stdout
