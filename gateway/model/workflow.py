"""Workflows as graphs: steps, what leads from one to the next, and how they read as documents.

Values only: nothing here knows how a graph is walked, stored or written by a vendor.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.documents import Document

#: Keys of the steps that every graph has, and of the one that handles errors of the whole job.
START, END, HANDLER = "workflow_start", "workflow_end", "error_handler"
SUCCESS, FAILURE, ERROR, LOOP = "success", "failure", "error", "loop"
Way = Literal["standard", "revert", "loop"]
WAYS: tuple[str, ...] = get_args(Way)
STATES = (SUCCESS, FAILURE, ERROR, LOOP)
MANUAL, AUTOMATIC, OPERATION = "manual", "automatic", "operation"


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrySettings:
    """How often a step is tried again that ends in one of the states."""

    states: frozenset[str]
    is_automatic: bool
    limit: int
    #: Seconds before each further try.
    delay: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One node of a graph."""

    key: str
    #: What it does: a built-in, an activity, or the form that a person fills in.
    name: str
    app: str = ""
    #: `manual`, `automatic` or `operation`.
    kind: str = AUTOMATIC
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: Who may work on it, if not everybody who may work on the job.
    groups: tuple[str, ...] = ()
    #: The step whose worker works on this one, too.
    actor: str | None = None
    retry: RetrySettings | None = None
    #: What only those who draw it need.
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_manual(self) -> bool:
        """Whether it waits for a person."""
        return self.kind == MANUAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """What follows on a step that ends in a state."""

    source: str
    target: str
    state: str = SUCCESS
    way: str = "standard"


@dataclass(frozen=True, kw_only=True)
class Graph:
    """All steps but start and end, and what leads from where to where."""

    name: str
    steps: Mapping[str, Step]
    edges: tuple[Edge, ...]
    #: Names of variables whose values are shown to nobody.
    secrets: tuple[str, ...] = ()

    @cached_property
    def document(self) -> Document:
        """As `document_of` writes it."""
        return document_of(self)

    @cached_property
    def out(self) -> Mapping[str, tuple[Edge, ...]]:
        """By source: the edges that leave it."""
        return _group_pairs((edge.source, edge) for edge in self.edges)

    @cached_property
    def into(self) -> Mapping[str, tuple[Edge, ...]]:
        """By target: the standard edges that come in."""
        return _group_pairs((edge.target, edge) for edge in self.edges if edge.way == "standard")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every step, start and end included."""
        return (START, *self.steps, END)

    @cached_property
    def has_handler(self) -> bool:
        """Whether a step handles the errors that nothing else does."""
        return HANDLER in self.steps

    @cached_property
    def bodies(self) -> Mapping[str, frozenset[str]]:
        """By loop: the steps that it repeats."""
        heads = {edge.source for edge in self.edges if edge.way == "loop"}
        return {head: self._body(head) for head in heads}

    def _body(self, head: str) -> frozenset[str]:
        first = [edge.target for edge in self.out[head] if edge.way == "loop"]
        found = set(first).union(*(self.forward(key) for key in first))
        return frozenset(found - {head, START, END})

    def preceding(self, key: str) -> tuple[str, ...]:
        """The steps that must be over before this one starts; a handler is none of them."""
        sources = (edge.source for edge in self.into.get(key, ()))
        return tuple(dict.fromkeys(each for each in sources if each not in (START, HANDLER)))

    def forward(self, key: str) -> frozenset[str]:
        """The steps that can come after one, itself included; the way back does not count."""
        found, waiting = {key}, [key]
        while waiting:
            for edge in self.out.get(waiting.pop(), ()):
                if edge.way != "revert" and edge.target not in found:
                    found.add(edge.target)
                    waiting.append(edge.target)
        return frozenset(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaw:
    """Something that is wrong with a graph."""

    keyword: str
    #: Where it stands, as a JSON pointer.
    place: str
    message: str


def _group_pairs(pairs: Iterable[tuple[str, Edge]]) -> dict[str, tuple[Edge, ...]]:
    found: dict[str, list[Edge]] = defaultdict(list)
    for key, edge in pairs:
        found[key].append(edge)
    return {key: tuple(edges) for key, edges in found.items()}


def graph_of(document: Document) -> Graph:
    """The graph that `document_of` has written."""
    return Graph(
        name=document["name"],
        steps={each["key"]: _step_of(each) for each in document["steps"]},
        edges=tuple(Edge(**each) for each in document["edges"]),
        secrets=tuple(document.get("secrets", ())),
    )


def _step_of(document: Document) -> Step:
    retry = document.get("retry")
    rule = (
        None if retry is None else RetrySettings(**retry | {"states": frozenset(retry["states"])})
    )
    groups = tuple(document.get("groups", ()))
    return Step(**document | {"retry": rule, "groups": groups})


def document_of(graph: Graph) -> Document:
    """The graph as a JSON object: `{name, steps: [..], edges: [..], secrets: [..]}`."""
    return {
        "name": graph.name,
        "steps": [_step_document(each) for each in graph.steps.values()],
        "edges": [
            {"source": e.source, "target": e.target, "state": e.state, "way": e.way}
            for e in graph.edges
        ],
        "secrets": list(graph.secrets),
    }


def _step_document(step: Step) -> Document:
    retry = step.retry
    rule = None
    if retry is not None:
        rule = {
            "states": sorted(retry.states),
            "is_automatic": retry.is_automatic,
            "limit": retry.limit,
            "delay": retry.delay,
        }
    return {
        "key": step.key,
        "name": step.name,
        "app": step.app,
        "kind": step.kind,
        "inputs": dict(step.inputs),
        "outputs": dict(step.outputs),
        "groups": list(step.groups),
        "actor": step.actor,
        "retry": rule,
        "shown": dict(step.shown),
    }
