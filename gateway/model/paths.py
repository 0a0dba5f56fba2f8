"""Item paths as clients write them, such as `assignment[5]/description`, bound to the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation, Unsupported
from gateway.model.schema import Kind

if TYPE_CHECKING:
    from gateway.model.schema import ComplexType, Item, Schema

_DECLARATION = re.compile(
    r"""\s*declare\s+(?:default\s+)?namespace\s+(?:([\w.-]+)\s*=\s*)?("[^"]*"|'[^']*')\s*;"""
)
_SEGMENT = re.compile(r"(?:([A-Za-z_][\w.-]*):)?([A-Za-z_@][\w.-]*)(?:\[(\d{1,18})\])?", re.ASCII)
#: Prefixes that mean something without a declaration.
KNOWN_PREFIXES = frozenset("c t q org ri icfs icfc xsd xsi a aud ra cap s mext".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class PathStep:
    """One step: an item, and which of its values if an id is given."""

    item: Item
    id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemPath:
    """A path that the schema knows."""

    steps: tuple[PathStep, ...]

    @property
    def item(self) -> Item:
        """The item at the end."""
        return self.steps[-1].item

    def __str__(self) -> str:
        """The path as text, without prefixes."""
        return "/".join(
            step.item.name + (f"[{step.id}]" if step.id is not None else "") for step in self.steps
        )


def parse_path(text: str, type_name: str, schema: Schema) -> ItemPath:
    """Bind a path to the items of a type; `SchemaViolation` names what it does not know."""
    prefixes = set(KNOWN_PREFIXES)
    rest = text
    while declared := _DECLARATION.match(rest):
        prefixes.add(declared[1] or "")
        rest = rest[declared.end() :]
    rest = rest.strip().removeprefix("/").removesuffix("/")
    if rest in ("", "."):
        raise SchemaViolation("The path is empty; name an item, such as 'description'.")
    within: ComplexType | None = schema[type_name]
    steps: list[PathStep] = []
    for segment in rest.split("/"):
        step = _step(segment, text, within, prefixes, steps)
        steps.append(step)
        within = schema.get(step.item.type) if step.item.kind is Kind.CONTAINER else None
    return ItemPath(steps=tuple(steps))


def _step(
    segment: str,
    text: str,
    within: ComplexType | None,
    prefixes: set[str],
    before: list[PathStep],
) -> PathStep:
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise SchemaViolation(
            f"'{_short(segment)}' in the path '{_short(text)}' is not an item name; "
            "write name, or name[id] for one value of a container."
        )
    prefix, name, number = match.groups()
    if prefix and prefix not in prefixes:
        raise SchemaViolation(
            f"The prefix '{prefix}' in the path '{_short(text)}' is not declared."
        )
    if within is None:
        raise SchemaViolation(
            f"'{before[-1].item.name}' has no items, so '{_short(text)}' leads nowhere.", path=text
        )
    item = within.item(name)
    if item is None or item.removed:
        raise SchemaViolation(
            f"{within.name} has no item '{_short(name)}' (in the path '{_short(text)}').",
            path=text,
            suggestion=within.nearest(name),
        )
    if item.refused:
        raise Unsupported(f"The item '{name}' is not supported yet.")
    if number is not None and not (item.many and item.kind is Kind.CONTAINER):
        raise SchemaViolation(f"'{name}' has no values with ids, so '{segment}' names none.")
    return PathStep(item=item, id=int(number) if number is not None else None)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
