"""Filters: text to tree, tree to resolved tree, resolved tree to predicate or canonical text.

    text ----parse----> ast --resolve--> resolved --evaluate--> predicate
    clauses --read------^ |
                          '--render--> canonical text

What a database makes of a resolved tree is the store's. No HTTP, no store.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.errors import MalformedBody, SchemaViolation
from gateway.query.ast import Always
from gateway.query.build import conjunction
from gateway.query.clauses import read_clauses
from gateway.query.evaluate import predicate
from gateway.query.ordering import order_paths
from gateway.query.parse import MAX_DEPTH, MAX_LENGTH, parse
from gateway.query.render import render
from gateway.query.resolve import resolve
from gateway.query.scope import MAX_VALUES
from gateway.query.sight import EVERYTHING, NOTHING, Sight, restrict_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.model.documents import Json, StoredObject
    from gateway.query.ast import Filter
    from gateway.query.resolved import Query

__all__ = [
    "CompiledFilter",
    "Limits",
    "Sight",
    "compile_clauses",
    "compile_filter",
    "compile_query_filter",
    "join_filters",
    "order_paths",
    "parse",
    "predicate",
    "render",
    "resolve",
    "restrict_filter",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a filter may cost."""

    #: Characters of the text.
    length: int = MAX_LENGTH
    #: Parentheses open at a time.
    depth: int = MAX_DEPTH
    #: Values of one list.
    values: int = MAX_VALUES


LIMITS = Limits()
#: Longer texts are read each time, so that nobody can fill the memory with them.
MAX_CACHED_LENGTH = 2_048
#: Sights within which one filter is kept.
SIGHT_CACHE_SIZE = 32


@dataclass(frozen=True, kw_only=True)
class CompiledFilter:
    """A filter that was read once and is used many times."""

    #: As it was written; empty for a structured filter.
    text: str
    tree: Filter
    query: Query
    #: What databases make of it, by whose it is; each fills in its own.
    made: dict[str, object] = field(default_factory=dict, compare=False, repr=False)
    #: The same within what somebody sees.
    _within: dict[Sight, CompiledFilter] = field(default_factory=dict, compare=False, repr=False)

    @property
    def selects_nothing(self) -> bool:
        """Whether it is known to select nothing before anything is looked at."""
        return self.query.condition == NOTHING

    def within(self, sight: Sight) -> CompiledFilter:
        """The filter over what is seen alone, wherever it looks; the tree stays what was written."""
        found = self._within.get(sight)
        if found is None:
            query = restrict_query(self.query, sight)
            found = self if query is self.query else replace(self, query=query, made={}, _within={})
            if len(self._within) >= SIGHT_CACHE_SIZE:
                self._within.clear()
            self._within[sight] = found
        return found

    def predicate(
        self,
        fetch: Callable[[str], StoredObject | None],
        everything: Callable[[], Iterable[StoredObject]] | None = None,
    ) -> Callable[[StoredObject], bool]:
        """Whether an object is selected.

        `fetch` finds what references point to, `everything` is where referencedBy looks. Raises
        `Unsupported` for a filter with referencedBy where it is not given.
        """
        return predicate(self.query, fetch, everything)


def compile_filter(
    text: str,
    type_name: str,
    *,
    limits: Limits = LIMITS,
    zone: tzinfo = UTC,
) -> CompiledFilter:
    """Read `text` for objects of a type; the same text is read once. Errors are not kept."""
    compiled = _kept if len(text) <= MAX_CACHED_LENGTH else _compile
    return compiled(text, type_name, limits, zone)


def _compile(text: str, type_name: str, limits: Limits, zone: tzinfo) -> CompiledFilter:
    tree = parse(text, max_length=limits.length, max_depth=limits.depth)
    query = resolve(tree, type_name, zone=zone, text=text, max_values=limits.values)
    return CompiledFilter(text=text, tree=tree, query=query)


def compile_clauses(
    clause: Json,
    type_name: str,
    *,
    limits: Limits = LIMITS,
    zone: tzinfo = UTC,
) -> CompiledFilter | None:
    """Read a structured filter for objects of a type; None if it selects everything."""
    read = read_clauses(clause, max_depth=limits.depth)
    if read.tree is None:
        return None
    query = resolve(read.tree, type_name, zone=zone, max_values=limits.values, places=read.places)
    return CompiledFilter(text="", tree=read.tree, query=query)


def compile_query_filter(
    clause: Json,
    type_name: str,
    *,
    limits: Limits = LIMITS,
    zone: tzinfo = UTC,
) -> CompiledFilter | None:
    """Read what stands as the filter of a query: text, or one clause; None if there is none."""
    if clause in (None, "", {}):
        return None
    if not isinstance(clause, dict):
        raise MalformedBody('query/filter must be an object such as {"text": "name = \'x\'"}.')
    members = [name for name in clause if name not in ("description", "@ns")]
    if not members:
        return None
    if "text" not in members:
        return compile_clauses(clause, type_name, limits=limits, zone=zone)
    if len(members) > 1:
        unknown = next(name for name in members if name != "text")
        raise SchemaViolation(f"query/filter has 'text', so '{unknown[:80]}' has no place in it.")
    text = clause["text"]
    if not isinstance(text, str):
        raise MalformedBody("query/filter/text must be a text.")
    return compile_filter(text, type_name, limits=limits, zone=zone)


def join_filters(filters: Iterable[CompiledFilter | None], type_name: str) -> CompiledFilter | None:
    """One filter that selects what all of them select; None selects everything."""
    present = [each for each in filters if each is not None]
    if len(present) < 2:
        return present[0] if present else None
    tree = conjunction([each.tree for each in present])
    return CompiledFilter(text="", tree=tree, query=resolve(tree, type_name))


def restrict_filter(
    compiled: CompiledFilter | None, type_name: str, sight: Sight | None
) -> CompiledFilter | None:
    """What a filter for objects of the type selects of what is seen; a sight of None sees all."""
    if sight is None:
        return compiled
    return _all_seen(type_name, sight) if compiled is None else compiled.within(sight)


@lru_cache(maxsize=1024)
def _all_seen(type_name: str, sight: Sight) -> CompiledFilter | None:
    tree = Always(value=True)
    everything = CompiledFilter(text="", tree=tree, query=resolve(tree, type_name))
    found = everything.within(sight)
    return None if found.query.condition == EVERYTHING else found


_kept = lru_cache(maxsize=4096)(_compile)
