"""The short form of the fuzzing: every operation, every check, every phase, one seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.contract.fuzz import SETTINGS, fuzz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory

EXAMPLES = 15


@pytest.mark.timeout(600)
def test_the_server_does_what_its_document_says(make_server: ServerFactory, tmp_path: Path) -> None:
    server = make_server(**SETTINGS)
    done = fuzz(server.url, tmp_path, EXAMPLES, short=True)
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    operations, phases = report["operations"], report["phases"]
    assert report["complete"]
    assert report["failures"] == report["errors"] == []
    assert operations["tested"] == operations["total"] > 50
    assert {name: phase["status"] for name, phase in phases.items()} == dict.fromkeys(
        ("examples", "coverage", "fuzzing", "stateful"), "success"
    )
    assert report["test_cases"]["generated"] > 10_000
    assert "request_broke" not in server.log.read_text(encoding="utf-8")
