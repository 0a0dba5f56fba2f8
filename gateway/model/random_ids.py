"""Random UUIDs, made from random bytes that are fetched many at a time.

Each fetch lets other threads run first, which under load takes longer than the rest of a request.
"""

from __future__ import annotations

import os
from uuid import UUID

#: Bytes fetched at once; sixteen make one.
FETCHED = 4_096

_left = bytearray()


def random_uuid() -> str:
    """A random UUID (version 4) as text. To be called from one thread."""
    if not _left:
        _left.extend(os.urandom(FETCHED))
    chosen = bytes(_left[-16:])
    del _left[-16:]
    return str(UUID(bytes=chosen, version=4))
