"""Whether something is in force: by its lifecycle, its administrative status and when it is valid.

Pure functions over items with `activation` (objects, assignments, inducements) and an instant as
`gateway.clock.write_instant` writes it, so that what is over counts no more although nobody touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document

ENABLED, DISABLED, ARCHIVED = "enabled", "disabled", "archived"
INACTIVE_LIFECYCLES = frozenset({"draft", "proposed", "suspended", "failed"})


def validity(activation: Document, now: str) -> str | None:
    """`before`, `in` or `after` the validity interval; None without one."""
    valid_from, valid_to = activation.get("validFrom"), activation.get("validTo")
    if valid_from is None and valid_to is None:
        return None
    if valid_from is not None and now < valid_from:
        return "before"
    if valid_to is not None and now >= valid_to:
        return "after"
    return "in"


def effective_status(items: Document, now: str) -> str:
    """`enabled`, `disabled` or `archived`, from lifecycle, administrative status and validity."""
    lifecycle = items.get("lifecycleState")
    if lifecycle == ARCHIVED:
        return ARCHIVED
    if lifecycle in INACTIVE_LIFECYCLES:
        return DISABLED
    activation: Document = items.get("activation", {})
    administrative: str | None = activation.get("administrativeStatus")
    if administrative is not None:
        return administrative
    return DISABLED if validity(activation, now) in ("before", "after") else ENABLED


def is_in_force(items: Document, now: str) -> bool:
    """Whether it counts at the instant.

    A raw write may set the status that is otherwise derived, so a stored one counts, too; but not
    where it follows from an interval: it was true when it was stored.
    """
    activation: Document = items.get("activation", {})
    is_timed = validity(activation, now) is not None and "administrativeStatus" not in activation
    stored = ENABLED if is_timed else activation.get("effectiveStatus", ENABLED)
    return stored == ENABLED and effective_status(items, now) == ENABLED


def turns(items: Document) -> Iterator[str]:
    """Instants at which the object, an assignment or an inducement of it begins or ceases to count."""
    for each in (items, *items.get("assignment", ()), *items.get("inducement", ())):
        activation: Document = each.get("activation", {})
        for name in ("validFrom", "validTo"):
            if name in activation:
                yield activation[name]
