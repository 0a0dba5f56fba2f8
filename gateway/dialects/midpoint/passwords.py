"""Passwords in what clients send: taken out of it, held against the policy, and kept as hashes.

Nothing of them stays in a document, so no answer, export or log can show one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.engine.objects.checks import CREDENTIALS, secret_item
from gateway.engine.verbs.accounts import CLEAR_PASSWORD, hash_checked
from gateway.errors import SchemaViolation
from gateway.model.delta import apply_deltas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dialects.midpoint.calls import MidpointServices
    from gateway.model.delta import ItemDelta
    from gateway.model.documents import Document

#: Path of the item that values are made for.
VALUE_PATH = "/".join(CLEAR_PASSWORD[:-1])
#: The password of who has none any more.
NONE = ""


async def take_password(
    services: MidpointServices, type_name: str, items: Document
) -> tuple[Document, str | None]:
    """The items without the password, and its hash; None if there is no password in them."""
    secret = secret_item(type_name)
    if secret not in items:
        return items, None
    rest = {name: value for name, value in items.items() if name != secret}
    text = _text(items)
    return rest, None if text is None else await hash_checked(services.engine, text)


async def take_password_change(
    services: MidpointServices, deltas: Sequence[ItemDelta]
) -> tuple[list[ItemDelta], str | None]:
    """The other changes, and what the password becomes: a hash, `NONE`, or None: what it is."""
    own = [each for each in deltas if each.path.steps[0].item.type == CREDENTIALS]
    rest = [each for each in deltas if each.path.steps[0].item.type != CREDENTIALS]
    if not own:
        return rest, None
    deleted = [replace(each, kind="add") for each in own if each.kind == "delete"]
    if _text(apply_deltas({}, deleted)) is not None:
        raise SchemaViolation(
            "A password is not deleted by its value, which nobody can see; replace it with nothing.",
            path=VALUE_PATH,
        )
    text = _text(apply_deltas({}, own))
    if text is not None:
        return rest, await hash_checked(services.engine, text)
    removes = any(each.kind == "replace" for each in own)
    return rest, NONE if removes else None


def _text(items: Document) -> str | None:
    value: Any = items
    for name in CLEAR_PASSWORD:
        value = value.get(name, {})
    return value if isinstance(value, str) else None
