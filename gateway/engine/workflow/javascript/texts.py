"""Texts as sequences of UTF-16 units: positions and lengths count those."""

from __future__ import annotations

_LAST_OF_ONE_UNIT = "\uffff"


def _is_plain(text: str) -> bool:
    """Whether every character is one unit."""
    return text.isascii() or max(text) <= _LAST_OF_ONE_UNIT


def length(text: str) -> int:
    """The number of units."""
    if _is_plain(text):
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, start: int, end: int) -> str:
    """The units from a position to another one."""
    if _is_plain(text):
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


def split_units(text: str) -> list[str]:
    """Each unit as a text."""
    if _is_plain(text):
        return list(text)
    return [cut(text, index, index + 1) for index in range(length(text))]


def position(text: str, index: int) -> int:
    """The units before the character at an index of ours; -1 stays."""
    return index if index < 0 else length(text[:index])


def order(text: str) -> bytes:
    """What texts sort by."""
    return text.encode("utf-16-be", "surrogatepass")
