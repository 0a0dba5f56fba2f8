"""What full-text search looks at: the items, as a table, and the index text made of them.

The text is normalized, so that words are found whatever their case. Knows documents, no filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

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
    """The normalized texts of an object, one after the other; no word spans two of them."""
    found = SCHEMA.get(type_name)
    ancestry = found.ancestry if found else frozenset[str]()
    # Index texts are long and many: they would push the short ones out of the cache.
    return normalize.__wrapped__(
        " ".join(
            text
            for declared, names in TEXT_ITEMS.items()
            if declared in ancestry
            for name in names.split()
            for text in _texts(items.get(name))
        )
    )


def has_words(type_name: str, items: Document, words: tuple[str, ...]) -> bool:
    """Whether every word occurs in the object's texts."""
    text = index_text(type_name, items)
    return all(word in text for word in words)


def _texts(value: Json) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        text = each.get("orig") if isinstance(each, dict) else each
        if isinstance(text, str):
            yield text


def _in_document(type_name: str, document: str, words: str) -> bool:
    return has_words(type_name, orjson.loads(document), tuple(words.split()))


TEXT_FUNCTIONS: dict[str, tuple[int, Callable[..., Json]]] = {"taskgate_words": (3, _in_document)}
