"""Keeps people from locking themselves and everybody else out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.recompute import effective_status
from gateway.errors import Protected
from gateway.model.documents import orig
from gateway.model.principal import ROLE_OIDS, SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal
    from gateway.store.base import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Safeguard:
    """Refuses changes that would take a protected account's or role's effect away."""

    principal: Principal
    accounts: Sequence[Account]

    def check(
        self, before: StoredObject, items: Document | None, now: str, password: str | None = None
    ) -> None:
        """Raise `Protected` if `items` (None: deletion) may not become the object's content.

        An empty `password` takes the present one away.
        """
        reason = self._protected(before.oid)
        if reason is None:
            return
        refused = "be deleted" if items is None else problem(before.items, items, now)
        if refused is None and password == "":
            refused = "be left without a password"
        if refused is not None:
            raise Protected(f"'{before.name}' cannot {refused}: it is {reason}.")

    def _protected(self, oid: str) -> str | None:
        if oid in ROLE_OIDS.values():
            return "a built-in role"
        if oid == self.principal.oid:
            return "your own account"
        superusers = [
            each.oid
            for each in self.accounts
            if each.is_enabled and each.password and SUPERUSER in each.roles
        ]
        return "the last enabled superuser" if superusers == [oid] else None


def problem(before: Document, after: Document, now: str) -> str | None:
    """What would become of a protected object that must not; None if nothing."""
    if orig(before["name"]) != orig(after["name"]):
        return "be renamed"
    if _status(before, now) == "enabled" and _status(after, now) != "enabled":
        return "be disabled"
    if _roles(before, now) - _roles(after, now):
        return "be stripped of roles"
    return None


def _status(items: Document, now: str) -> str:
    # Raw writes may set what is otherwise derived, so both count.
    derived: str = items.get("activation", {}).get("effectiveStatus", "enabled")
    return effective_status(items, now) if derived == "enabled" else derived


def _roles(items: Document, now: str) -> set[str]:
    return {
        value["targetRef"]["oid"]
        for value in items.get("assignment", ())
        if value.get("targetRef", {}).get("oid") in ROLE_OIDS.values()
        and value["targetRef"].get("relation", "default") == "default"
        and _status(value, now) == "enabled"
    }
