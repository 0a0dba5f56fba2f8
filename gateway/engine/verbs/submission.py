"""An object that a caller hands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """An object that a caller hands in."""

    type: str
    items: Document
    oid: str | None = None
    #: Replace an existing object of that oid.
    overwrite: bool = False
    #: Store it as it is, without what usually follows from it.
    raw: bool = False
    #: What must hold for the object that is replaced; it must exist then.
    precondition: Callable[[StoredObject], bool] | None = None
    #: An object of that oid stays as it is if nothing but what the server fills in would differ.
    keeps_equal: bool = False
    #: The hash of the password that the user logs in with.
    password: str | None = field(default=None, repr=False)
