"""Sets of objects that an activity is about, and within what a run may choose."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from gateway.query import compile_query_filter, join_filters

if TYPE_CHECKING:
    from gateway.model.documents import Document, Json
    from gateway.query import CompiledFilter


class Selector(Protocol):
    """A filter that only an execution knows."""

    def clause(self, scope: RunScope) -> Json:
        """The clause for that execution."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectSet:
    """Which objects a task works on; no filter means all of the type."""

    type: str
    #: Filter clauses, such as `{"text": "name = 'x'"}`; objects match them all.
    clauses: tuple[Json, ...] = ()
    #: What becomes further clauses when the work is done.
    selectors: tuple[Selector, ...] = ()

    def within(self, scope: RunScope) -> ObjectSet:
        """The objects that an execution works on."""
        found = (each.clause(scope) for each in self.selectors)
        return replace(self, clauses=(*self.clauses, *found), selectors=())

    def restrict(self, text: str) -> ObjectSet:
        """Those of the objects that match a filter text, too."""
        return replace(self, clauses=(*self.clauses, {"text": text}))

    def compile_filters(self) -> CompiledFilter | None:
        """The filter, ready to be used; raises `QueryError` for a bad one."""
        return join_filters(
            [compile_query_filter(each, self.type) for each in self.clauses], self.type
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RunScope:
    """What an execution knows of itself, the same after a crash."""

    #: When the run began.
    started: str
    #: Oid of the task.
    task: str = ""
    #: What the activity has kept from its last complete run.
    memory: Document = field(default_factory=dict)
