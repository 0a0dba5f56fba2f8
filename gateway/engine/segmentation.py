"""Into which buckets a work is cut: each has a filter clause, or a share of the steps.

midpoint-tasks 3.4. An interval segmentation of n boundaries yields n + 1 buckets: the first and the
last are open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from gateway.engine.object_set import quoted
from gateway.errors import SchemaViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.documents import Document, Json

    #: Clause and content of a bucket.
    Cell = tuple[Json, tuple[tuple[str, Json], ...]]

#: More buckets than this cost more than they gain.
MAX_BUCKETS = 10_000
PLACE = "activity/distribution/buckets"
HEXADECIMAL = ["0-9a-f"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One bucket's share of the work."""

    number: int
    #: What its items must match beside the work's own filter.
    clause: Json = None
    #: Its bounds, for those who watch.
    content: tuple[tuple[str, Json], ...] = ()
    #: Its place among how many equal shares.
    share: tuple[int, int] = (0, 1)


WHOLE = (Segment(number=1),)


def segments(distribution: Document) -> tuple[Segment, ...]:
    """The buckets that a distribution asks for; one over everything if it asks for none."""
    buckets: Document = distribution.get("buckets", {})
    if not buckets:
        return WHOLE
    if len(buckets) != 1:
        raise SchemaViolation(f"{PLACE} must have one segmentation, not {len(buckets)}.")
    [(kind, defined)] = buckets.items()
    if kind == "implicitSegmentation":
        return _shares(defined)
    cells = _limited(_SEGMENTATIONS[kind](defined))
    return tuple(
        Segment(number=number, clause=clause, content=content)
        for number, (clause, content) in enumerate(cells, 1)
    )


def _limited(cells: list[Cell]) -> list[Cell]:
    if not cells:
        raise SchemaViolation(f"{PLACE} yields no bucket.")
    if len(cells) > MAX_BUCKETS:
        raise _too_many(len(cells))
    return cells


def _too_many(count: int) -> SchemaViolation:
    return SchemaViolation(f"{PLACE} yields {count} buckets; at most {MAX_BUCKETS} are served.")


def _shares(defined: Document) -> tuple[Segment, ...]:
    count = _positive(defined.get("numberOfBuckets", 1), "numberOfBuckets")
    if count > MAX_BUCKETS:
        raise _too_many(count)
    return tuple(Segment(number=n + 1, share=(n, count)) for n in range(count))


def _positive(value: float, name: str) -> int:
    if value < 1:
        raise SchemaViolation(f"{PLACE}/.../{name} is {value}, but must be at least 1.")
    return math.ceil(value)


def _numeric(defined: Document) -> list[Cell]:
    start, to, size, count = (
        defined.get(name) for name in ("from", "to", "bucketSize", "numberOfBuckets")
    )
    start = start or 0
    if size is None:
        if to is None or count is None:
            raise SchemaViolation(f"{PLACE}/numericSegmentation needs 'to' and 'numberOfBuckets'.")
        size = math.ceil((to - start) / _positive(count, "numberOfBuckets"))
    if size <= 0:
        raise SchemaViolation(f"{PLACE}/numericSegmentation: a bucket must hold something.")
    if to is None:
        to = start + size * _positive(count or 1, "numberOfBuckets")
    number = math.ceil((to - start) / size)
    if number > MAX_BUCKETS:
        raise _too_many(number)
    bounds = [min(start + i * size, to) for i in range(number + 1)]
    return [_interval(defined, low, high, _number) for low, high in pairwise(bounds)]


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _strings(defined: Document) -> list[Cell]:
    values = _values(defined, defined.get("boundary", []))
    method = defined.get("comparisonMethod", "interval")
    if method == "interval":
        bounds: list[str | None] = [None, *values, None]
        return [_interval(defined, low, high, quoted) for low, high in pairwise(bounds)]
    return [_METHODS[method](defined, value) for value in values]


def _oids(defined: Document) -> list[Cell]:
    by_oid = {"discriminator": "#", "boundary": [{"characters": HEXADECIMAL}]}
    return _strings(by_oid | defined)


def _values(defined: Document, boundary: Sequence[Document]) -> list[str]:
    """All texts of one character for each position, in order."""
    positions = _positions(boundary) * _positive(defined.get("depth", 1), "depth")
    if not positions:
        raise SchemaViolation(f"{PLACE}: a segmentation of texts needs a boundary.")
    count = math.prod(map(len, positions))
    if count > MAX_BUCKETS:
        raise _too_many(count)
    return ["".join(each) for each in product(*positions)]


def _positions(boundary: Sequence[Document]) -> list[list[str]]:
    placed: dict[int, list[str]] = {}
    for number, each in enumerate(boundary, 1):
        characters = [c for text in each.get("characters", ()) for c in _expanded(text)]
        for position in each.get("position", [number]):
            placed[position] = sorted({*placed.get(position, ()), *characters})
    if sorted(placed) != list(range(1, len(placed) + 1)) or not all(placed.values()):
        raise SchemaViolation(f"{PLACE}: boundaries need characters for each position from 1 on.")
    return [placed[position] for position in sorted(placed)]


def _expanded(text: str) -> list[str]:
    """`0-9a-f` as single characters; a backslash makes the next one plain."""
    found: list[str] = []
    marks: list[bool] = []
    escaped = False
    for character in text:
        if character == "\\" and not escaped:
            escaped = True
            continue
        found.append(character)
        marks.append(character == "-" and not escaped)
        escaped = False
    expanded: list[str] = []
    place = 0
    while place < len(found):
        if place + 2 < len(found) and marks[place + 1]:
            expanded += map(chr, range(ord(found[place]), ord(found[place + 2]) + 1))
            place += 3
        else:
            expanded.append(found[place])
            place += 1
    return expanded


def _discriminator(defined: Document) -> tuple[str, str]:
    path = defined.get("discriminator")
    if not path:
        raise SchemaViolation(f"{PLACE}: the segmentation needs a discriminator, an item's path.")
    rule = defined.get("matchingRule")
    return path, f"[{rule.rsplit('#', 1)[-1]}]" if rule else ""


def _interval(
    defined: Document, low: Json | None, high: Json | None, written: Callable[[Json], str]
) -> Cell:
    path, rule = _discriminator(defined)
    bounds = [
        f"{path} {sign}{rule} {written(value)}"
        for sign, value in ((">=", low), ("<", high))
        if value is not None
    ]
    content = (("from", low), ("to", high))
    return {"text": " and ".join(bounds)}, tuple(c for c in content if c[1] is not None)


def _prefix(defined: Document, *values: str) -> Cell:
    path, rule = _discriminator(defined)
    text = " or ".join(f"{path} startsWith{rule} {quoted(value)}" for value in values)
    return {"text": text}, (("prefix", list(values)),)


def _exact(defined: Document, *values: str) -> Cell:
    path, rule = _discriminator(defined)
    text = " or ".join(f"{path} ={rule} {quoted(value)}" for value in values)
    return {"text": text}, (("value", list(values)),)


_METHODS: dict[str, Callable[..., Cell]] = {"prefix": _prefix, "exactMatch": _exact}


def _explicit(defined: Document) -> list[Cell]:
    return [_given(defined, each) for each in defined.get("content", ())]


def _given(defined: Document, content: Json) -> Cell:
    kind = str(content.get("@type", "")).rsplit(":", 1)[-1].rsplit("#", 1)[-1]
    if kind in ("NumericIntervalWorkBucketContentType", "StringIntervalWorkBucketContentType"):
        written = _number if kind.startswith("Numeric") else quoted
        return _interval(defined, content.get("from"), content.get("to"), written)
    if kind == "StringPrefixWorkBucketContentType":
        return _prefix(defined, *_listed(content.get("prefix")))
    if kind == "StringValueWorkBucketContentType":
        return _exact(defined, *_listed(content.get("value")))
    if kind == "FilterWorkBucketContentType":
        clauses = _listed(content.get("filter"))
        if len(clauses) == 1:
            return clauses[0], (("filter", clauses[0]),)
    raise SchemaViolation(f"{PLACE}/explicitSegmentation: a content of '{kind}' is not understood.")


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


_SEGMENTATIONS: dict[str, Callable[[Document], list[Cell]]] = {
    "numericSegmentation": _numeric,
    "stringSegmentation": _strings,
    "oidSegmentation": _oids,
    "explicitSegmentation": _explicit,
}
