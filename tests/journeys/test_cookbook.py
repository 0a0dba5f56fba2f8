"""The cookbook's commands do what it says, one after the other against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.serving import PASSWORD, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory

COOKBOOK = ROOT / "docs" / "cookbook.md"
#: Where the document's reader has a server.
URL = "http://127.0.0.1:8080"
END = "@@ the end of a block:"
_BLOCK = re.compile(
    r"```bash\n(?P<commands>.*?)```\n(?:\n```text\n(?P<expected>.*?)```\n)?", re.DOTALL
)
ANYTHING = "..."


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Commands and what they write."""

    commands: str
    expected: str

    def is_met_by(self, written: str) -> bool:
        """Whether that is what they write."""
        pattern = ".*".join(re.escape(each) for each in self.expected.strip().split(ANYTHING))
        return re.fullmatch(pattern, written.strip(), re.DOTALL) is not None


def recipes() -> list[Recipe]:
    text = COOKBOOK.read_text(encoding="utf-8")
    return [
        Recipe(commands=found["commands"], expected=found["expected"] or "")
        for found in _BLOCK.finditer(text)
    ]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the samples and the command."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "taskgate"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m gateway "$@"\n')
    command.chmod(0o755)
    return tmp_path


def test_every_recipe_says_what_it_writes() -> None:
    text = COOKBOOK.read_text(encoding="utf-8")
    found = recipes()
    assert len(found) == text.count("```bash") == text.count("\n## ") + 1
    for each in found[1:]:
        assert each.expected.replace(ANYTHING, "").strip(), each.commands


def test_the_commands_write_what_the_cookbook_says(
    make_server: ServerFactory, workplace: Path
) -> None:
    server, found = make_server(), recipes()
    assert PASSWORD in found[0].commands
    script = "\n".join(f"{each.commands}\necho; echo '{END}' $?" for each in found)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TASKGATE_")}
    played = subprocess.run(
        ["bash", "-c", script.replace(URL, server.url)],
        cwd=workplace,
        env=ours | {"PATH": f"{workplace / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    pieces = re.split(rf"\n{END} (\d+)\n", played.stdout)
    written, codes = pieces[:-1:2], pieces[1::2]
    for each, output, code in zip(found, written, codes, strict=True):
        assert code == "0", (each.commands, output, played.stderr)
        assert each.is_met_by(output), f"{each.commands}\n{output}\n{played.stderr}"
