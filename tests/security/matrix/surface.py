"""All routes that there are, read off the tables that the server itself routes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import Mock

from gateway.dialects.itential import api as itential
from gateway.dialects.itential.names import OPERATIONS
from gateway.dialects.midpoint import actuator
from gateway.dialects.midpoint import api as midpoint
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.dialects.sailpoint import api as sailpoint
from gateway.dialects.sailpoint import oauth
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.http.pages import OwnPages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REST = "/midpoint/ws/rest"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


@dataclass(frozen=True, slots=True)
class Place:
    """A path with `{...}` for what is chosen, and the methods that are served there."""

    dialect: str
    path: str
    methods: tuple[str, ...]
    #: What the table of what is allowed calls the path.
    row: str
    #: Of midPoint's.
    collection: str = ""

    @property
    def unserved(self) -> tuple[str, ...]:
        """The other methods."""
        return tuple(each for each in METHODS if each not in self.methods)


def places() -> tuple[Place, ...]:
    """Every one of every dialect, and of the pages."""
    return (*_of_midpoint(), *_of_sailpoint(), *_of_itential(), *_of_pages())


def _with_head(methods: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(methods)
    return (*found, *(["HEAD"] if "GET" in found and "HEAD" not in found else []))


def _of_midpoint() -> Iterator[Place]:
    for collection in COLLECTIONS:
        for path, methods in midpoint.routes_of(collection).items():
            below = path.removeprefix(f"/{collection}")
            yield Place("midpoint", REST + path, _with_head(methods), below or "/", collection)
    for path, methods in midpoint.ROOT_ROUTES.items():
        name = path.rpartition("/")[2]
        is_upsert = name in COLLECTIONS
        row = "/upsert/{collection}" if is_upsert else f"/{path}"
        yield Place("midpoint", REST + path, _with_head(methods), row, name if is_upsert else "")
    for path, open_methods in actuator.ROUTES.items():
        yield Place("midpoint open", path, _with_head(open_methods), path)


def _of_sailpoint() -> Iterator[Place]:
    for version in VERSIONS:
        for path, methods in sailpoint.routes_of(version).items():
            # What paths of all versions have in common: their first operation.
            row = next(iter(methods.values())).operation
            yield Place("sailpoint", path, _with_head(methods), row)
    for path, open_methods in oauth.ROUTES.items():
        yield Place("oauth", path, _with_head(open_methods), path)


def _of_itential() -> Iterator[Place]:
    for path, methods in itential.ROUTES.items():
        yield Place("itential", path, _with_head(methods), path)
        if path.startswith(OPERATIONS[0]):
            other = path.replace(OPERATIONS[0], OPERATIONS[1], 1)
            yield Place("itential", other, _with_head(methods), path)
    for path, open_methods in itential.OPEN.items():
        yield Place("itential open", path, _with_head(open_methods), path)


def _of_pages() -> Iterator[Place]:
    """One place a path: several routes may serve it, each some methods."""
    served: dict[str, dict[str, None]] = {}
    for route in OwnPages(Mock())._app.routes:
        methods = served.setdefault(route.path, {})  # type: ignore[attr-defined]  # they are all plain routes
        methods.update(dict.fromkeys(sorted(route.methods)))  # type: ignore[attr-defined]  # see above
    for path, methods in served.items():
        yield Place("pages", path, tuple(methods), path)
