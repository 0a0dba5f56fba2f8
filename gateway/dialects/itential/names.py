"""The vendor's names: paths, roles, statuses, and ids in its form."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

#: Path prefixes of this dialect; one client writes the first with an underscore.
OPERATIONS = ("/operations-manager", "/operations_manager")
MOUNTS = (
    *OPERATIONS,
    "/login",
    "/whoami",
    "/health",
    "/authorization",
    "/automation-studio",
    "/workflow_engine",
)
#: Who has done what nobody did.
SYSTEM_ACTOR = "Pronghorn"
#: At most 2021.1 would send a client to routes that are not here.
RELEASE = "2023.2.7"
SERVER_ID = "taskgate"

SHORT_ID = re.compile(r"[0-9a-f]{24}")
STEP_KEY = re.compile(r"[0-9a-f]{1,4}|error_handler")
ITEM_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@lru_cache(maxsize=4_096)
def short_id(key: str) -> str:
    """The id of 24 hex digits that an account's oid, or a group's or an object's name, stands under.

    Digits cut out of an oid would not do: those that people choose differ in a few digits only.
    """
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
