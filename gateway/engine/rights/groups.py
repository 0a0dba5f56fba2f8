"""Who sees what is limited to groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import AlreadyExists, NotFound
from gateway.model.job import EVERYBODY
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.model.documents import StoredObject
    from gateway.model.principal import Principal


def groups_of(principal: Principal) -> frozenset[str] | None:
    """The groups by which somebody sees what is limited; None: it is no limit for them."""
    return None if principal.may(Right.SUPERVISE) else principal.groups


def sees(principal: Principal, groups: Collection[str]) -> bool:
    """Whether somebody may see what is limited to these groups."""
    return (
        not groups
        or EVERYBODY in groups
        or principal.may(Right.SUPERVISE)
        or not principal.groups.isdisjoint(groups)
    )


def check_sees(principal: Principal, groups: Collection[str], what: str) -> None:
    """What may not be seen is not there: `NotFound`."""
    if not sees(principal, groups):
        raise NotFound(f"{what} not found")


def check_members(principal: Principal, stored: StoredObject) -> None:
    """`AlreadyExists` if it is a workflow that the principal may not see; it tells no more than must be."""
    if stored.type == "WorkflowType" and not sees(principal, stored.items.get("group", ())):
        raise AlreadyExists(f"The name '{stored.name}' is taken.")
