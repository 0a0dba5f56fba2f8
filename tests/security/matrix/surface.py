"""All routes that there are, read off the tables that the server itself routes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import Mock

from gateway.dialects.itential import routes as itential
from gateway.dialects.itential.names import OPERATIONS
from gateway.dialects.midpoint import routes as midpoint
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.dialects.sailpoint import routes as sailpoint
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.http.pages import OwnPages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REST = "/midpoint/ws/rest"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
#: Below `/oauth`, where a question decides and no table.
OAUTH = {"/oauth/token": ("POST",), "/oauth/info": ("GET", "HEAD")}


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
        for segments, methods in midpoint.routes_of(collection).items():
            below = "".join(f"/{'{oid}' if each == '*' else each}" for each in segments)
            path, served = f"{REST}/{collection}{below}", _with_head(methods)
            yield Place("midpoint", path, served, below or "/", collection)
    for segments, methods in midpoint.ROOT_ROUTES.items():
        name = segments[-1]
        is_upsert = name in COLLECTIONS
        row = "/upsert/{collection}" if is_upsert else f"//{'/'.join(segments)}"
        path, served = f"{REST}/{'/'.join(segments)}", _with_head(methods)
        yield Place("midpoint", path, served, row, name if is_upsert else "")


def _of_sailpoint() -> Iterator[Place]:
    for version in VERSIONS:
        for path in sailpoint.paths_of(version):
            row = _family(path)
            template = sailpoint.template(version, path)
            yield Place("sailpoint", template, sailpoint.allow(path), row)
    for template, methods in OAUTH.items():
        yield Place("oauth", template, methods, template)


def _family(path: sailpoint.Path) -> str:
    """What paths of all versions have in common: their first operation."""
    return next(iter(path.methods.values())).operation


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
