"""What full-text search looks at: the items, as a table, and the index text made of them.

The text is normalized, so that words are found whatever their case. Knows documents, no filters.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.model.documents import normalize
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.model.documents import Document, Json

#: Item paths of a type and of its subtypes.
TEXT_ITEMS = {
    "ObjectType": "name description documentation",
    "FocusType": "emailAddress telephoneNumber locality",
    "UserType": (
        "fullName givenName familyName additionalName nickName displayName title "
        "employeeNumber personalNumber organization organizationalUnit"
    ),
    "AbstractRoleType": "displayName identifier",
}


def index_text(type_name: str, items: Document) -> str:
    """The normalized texts of an object; a line break stands between two of them."""
    found = SCHEMA.get(type_name)
    ancestry = found.ancestry if found else frozenset[str]()
    return "\n".join(
        normalize(text)
        for declared, names in TEXT_ITEMS.items()
        if declared in ancestry
        for name in names.split()
        for text in _texts(items.get(name))
    )


def _texts(value: Json) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        text = each.get("orig") if isinstance(each, dict) else each
        if isinstance(text, str):
            yield text


def _of_document(type_name: str, document: str) -> str:
    return index_text(type_name, json.loads(document))


TEXT_FUNCTIONS: dict[str, tuple[int, Callable[..., Json]]] = {"taskgate_text": (2, _of_document)}
