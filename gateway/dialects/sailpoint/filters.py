"""Filters and sorters of a version: which tasks are wanted, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.sailpoint.collection_filters import parse_filter
from gateway.dialects.sailpoint.errors import IllegalValue
from gateway.dialects.sailpoint.fields import FIELDS, NULLS
from gateway.query.ast import And, Condition, Literal, Not, Values
from gateway.query.resolved import AllOf, AnyOf, Complement

if TYPE_CHECKING:
    from gateway.dialects.sailpoint.versions import Version
    from gateway.query.ast import Filter
    from gateway.query.resolved import Resolved

#: Sorter to the path of an order; the id makes it one order only.
SORTERS = {"created": "metadata/createTimestamp,#"}
DEFAULT_SORTER = "-created"
MAX_SORTERS = 32


def resolve_condition(text: str, version: Version) -> tuple[Filter, Resolved]:
    """The syntax tree of a filter and the condition on tasks that it says in a version.

    `IllegalValue` for what the version cannot be asked, with all that it can.
    """
    tree = parse_filter(text)
    return tree, _resolve_filter(tree, version)


def _resolve_filter(tree: Filter, version: Version) -> Resolved:
    if isinstance(tree, Condition):
        found = _resolve_condition(tree, version)
        return Complement(part=found) if tree.negated else found
    if isinstance(tree, Not):
        return Complement(part=_resolve_filter(tree.part, version))
    many = AllOf if isinstance(tree, And) else AnyOf
    parts = getattr(tree, "parts", ())
    return many(parts=tuple(_resolve_filter(part, version) for part in parts))


def _resolve_condition(condition: Condition, version: Version) -> Resolved:
    field, operator = str(condition.path), condition.operator
    if field not in version.fields:
        raise IllegalValue(
            f'"{field[:80]}" is not a filterable property. {describe_allowed(version)}'
        )
    if operator not in version.fields[field]:
        raise IllegalValue(
            f'"{field}" cannot be filtered with "{operator}". {describe_allowed(version)}'
        )
    if operator == "isnull":
        return NULLS[field]()
    return FIELDS[field](_read_values(condition))


def _read_values(condition: Condition) -> tuple[str, ...]:
    argument = condition.argument
    members = argument.members if isinstance(argument, Values) else (argument,)
    return tuple(member.text for member in members if isinstance(member, Literal))


def describe_allowed(version: Version) -> str:
    """The fields and operators of a version, in a sentence."""
    fields = "; ".join(f"{name}: {', '.join(ops)}" for name, ops in version.fields.items())
    return f"Supported in {version.name}: {fields}."


def order_of(text: str | None) -> tuple[str, bool]:
    """The path to order by, and whether the order is descending; the newest first by default."""
    sorters = (DEFAULT_SORTER if text is None else text).split(",")
    if len(sorters) > MAX_SORTERS:
        raise IllegalValue(f"At most {MAX_SORTERS} sorters are allowed.")
    for sorter in sorters:
        name = sorter.strip().removeprefix("-")
        if name not in SORTERS:
            raise IllegalValue(
                f'"{name[:80]}" is not a sortable property. Supported: {", ".join(SORTERS)}.'
            )
    # Further sorters say the same field again, which is in order already.
    primary = sorters[0].strip()
    return SORTERS[primary.removeprefix("-")], primary.startswith("-")
