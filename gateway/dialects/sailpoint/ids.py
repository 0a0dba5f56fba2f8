"""Ids: UUIDs, which this vendor writes as 32 digits; read in any spelling, written in one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UUID = re.compile(r"([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})")


def read_oid(text: str) -> str:
    """The oid that an id says, with or without dashes, in any case; what is no UUID as it is."""
    found = _UUID.fullmatch(text.lower())
    return text if found is None else "-".join(found.group(1, 3, 4, 5, 6))


@dataclass(frozen=True, slots=True)
class Ids:
    """How ids are written."""

    #: As the vendor does, without dashes.
    is_compact: bool = False

    def write_id(self, oid: str) -> str:
        """The id that an oid is shown as; what is no UUID as it is."""
        is_short = self.is_compact and _UUID.fullmatch(oid) is not None
        return oid.replace("-", "") if is_short else oid
