"""A client's environment appears whole or not at all, and is built again when its pins change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.clients import environments

if TYPE_CHECKING:
    from pathlib import Path

NAME = "nothing-1.0"


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pins of a client that needs no package, built in a folder of its own."""
    monkeypatch.setattr(environments, "BUILT", tmp_path / "built")
    monkeypatch.setattr(environments, "PINS", tmp_path)
    path = tmp_path / f"{NAME}.txt"
    path.write_text("# nothing\n")
    return path


def test_an_environment_is_built_once(pins: Path) -> None:
    python = environments.interpreter(NAME)
    made = python.lstat().st_mtime_ns
    assert environments.interpreter(NAME).lstat().st_mtime_ns == made


def test_those_who_need_an_environment_at_the_same_time_share_one_build(pins: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(environments.interpreter, [NAME] * 4))
    assert len({path.lstat().st_ino for path in made}) == 1
    assert {path.name for path in environments.BUILT.iterdir()} == {NAME, f".{NAME}.lock"}


def test_an_environment_is_built_anew_when_its_pins_change(pins: Path) -> None:
    left_over = environments.environment(NAME) / "left over"
    left_over.touch()
    pins.write_text("# nothing either\n")
    environments.environment(NAME)
    assert not left_over.exists()


def test_a_build_that_fails_says_why_and_leaves_no_environment(pins: Path) -> None:
    pins.write_text("./no-such-package.whl\n")
    with pytest.raises(RuntimeError, match=r"no-such-package\.whl"):
        environments.environment(NAME)
    assert not (environments.BUILT / NAME).exists()


def test_what_an_interrupted_build_left_is_thrown_away(pins: Path) -> None:
    partial = environments.BUILT / f".{NAME}.partial"
    partial.mkdir(parents=True)
    (partial / "half").touch()
    assert not (environments.environment(NAME) / "half").exists()
    assert not partial.exists()
