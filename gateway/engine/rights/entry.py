"""What is asked of a caller where a request comes in, before it is looked at what is asked.

No more than a first gate: every verb asks for itself, of each object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.rights import permissions
from gateway.engine.rights.groups import sees
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.model.principal import Principal


#: For rights that are not about objects of one type.
EVERY_TYPE = "ObjectType"


def check_entry(principal: Principal, *rights: Right, every: str | None = None) -> None:
    """`NotAllowed` without one of the rights on some object or, if a type is named, on all of it."""
    if every is None:
        permissions.require_somewhere(principal, *rights)
        return
    for right in rights:
        permissions.require(principal, right, every)


def reads_whatever(principal: Principal, type_name: str, groups: Collection[str]) -> bool:
    """Whether any object of the type is the principal's to look at, limited to these groups or to none.

    If not, it has to be asked for each object.
    """
    return permits_every(principal, Right.READ, type_name) and sees(principal, groups)


def permits_every(principal: Principal, right: Right, type_name: str) -> bool:
    """Whether the principal has the right on every object of a type."""
    return permissions.may_all(principal, right, type_name)
