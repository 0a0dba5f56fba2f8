"""Reads the parts of a work definition that the schema leaves open: members, lists, plain values.

Knows nothing of what they mean. Errors name the place in the definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation, Unsupported
from gateway.model.schema import nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.model.documents import Document, Json

#: Execution options that have nothing to act on here: no accounts, approvals or encrypted values.
IDLE_OPTIONS = frozenset(
    "reconcile reconcileFocus reconcileAffected force pushChanges limitPropagation noCrypt "
    "skipApprovals".split()
)


def bare(name: str) -> str:
    """A name without namespace or prefix."""
    return name.rsplit("#", 1)[-1].rsplit(":", 1)[-1]


def structure(given: Json, place: str) -> Document:
    """The members by bare name, without those that begin with `@`; `SchemaViolation` for no object."""
    if not isinstance(given, dict):
        raise SchemaViolation(f"'{place}' must be a JSON object.", path=place)
    return {bare(key): value for key, value in given.items() if not key.startswith("@")}


def members(given: Json, known: Collection[str], place: str) -> Document:
    """The same; `SchemaViolation` for one that is not known."""
    found = structure(given, place)
    for name in found:
        if name not in known:
            raise SchemaViolation(
                f"'{place}' has no '{name[:80]}'.",
                path=f"{place}/{name[:80]}",
                suggestion=nearest(name, tuple(known)),
            )
    return found


def list_values(given: Json) -> list[Json]:
    """The values, whether none, one or several were given."""
    if isinstance(given, list):
        return given
    return [] if given is None else [given]


def unwrap_value(given: Json) -> Json:
    """The value beside its type."""
    return given["@value"] if isinstance(given, dict) and "@value" in given else given


def text(given: Json, place: str) -> str:
    """A plain text that is not empty."""
    given = unwrap_value(given)
    if not isinstance(given, str) or not given.strip():
        raise SchemaViolation(f"'{place}' must be a text.", path=place)
    return given.strip()


def flag(given: Json, place: str) -> bool:
    """A boolean, as such or as text."""
    given = unwrap_value(given)
    if isinstance(given, str) and given.strip().lower() in ("true", "false"):
        return given.strip().lower() == "true"
    if not isinstance(given, bool):
        raise SchemaViolation(f"'{place}' must be true or false.", path=place)
    return given


def raw_option(given: Json, place: str, *, default: bool = False) -> bool:
    """Whether execution options ask for raw changes; those that would be ignored are refused."""
    options = structure({} if given is None else given, place)
    for name in options.keys() - IDLE_OPTIONS - {"raw"}:
        raise Unsupported(f"The execution option '{name[:80]}' (in '{place}') is not supported.")
    return flag(options["raw"], f"{place}/raw") if "raw" in options else default
