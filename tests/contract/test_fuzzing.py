"""The short form of the fuzzing: every operation, every check, every phase, one seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.contract.fuzz import SETTINGS, fuzz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory

#: Most cases are boundaries, which are all tried whatever this is: three times as many examples of
#: an operation make one case in seven more, and take four times as long.
EXAMPLES = 5

#: Least operations and cases of each document.
LEAST = {"midpoint": (50, 10_000), "sailpoint": (30, 2_500), "itential": (35, 1_500)}

#: What is written and read beside JSON.
OTHER_FORMS = {
    "midpoint": ("written xml", "written yaml", "read xml", "read yaml"),
    "sailpoint": (),
    "itential": (),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", LEAST)
def test_the_server_does_what_its_document_says(
    make_server: ServerFactory, tmp_path: Path, dialect: str
) -> None:
    server = make_server(**SETTINGS)
    done = fuzz(server.url, tmp_path, EXAMPLES, short=True, dialect=dialect)
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    operations, phases = report["operations"], report["phases"]
    assert report["complete"]
    assert report["failures"] == report["errors"] == []
    least_operations, least_cases = LEAST[dialect]
    assert operations["tested"] == operations["selected"] > least_operations
    assert {name: phase["status"] for name, phase in phases.items()} == dict.fromkeys(
        ("examples", "coverage", "fuzzing", "stateful"), "success"
    )
    assert report["test_cases"]["generated"] > least_cases
    counted = json.loads((tmp_path / "forms.json").read_text(encoding="utf-8"))
    assert all(counted.get(each, 0) > 1_000 for each in OTHER_FORMS[dialect]), counted
    assert "request_broke" not in server.log.read_text(encoding="utf-8")
