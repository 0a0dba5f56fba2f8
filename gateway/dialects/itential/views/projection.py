"""Which keys of a document an answer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.documents import Document, Json


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProjection:
    """Which keys an answer shows; nothing named shows all."""

    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()

    def of(self, document: Document) -> Document:
        """The document with the wanted keys."""
        if self.include:
            kept = self.include | ({"_id"} - self.exclude)
            return _pick_fields(document, kept)
        if self.exclude:
            return _drop_paths(document, self.exclude)
        return document


ALL = FieldProjection()


def _pick_fields(document: Document, paths: Iterable[str]) -> Document:
    found: Document = {}
    for path in paths:
        head, _, rest = path.partition(".")
        if head not in document:
            continue
        value = document[head]
        if rest and isinstance(value, dict):
            found[head] = {**found.get(head, {}), **_pick_fields(value, [rest])}
        elif not rest:
            found[head] = value
    return found


def _drop_paths(document: Document, paths: Iterable[str]) -> Document:
    found = dict(document)
    for path in paths:
        head, _, rest = path.partition(".")
        if not rest:
            found.pop(head, None)
        elif isinstance(found.get(head), dict):
            found[head] = _drop_paths(found[head], [rest])
    return found


def parse_projection(plain: Mapping[str, Json], targets: Iterable[str]) -> FieldProjection:
    """The keys that are wanted; `exclude` beside `include` may only be `_id`."""
    include, exclude = _names(plain, "include"), _names(plain, "exclude")
    if include and exclude - {"_id"}:
        raise InvalidRequest("Beside 'include', 'exclude' may only be '_id'.")
    unsupported = sorted(_names(plain, "dereference") - set(targets))
    if unsupported:
        raise InvalidRequest(f"Unsupported dereference target(s): {', '.join(unsupported)[:200]}")
    return FieldProjection(include=include, exclude=exclude)


def _names(plain: Mapping[str, Json], name: str) -> frozenset[str]:
    value = plain.get(name, "")
    parts = value if isinstance(value, list) else str(value).split(",")
    return frozenset(str(part).strip() for part in parts) - {""}
