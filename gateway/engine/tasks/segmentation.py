"""Into which buckets a work is cut: each has a filter clause, or a share of the steps.

midpoint-tasks 3.4. An interval segmentation of n boundaries yields n + 1 buckets: the first and the
last are open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from gateway.engine.objects.literals import quote_text
from gateway.errors import SchemaViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.documents import Document, Json

    #: Clause and content of a bucket.
    Cell = tuple[Json, tuple[tuple[str, Json], ...]]

#: More buckets than this cost more than they gain.
MAX_BUCKETS = 10_000
#: Contents that can be given one by one; each is read and checked when the task is created.
MAX_GIVEN = 256
#: Longer texts do not help to tell objects apart.
MAX_LENGTH = 100
PLACE = "activity/distribution/buckets"
EXPLICIT = f"{PLACE}/explicitSegmentation"
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


def read_segments(distribution: Document) -> tuple[Segment, ...]:
    """The buckets that a distribution asks for; one over everything if it asks for none."""
    buckets: Document = distribution.get("buckets", {})
    if not buckets:
        return WHOLE
    if len(buckets) != 1:
        raise SchemaViolation(f"{PLACE} must have one segmentation, not {len(buckets)}.")
    [(kind, defined)] = buckets.items()
    if kind == "implicitSegmentation":
        return _read_shares(defined)
    cells = _limit_cells(_SEGMENTATIONS[kind](defined))
    return tuple(
        Segment(number=number, clause=clause, content=content)
        for number, (clause, content) in enumerate(cells, 1)
    )


def _limit_cells(cells: list[Cell]) -> list[Cell]:
    if not cells:
        raise SchemaViolation(f"{PLACE} yields no bucket.")
    if len(cells) > MAX_BUCKETS:
        raise _too_many(len(cells))
    return cells


def _too_many(count: float) -> SchemaViolation:
    return SchemaViolation(f"{PLACE} yields {count:g} buckets; at most {MAX_BUCKETS} are served.")


def _read_shares(defined: Document) -> tuple[Segment, ...]:
    count = _positive(defined.get("numberOfBuckets", 1), "numberOfBuckets")
    if count > MAX_BUCKETS:
        raise _too_many(count)
    return tuple(Segment(number=n + 1, share=(n, count)) for n in range(count))


def _positive(value: float, name: str) -> int:
    if value < 1:
        raise SchemaViolation(f"{PLACE}/.../{name} is {value}, but must be at least 1.")
    return math.ceil(value)


def _read_numeric(defined: Document) -> list[Cell]:
    start, to, size, count = (
        defined.get(name) for name in ("from", "to", "bucketSize", "numberOfBuckets")
    )
    start = start or 0
    number = None if count is None else _positive(count, "numberOfBuckets")
    if to is None and size is not None and number is not None:
        to = start + size * number
    if to is None or (size is None and number is None):
        raise SchemaViolation(
            f"{PLACE}/numericSegmentation needs two of 'to', 'numberOfBuckets' and 'bucketSize'."
        )
    width = to - start
    if not 0 < width < math.inf:
        raise SchemaViolation(f"{PLACE}/numericSegmentation: 'to' must be above 'from'.")
    if size is None:
        size = math.ceil(width / (number or 1))
    if not size > 0:
        raise SchemaViolation(f"{PLACE}/numericSegmentation/bucketSize must be above 0.")
    if width / size > MAX_BUCKETS:
        raise _too_many(width / size)
    bounds = [min(start + i * size, to) for i in range(math.ceil(width / size) + 1)]
    return [_interval(defined, low, high, _number) for low, high in pairwise(bounds)]


def _number(value: float) -> str:
    return format(Decimal(repr(value)), "f") if not float(value).is_integer() else str(int(value))


def _read_strings(defined: Document) -> list[Cell]:
    values = _combine_values(defined, defined.get("boundary", []))
    method = defined.get("comparisonMethod", "interval")
    if method == "interval":
        bounds: list[str | None] = [None, *values, None]
        return [_interval(defined, low, high, quote_text) for low, high in pairwise(bounds)]
    return [_METHODS[method](defined, value) for value in values]


def _read_oids(defined: Document) -> list[Cell]:
    by_oid = {"discriminator": "#", "boundary": [{"characters": HEXADECIMAL}]}
    return _read_strings(by_oid | defined)


def _combine_values(defined: Document, boundary: Sequence[Document]) -> list[str]:
    """All texts of one character for each position, in order."""
    once, depth = _positions(boundary), _positive(defined.get("depth", 1), "depth")
    if not once:
        raise SchemaViolation(f"{PLACE}: a segmentation of texts needs a boundary.")
    if len(once) * depth > MAX_LENGTH:
        raise SchemaViolation(f"{PLACE}: boundaries have at most {MAX_LENGTH} characters.")
    count = math.prod(map(len, once)) ** depth
    if count > MAX_BUCKETS:
        raise _too_many(min(count, 1e300))
    return ["".join(each) for each in product(*once * depth)]


def _positions(boundary: Sequence[Document]) -> list[list[str]]:
    placed: dict[int, list[str]] = {}
    for number, each in enumerate(boundary, 1):
        characters = [c for text in each.get("characters", ()) for c in _expand(text)]
        for position in each.get("position", [number]):
            placed[position] = sorted({*placed.get(position, ()), *characters})
    if sorted(placed) != list(range(1, len(placed) + 1)) or not all(placed.values()):
        raise SchemaViolation(f"{PLACE}: boundaries need characters for each position from 1 on.")
    return [placed[position] for position in sorted(placed)]


def _expand(text: str) -> list[str]:
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
            expanded += _range(found[place], found[place + 2])
            place += 3
        else:
            expanded.append(found[place])
            place += 1
    return expanded


def _range(first: str, last: str) -> list[str]:
    codes = range(ord(first), ord(last) + 1)
    if not 1 <= len(codes) <= MAX_BUCKETS or any(0xD800 <= c <= 0xDFFF for c in codes):
        raise SchemaViolation(f"{PLACE}: '{first}-{last}' is no range of characters.")
    return [chr(code) for code in codes]


def _discriminator(defined: Document) -> tuple[str, str]:
    path = defined.get("discriminator")
    if not path:
        raise SchemaViolation(f"{PLACE}: the segmentation needs a discriminator, an item's path.")
    rule = defined.get("matchingRule")
    for given in (path, rule or ""):
        if any(character.isspace() for character in given):
            raise SchemaViolation(f"{PLACE}: '{given[:80]}' must be one word, without blanks.")
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
    clause = {"text": " and ".join(bounds)} if bounds else {}
    return clause, tuple(c for c in content if c[1] is not None)


def _prefix(defined: Document, *values: str) -> Cell:
    path, rule = _discriminator(defined)
    text = " or ".join(f"{path} startsWith{rule} {quote_text(value)}" for value in values)
    return {"text": text}, (("prefix", list(values)),)


def _exact(defined: Document, *values: str) -> Cell:
    path, rule = _discriminator(defined)
    text = " or ".join(f"{path} ={rule} {quote_text(value)}" for value in values)
    return {"text": text}, (("value", list(values)),)


_METHODS: dict[str, Callable[..., Cell]] = {"prefix": _prefix, "exactMatch": _exact}


def _read_explicit(defined: Document) -> list[Cell]:
    contents = defined.get("content", ())
    if len(contents) > MAX_GIVEN:
        raise SchemaViolation(f"{EXPLICIT} has {len(contents)} contents; {MAX_GIVEN} are the most.")
    return [_read_given(defined, each) for each in contents]


def _read_given(defined: Document, content: Json) -> Cell:
    given: Document = content if isinstance(content, dict) else {}
    kind = str(given.get("@type", "")).rsplit(":", 1)[-1].rsplit("#", 1)[-1]
    read = _CONTENTS.get(kind)
    if read is None:
        raise SchemaViolation(f"{EXPLICIT}: a content of '{kind[:80]}' is not understood.")
    return read(defined, given)


def _read_given_interval(kind: type[Any], written: Callable[[Json], str]) -> Callable[..., Cell]:
    def read(defined: Document, given: Document) -> Cell:
        low, high = (_bound(given, name, kind) for name in ("from", "to"))
        if low is not None and high is not None and low > high:
            raise SchemaViolation(f"{EXPLICIT}: 'from' ({low}) is above 'to' ({high}).")
        return _interval(defined, low, high, written)

    return read


def _bound(given: Document, name: str, kind: type[Any]) -> Any:
    value = given.get(name)
    if value is None:
        return None
    try:
        if kind is str and not isinstance(value, str):
            raise ValueError  # noqa: TRY301  told below
        read = kind(value)
        if kind is float and not math.isfinite(read):
            raise ValueError  # noqa: TRY301
    except (TypeError, ValueError, OverflowError) as error:
        raise SchemaViolation(f"{EXPLICIT}: '{name}' is no bound of such an interval.") from error
    return read


def _read_given_texts(name: str, made: Callable[..., Cell]) -> Callable[..., Cell]:
    def read(defined: Document, given: Document) -> Cell:
        values = _list_values(given.get(name))
        if not values or not all(isinstance(value, str) for value in values):
            raise SchemaViolation(f"{EXPLICIT}: '{name}' must be one or more texts.")
        return made(defined, *values)

    return read


def _read_given_filter(defined: Document, given: Document) -> Cell:  # noqa: ARG001  as the others
    clauses = _list_values(given.get("filter"))
    if len(clauses) != 1:
        raise SchemaViolation(f"{EXPLICIT}: a content has one filter, not {len(clauses)}.")
    return clauses[0], (("filter", clauses[0]),)


def _list_values(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


_CONTENTS: dict[str, Callable[[Document, Document], Cell]] = {
    "NumericIntervalWorkBucketContentType": _read_given_interval(float, _number),
    "StringIntervalWorkBucketContentType": _read_given_interval(str, quote_text),
    "StringPrefixWorkBucketContentType": _read_given_texts("prefix", _prefix),
    "StringValueWorkBucketContentType": _read_given_texts("value", _exact),
    "FilterWorkBucketContentType": _read_given_filter,
}
_SEGMENTATIONS: dict[str, Callable[[Document], list[Cell]]] = {
    "numericSegmentation": _read_numeric,
    "stringSegmentation": _read_strings,
    "oidSegmentation": _read_oids,
    "explicitSegmentation": _read_explicit,
}
