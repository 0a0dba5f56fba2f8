"""The syntax tree of a filter: what was written, before any schema is asked.

Equality ignores positions, so that a filter equals its canonical text read back. Nothing here knows
item types, storage or evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """An item path; steps are kept as they were written, prefixes included.

    Besides item names a step is `.`, `..`, `#`, `@` (the target of a reference), `@name` or
    `name[id]`.
    """

    steps: tuple[str, ...]
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return "/".join(self.steps)

    @property
    def is_self(self) -> bool:
        """Whether this is the path `.`."""
        return self.steps == (".",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal:
    """A value by its text; the item on the left decides its type, not the kind of token."""

    text: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """A list in parentheses."""

    members: tuple[Literal | Path, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A script, a `$variable` or an `@constant`, as it was written."""

    text: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placeholder:
    """`?` or `:name`."""

    text: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subfilter:
    """A filter in parentheses as an argument."""

    filter: Filter
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """`path [not] operator[rule] argument`; `operator` is the name without prefix."""

    path: Path
    operator: str
    negated: bool = False
    rule: str | None = None
    argument: Argument | None = None
    #: Where the operator stands.
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class And:
    """All of at least two filters; never directly inside another And."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Or:
    """Any of at least two filters; never directly inside another Or."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The complement of an And or an Or; a condition is negated in itself."""

    part: Filter


@dataclass(frozen=True, kw_only=True, slots=True)
class Always:
    """Everything or nothing; only structured filters can say it."""

    value: bool


Filter: TypeAlias = And | Or | Not | Condition | Always
Argument: TypeAlias = Literal | Path | Values | Script | Placeholder | Subfilter
