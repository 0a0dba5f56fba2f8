"""One package a vendor's API. A further one is new files, and its name in `DIALECTS`.

A dialect knows the engine's verbs and HTTP, and no other dialect. It has

- `names.py`, or `versions.py` where there are many: mounts, and what the vendor calls things;
- `api.py`: the table of routes, each with its handler, the vendor's operation and the rights that let
  in, and a subclass of `gateway.http.dialect.ApiDialect` whose hooks say who asks, which route it is,
  whether they may, how a handler is called, and what an error looks like. HEAD, 405 with `Allow`, the
  answer to what breaks, and counting are there already;
- `calls.py`: `Services`, what handlers work with, and `Call`, one routed request;
- `handlers.py`, or several of that kind: read the request, call one verb of the engine with the
  caller, write the answer. Rights on objects are the verb's to ask, never a handler's;
- `errors.py`: our errors in the vendor's form, with `gateway.http.dialect.error_headers`;
- `query.py` and the like: the vendor's filters, compiled to `gateway.query`'s conditions;
- `wire/` and `views/`: how bodies are read, and how objects are shown;
- `openapi/`: the document, made from the same table of routes;
- `dialect.py`: all of that as one value, `DIALECT`, of the class `gateway.dialects.base.Dialect`.

Numbers in texts are read by `gateway.http.numerals`, media types by `gateway.http.negotiation`,
validators by `gateway.http.validators`, bodies by `gateway.http.json_body`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.dialects.base import Dialect

#: Packages below this one. The first whose paths fit a request answers it.
DIALECTS = ("midpoint", "sailpoint", "itential")


def load_dialects() -> tuple[Dialect, ...]:
    """All dialects.

    By name and not by import, as worker processes and the command line read parts of one of them
    and would wait for all.
    """
    return tuple(import_module(f"{__name__}.{name}.dialect").DIALECT for name in DIALECTS)
