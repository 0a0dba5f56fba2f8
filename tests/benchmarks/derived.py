"""Whether the engine and the loop by hand have written the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_USERS = """
SELECT o.seq, o.doc, o.version, (SELECT count(*) FROM outcome x WHERE x.owner = o.seq),
       (SELECT json_group_array(json_array(path, ordinal, target, target_type, relation))
        FROM reference r WHERE r.owner = o.seq)
FROM object o WHERE o.type = 'UserType' ORDER BY o.seq
"""


def same_results(one: Path, other: Path) -> None:
    """Raise for the first user that differs; only who changed it and when may differ."""
    for left, right in zip(_users(one), _users(other), strict=True):
        if left != right:
            raise RuntimeError(f"The engine wrote {left}, the loop {right}")


def _users(database: Path) -> Iterator[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        for seq, text, *rest in connection.execute(_USERS):
            document = orjson.loads(text)
            metadata = document.pop("metadata", {})
            yield seq, document, sorted(metadata), *rest
