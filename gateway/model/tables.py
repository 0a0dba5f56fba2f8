"""Tables that are the program: what must have a row for each key says so when it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


def complete(what: str, table: Mapping[_Key, _Row], keys: Iterable[_Key]) -> dict[_Key, _Row]:
    """The table, which has exactly a row for each key; `TypeError` names what is missing or too much."""
    wanted = set(keys)
    missing, surplus = wanted - table.keys(), table.keys() - wanted
    if missing or surplus:
        said = [
            f"{word} {', '.join(sorted(map(_name, names)))}"
            for word, names in (("lacks", missing), ("has no use for", surplus))
            if names
        ]
        raise TypeError(f"The table of {what} {' and '.join(said)}.")
    return dict(table)


def _name(key: object) -> str:
    return key.__name__ if isinstance(key, type) else str(key)
