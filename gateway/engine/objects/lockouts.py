"""What would become of an account or role that must not lose its effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.documents import orig
from gateway.model.principal import ROLE_OIDS
from gateway.model.validity import is_in_force, turns

if TYPE_CHECKING:
    from gateway.model.documents import Document


def problem(before: Document, after: Document, now: str) -> str | None:
    """What would become of a protected object, now or later, that must not; None if nothing."""
    if orig(before["name"]) != orig(after["name"]):
        return "be renamed"
    ahead = {turn for items in (before, after) for turn in turns(items) if turn > now}
    for at in (now, *sorted(ahead)):
        later = "" if at == now else f" from {at} on"
        if is_in_force(before, at) and not is_in_force(after, at):
            return f"be disabled{later}"
        if _roles(before, at) - _roles(after, at):
            return f"be stripped of roles{later}"
    return None


def _roles(items: Document, now: str) -> set[str]:
    return {
        value["targetRef"]["oid"]
        for value in items.get("assignment", ())
        if value.get("targetRef", {}).get("oid") in ROLE_OIDS.values()
        and value["targetRef"].get("relation", "default") == "default"
        and is_in_force(value, now)
    }
