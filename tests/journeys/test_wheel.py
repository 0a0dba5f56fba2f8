"""The wheel carries everything that the package reads: grammar, SQL, pages."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from tests.serving import ROOT, unmeasured

if TYPE_CHECKING:
    from pathlib import Path

USE = """
import asyncio, pathlib, sys
from importlib.resources import files
import gateway
from gateway.clock import SystemClock
from gateway.engine.activities.base import nameable
from gateway.query import compile_filter, render
from gateway.store.sqlite.store import SqliteStore

async def store():
    await (await SqliteStore.open(pathlib.Path("wheel.db"), SystemClock())).close()

assert "unpacked" in gateway.__file__, gateway.__file__
assert (files("gateway") / "_grammar" / "mql.lark").is_file()
assert (files("gateway.http") / "static" / "docs.js").is_file()
assert {"noOp", "recomputation"} <= set(nameable()), nameable()
asyncio.run(store())
print(render(compile_filter("name = 'x'", "UserType").tree))
"""


def test_an_installed_wheel_parses_a_filter_and_opens_a_store(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, env=unmeasured(), check=True, capture_output=True)
    [wheel] = tmp_path.glob("taskgate-*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    used = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.returncode == 0, used.stderr
    assert "name" in used.stdout
