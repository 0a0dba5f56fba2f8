"""Validators of what a client has: `ETag`, `If-Match` and `If-None-Match` (RFC 9110, 8.8.3 and 13.1)."""

from __future__ import annotations

from hashlib import blake2b

ANY = b"*"


def etag_of(content: bytes) -> bytes:
    """A weak validator, which changes with what is shown."""
    return b'W/"%s"' % blake2b(content, digest_size=12).hexdigest().encode()


def matches(header: bytes, etag: bytes) -> bool:
    """Whether one of the header's validators is this one, weak or not, or stands for all."""
    given = {part.strip().removeprefix(b"W/") for part in header.split(b",")}
    return ANY in given or etag.removeprefix(b"W/") in given
