"""What a client would like (RFC 7240): so far, how long it would wait for news."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.http.numerals import is_digits, natural

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longest wait, in seconds, whatever a client would like.
MAX_WAIT = 60
#: A preference with its value, if it has one; parameters behind it are passed over.
_PREFERENCE = re.compile(
    r"""\s* (?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
        (?: \s*=\s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<token>[!#$%&'*+.^_`|~0-9A-Za-z-]*) ) )?
        (?P<parameters> (?: \s*; (?: [^",;] | "(?:[^"\\]|\\.)*" )* )* ) \s*""",
    re.VERBOSE,
)


def read_wait(headers: Iterable[str]) -> int | None:
    """Seconds that the client would wait, at most `MAX_WAIT`; None if it says nothing that can be read.

    Args:
        headers: the values of all `Prefer` headers. The first `wait` counts, as the RFC says; one
            that is no number of seconds is ignored, and so is a header that is not well formed.
    """
    for header in headers:
        for name, value in _preferences(header):
            if name == "wait":
                wanted = natural(value, MAX_WAIT)
                return MAX_WAIT if wanted is None and is_digits(value) else wanted
    return None


def _preferences(header: str) -> list[tuple[str, str]]:
    """Names in lower case and values, empty if missing; nothing if the header is malformed."""
    found: list[tuple[str, str]] = []
    position = 0
    while True:
        match = _PREFERENCE.match(header, position)
        if match is None:
            return []
        found.append((match["name"].lower(), match["quoted"] or match["token"] or ""))
        position = match.end()
        if position == len(header):
            return found
        if header[position] != ",":
            return []
        position += 1
