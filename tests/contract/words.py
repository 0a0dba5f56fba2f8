"""Texts for the document's own formats: paths, orderings and filters over each type's real items.

They are made here, in the testing process, and read by `hooks` from a file: the fuzzer's process
must not load the gateway, whose own words it would otherwise mix into its random texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.errors import InvalidRequest
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.query import compile_filter, order_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.schema import ComplexType, Item

OID = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
LITERALS = {
    "int": ("1", "-1"),
    "long": ("1", "9223372036854775807"),
    "boolean": ("true", "'false'"),
    "dateTime": ("'2025-01-31T08:00:00Z'",),
    "string": ("'a'", "'Ä%_'", "''"),
    "uri": ("'http://a/b#c'",),
    "polystring": ("'a'", '"it\'s"'),
    "qname": ("'UserType'",),
}


SAILPOINT_FORMS = {
    "eq": 'eq "SUCCESS"',
    "in": f'in ("QUARTZ", word, "{OID}", "a\\"b")',
    "isnull": "isnull",
}


def words() -> dict[str, list[str]]:
    """Valid texts by format."""
    found: dict[str, list[str]] = {"cron": ["0 0 2 * * ?", "0 0/5 * * * ?"]}
    for name in (*(type_name for type_name, _ in COLLECTIONS.values()), "ObjectType"):
        items = list(_items(SCHEMA[name], "", 2))
        found[f"path-{name}"] = [path for path, _ in items]
        found[f"reference-{name}"] = [path for path, item in items if item.kind is Kind.REFERENCE]
        found[f"order-{name}"] = [path for path, _ in items if _sorts(path, name)]
        found[f"mql-{name}"] = [
            text for path, item in items for text in _conditions(path, item) if _filters(text, name)
        ]
    return found | _of_sailpoint()


def _of_sailpoint() -> dict[str, list[str]]:
    found = {"sailpoint-sorters": ["created", "-created", "-created,created"]}
    for version in VERSIONS:
        found[f"sailpoint-filters-{version.name}"] = [
            f"{field} {SAILPOINT_FORMS[operator]}"
            for field, operators in version.fields.items()
            for operator in operators
        ]
    return found


def _items(within: ComplexType, above: str, depth: int) -> Iterator[tuple[str, Item]]:
    for name, item in within.offered.items():
        path = f"{above}{name}"
        yield path, item
        if item.kind is Kind.CONTAINER and depth:
            yield from _items(SCHEMA[item.type], f"{path}/", depth - 1)


def _conditions(path: str, item: Item) -> Iterator[str]:
    yield f"{path} exists"
    yield f"{path} not exists"
    if item.kind is Kind.REFERENCE:
        yield f"{path} matches (oid = '{OID}')"
        yield f"{path}/@/name = 'a'"
    values = LITERALS.get(item.type, ()) or tuple(f"'{value}'" for value in item.values)
    for value in values:
        for operator in ("=", "!=", "<", ">=", "contains", "startsWith"):
            yield f"{path} {operator} {value}"
    if len(values) > 1:
        yield f"{path} = ({', '.join(values)})"
    if item.type == "polystring":
        yield f"{path} =[norm] 'A'"


def _filters(text: str, type_name: str) -> bool:
    try:
        compile_filter(text, type_name)
    except InvalidRequest:
        return False
    return True


def _sorts(path: str, type_name: str) -> bool:
    try:
        order_paths(path, SCHEMA, type_name)
    except InvalidRequest:
        return False
    return True
