"""Objects go from JSON to XML to YAML and back to JSON, and are the same after each step.

`python -m tests.conformance.forms.chain --objects 10000` runs it at length.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.wire.forms import BY_NAME
from gateway.dialects.midpoint.wire.names import ROOT_OF
from gateway.dialects.midpoint.wire.read import Reader
from gateway.dialects.midpoint.wire.write import items_of
from gateway.http.json_body import BodyLimits
from gateway.model.documents import same
from tests.conformance.forms.generating import Maker

if TYPE_CHECKING:
    from gateway.dialects.midpoint.wire.read import ReadObject

LIMITS = BodyLimits(size=2**23, depth=100, values=10_000)
ROOTS = {root: type_name for type_name, root in ROOT_OF.items()}
#: JSON again at the end: what comes out is what went in.
STEPS = ("xml", "yaml", "json")


def written(read: ReadObject, form: str) -> bytes:
    """The object in a form, as a GET answers it."""
    known = {"oid": read.oid, "version": read.version}
    members = {k: v for k, v in known.items() if v} | items_of(read.type, read.items)
    return BY_NAME[form].one(read.type, orjson.dumps(members)[1:-1])


def read(body: bytes, form: str) -> ReadObject:
    """What the server understands of a body."""
    value = BY_NAME[form].read(body, LIMITS, "ObjectType")
    return Reader().object(value, ROOTS)


def generated(seed: str) -> ReadObject:
    """An object as it is after it was sent in JSON once."""
    type_name, items = Maker(random.Random(seed)).object()
    members = {"oid": "6d13632c-6b75-4a33-9744-ec9523375f6b", "version": "7"}
    body = orjson.dumps({ROOT_OF[type_name]: members | items_of(type_name, items)})
    return read(body, "json")


def check(first: ReadObject) -> None:
    """The object is the same in every form."""
    current = first
    for form in STEPS:
        current = read(written(current, form), form)
        assert (current.type, current.oid, current.version) == (
            first.type,
            first.oid,
            first.version,
        )
        assert same(current.items, first.items), form


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    started = time.monotonic()
    for number in range(wanted.objects):
        check(generated(f"{wanted.seed}/{number}"))
    print(f"{wanted.objects} objects are the same in all forms; {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
