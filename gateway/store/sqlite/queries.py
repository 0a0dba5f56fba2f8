"""Named SQL: each statement stands in a `.sql` file behind a line `-- name: what_it_does`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def load(file: str) -> dict[str, str]:
    """The statements of `sql/<file>.sql`, by name."""
    text = (files("gateway.store") / "sql" / f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {
        name: statement.strip().rstrip(";")
        for name, statement in zip(parts[::2], parts[1::2], strict=True)
    }


def migrations() -> list[tuple[int, str]]:
    """Number and text of each migration, in order."""
    folder = files("gateway.store") / "sql" / "migrations"
    found = [(int(f.name[:4]), f.read_text(encoding="utf-8")) for f in folder.iterdir()]
    return sorted(found)
