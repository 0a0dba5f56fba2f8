"""The versions of the API: what each serves, shows and filters by. Differences are data, not code.

Sources: api-specs of SailPoint at 81ef79d0 (2026-08-22) and their history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, tuple[str, ...]]

_ONE_OF = ("eq", "in")
_EARLY: Fields = {
    "id": _ONE_OF,
    "sourceId": _ONE_OF,
    "completionStatus": _ONE_OF,
    "type": _ONE_OF,
}
_MIDDLE: Fields = _EARLY | {"completionStatus": (*_ONE_OF, "isnull")}
_LATE: Fields = _MIDDLE | {"launcher": _ONE_OF}


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One version of the API."""

    #: What settings and documents call it.
    name: str
    #: Path segments before those of its routes.
    prefix: tuple[str, ...]
    #: Field to the operators that it may be filtered with.
    fields: Mapping[str, tuple[str, ...]] = field(hash=False)
    #: Which families of routes it has; see `api`.
    families: tuple[str, ...]
    #: The list shows tasks that are not done, too.
    shows_all: bool = True
    #: Says in each answer that this version was meant.
    routed_to: str = ""
    #: Requests count against this version's rate.
    counts_as: str = ""


#: Families of the versions that come once a year.
ANNUAL = ("list", "one", "pending", "process")

VERSIONS: tuple[Version, ...] = (
    Version(
        name="beta",
        prefix=("beta",),
        fields=_EARLY,
        families=ANNUAL,
        shows_all=False,
        counts_as="beta",
    ),
    Version(
        name="v2024",
        prefix=("v2024",),
        fields=_EARLY,
        families=ANNUAL,
        shows_all=False,
        counts_as="v2024",
    ),
    Version(name="v2025", prefix=("v2025",), fields=_MIDDLE, families=ANNUAL, counts_as="v2025"),
    # Pending tasks were taken out of v2026; clients of that time still ask for them.
    Version(name="v2026", prefix=("v2026",), fields=_LATE, families=ANNUAL, counts_as="v2026"),
    Version(
        name="latest",
        prefix=("latest",),
        fields=_LATE,
        families=ANNUAL,
        routed_to="v2026",
        counts_as="v2026",
    ),
    # Before the last row: /task-status/v1 is this version, not a task called v1. Each of its services
    # has a version of its own, which stands behind the service's name.
    Version(
        name="v1",
        prefix=("task-status", "v1"),
        fields=_LATE,
        families=("v1-list", "v1-one"),
        counts_as="v1",
    ),
    Version(
        name="v1",
        prefix=("identities", "v1"),
        fields=_LATE,
        families=("v1-process",),
        counts_as="v1",
    ),
    # The page "Get task status by ID" as it was first published names no version.
    Version(name="v2024", prefix=(), fields=_EARLY, families=("one",), counts_as="v2024"),
)
NAMES = tuple(dict.fromkeys(version.name for version in VERSIONS))
#: First segments of the vendor's paths, as expressions: versions, whether they are served or not, services
#: with the one version that they have behind their name, and what is older than versions.
MOUNTS = ("/beta", "/latest", "/v[0-9]+", "/cc", "/oauth", "/task-status", "/[a-z][a-z-]*/v1")


def find_version(segments: tuple[str, ...]) -> Version | None:
    """The version that a path belongs to; None if it is in no version."""
    is_bare = segments[0] == "task-status"
    return next(
        (v for v in VERSIONS if segments[: len(v.prefix)] == v.prefix and (v.prefix or is_bare)),
        None,
    )
