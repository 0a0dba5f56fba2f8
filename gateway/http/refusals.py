"""Logins that were refused: counted, and told in the log so far as a flood does not fill the disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from gateway.http.budgets import Budgets

if TYPE_CHECKING:
    from gateway.clock import Clock

log = structlog.get_logger(__name__)
#: Lines that are written at once, and further ones each second.
LINES, LINES_PER_SECOND = 20, 1.0
#: Characters of a name that are told.
TOLD = 64


class Reason(StrEnum):
    """Why a login was refused. Unknown names and wrong secrets are one: figures must not tell names."""

    MALFORMED = "malformed"
    CREDENTIALS = "credentials"
    NO_RIGHTS = "no_rights"
    THROTTLED = "throttled"
    BUSY = "busy"


class Way(StrEnum):
    """What somebody has proved to be, or has not."""

    USER = "user"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants to prove who they are."""

    way: Way
    #: The name or the client's id, as it was given.
    name: str
    #: The address that it comes from.
    source: str


class Refusals:
    """Keeps count of refused logins."""

    def __init__(self, clock: Clock) -> None:
        self._lines = Budgets(clock, most=LINES, per_second=LINES_PER_SECOND)
        self._untold = 0
        #: How many there were, by way and reason.
        self.counts: Counter[tuple[Way, Reason]] = Counter()

    def tell(self, attempt: Attempt, reason: Reason) -> None:
        """One more."""
        self.counts[attempt.way, reason] += 1
        if self._lines.wait(None):
            self._untold += 1
            return
        self._lines.spend(None)
        log.warning(
            "login_refused",
            way=attempt.way.value,
            name=attempt.name[:TOLD].encode("unicode_escape").decode("ascii"),
            source=attempt.source,
            reason=reason.value,
            untold_before=self._untold,
        )
        self._untold = 0
