"""Tests that need a program of the machine: skipped without it, failed where it is required."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.programs import PROGRAMS, REQUIRE
from tests.serving import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MARKED = """
import pytest

@pytest.fixture
def never_without_the_program():
    raise LookupError("was set up")

@pytest.mark.browser
def test_with_a_browser(): pass

@pytest.mark.browser
def test_with_more_than_that(never_without_the_program): pass
"""


def run(tmp_path: Path, *installed: str, require: str = "") -> subprocess.CompletedProcess[str]:
    """A run of the marked tests on a machine with these programs."""
    for name in installed:
        (tmp_path / name).touch(mode=0o700)
    (tmp_path / "test_marked.py").write_text(MARKED)
    plugins = "-p no:randomly -p no:cacheprovider -p tests.programs".split()
    where = ["-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rsfE", "--strict-markers", *plugins, *where],
        cwd=ROOT,
        env={"PATH": str(tmp_path), REQUIRE: require},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_a_program_is_missing_its_tests_are_skipped_with_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 skipped" in done.stdout
    assert "needs Chromium and its driver, which this machine does not have" in done.stdout


def test_where_it_is_there_they_run(tmp_path: Path) -> None:
    done = run(tmp_path, "chromium", "chromedriver", require="browser")
    assert "1 passed, 1 error" in done.stdout


def test_where_it_is_required_they_fail_without_it(tmp_path: Path) -> None:
    done = run(tmp_path, require="browser")
    assert done.returncode == 1
    assert "2 errors" in done.stdout
    assert f"{REQUIRE} names browser, but Chromium and its driver is missing" in done.stdout
    assert "LookupError" not in done.stdout


def test_a_requirement_that_no_test_has_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, require="brwoser")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "brwoser" in done.stderr
    for marker in PROGRAMS:
        assert marker in done.stderr
