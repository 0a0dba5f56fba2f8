"""What nobody may delete, be it by a request, by a task or because its time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import Protected

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject

#: Why an object stays, behind its name.
INDESTRUCTIBLE = "is marked as indestructible"


def is_indestructible(each: StoredObject) -> bool:
    """Whether nobody may delete the object."""
    return bool(each.items.get("indestructible"))


def check_destructible(each: StoredObject) -> None:
    """`Protected` if nobody may delete the object."""
    if is_indestructible(each):
        raise Protected(f"'{each.name}' {INDESTRUCTIBLE}.")
