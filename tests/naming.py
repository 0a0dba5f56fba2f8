"""Names on a server that tests share: none is fixed.

A fixture of a module is set up again whenever a test of its module follows one of another, and
tests come in any order. What must be unique on the server has to have its name from `unique()`.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.serving import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Names in the samples: who imports them again overwrites what is there.
SAMPLES = frozenset(
    name
    for path in (ROOT / "samples").rglob("*.json")
    for name in re.findall(r'"name": "([^"]+)"', path.read_text("utf-8"))
)
#: What a second one of the same name would be refused for.
TAKEN = """
SELECT name FROM object WHERE type <> 'TaskType'
UNION SELECT id FROM client
UNION SELECT identifier FROM task
"""
#: Random identities, and the server's own numbers of tasks, are as good as `unique()`.
_GENERATED = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|\d{13}-\d+-\d+")


@dataclass
class Names:
    """The names that are taken on the server over the database; those at the start are its own."""

    database: Path
    known: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.known = self._taken() | SAMPLES

    def new_fixed(self) -> list[str]:
        """The names since the last call that the next one who uses them would not get."""
        new = self._taken() - self.known
        self.known |= new
        return sorted(name for name in new if not is_unique(name))

    def _taken(self) -> set[str]:
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as opened:
            return {row[0] for row in opened.execute(TAKEN)}


def is_unique(name: str) -> bool:
    """Is the name from `unique()` in this process, or generated?"""
    ours = re.search(rf"(?<!\d){os.getpid()}\D\d", name)
    return ours is not None or _GENERATED.search(name.lower()) is not None
