"""The steps of a walk while it moves: how they stand to one another, and how they are begun anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model.job import CANCELED, INCOMPLETE, RUNNING, ItemEnd, StepState
from gateway.model.workflow import HANDLER, START

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.engine.workflow.marks import Now
    from gateway.model.job import Walk
    from gateway.model.workflow import Edge, Graph, Step


def preceding(graph: Graph, key: str) -> tuple[str, ...]:
    """The steps that must be over before this one starts; a handler is none of them."""
    sources = (edge.source for edge in graph.into.get(key, ()))
    return tuple(dict.fromkeys(each for each in sources if each not in (START, HANDLER)))


class Board:
    """The states of all steps."""

    def __init__(self, graph: Graph, walk: Walk, moment: Now) -> None:
        self._graph = graph
        self._moment = moment
        self._steps = dict(walk.steps)
        #: Items that have ended, in order.
        self.ended: list[ItemEnd] = []

    def state(self, key: str) -> StepState:
        """Where a step stands."""
        return self._steps[key]

    def step(self, key: str) -> Step:
        """A step of the graph."""
        return self._graph.steps[key]

    def _set(self, key: str, **changes: Any) -> StepState:
        self._steps[key] = self._steps[key].change(**changes)
        return self._steps[key]

    def _is_startable(self, key: str) -> bool:
        state = self._steps[key]
        return state.status == INCOMPLETE and state.is_armed and not state.open

    def _loose_ends(self) -> list[str]:
        """Steps that have ended in a state from which no way leads on."""
        return [
            key
            for key in self._graph.steps
            if self._steps[key].is_settled and not self._ways_on(key, self._steps[key].finish)
        ]

    def _ways_on(self, key: str, state: str | None) -> list[Edge]:
        return [edge for edge in self._graph.out.get(key, ()) if edge.state == state]

    def _tell_successors(self, key: str, *, is_error: bool) -> None:
        """In what comes after it, a step is no longer open."""
        for edge in self._graph.out.get(key, ()):
            after = self._steps[edge.target]
            if edge.way != "standard" or key not in after.open:
                continue
            left = tuple(each for each in after.open if each != key)
            if is_error:
                self._set(edge.target, open=left, error=(*after.error, key))
            else:
                self._set(edge.target, open=left, complete=(*after.complete, key))

    def _bury(self) -> None:
        """What nothing can lead to any more keeps nobody waiting."""
        while True:
            dead = [key for key in self._graph.steps if self._dies(key)]
            if not dead:
                return
            for key in dead:
                self._set(key, is_dead=True)
                for edge in self._graph.out.get(key, ()):
                    after = self._steps[edge.target]
                    if edge.way == "standard" and key in after.open:
                        left = tuple(each for each in after.open if each != key)
                        self._set(edge.target, open=left)

    def _dies(self, key: str) -> bool:
        state = self._steps[key]
        if state.status != INCOMPLETE or state.is_armed or state.is_dead or state.open:
            return False
        # A loop that has not begun may still lead there.
        loops = [head for head, body in self._graph.bodies.items() if key in body]
        return all(self._steps[head].status == RUNNING for head in loops) or not loops

    def _reset(self, keys: Collection[str], *, is_anew: bool = False) -> None:
        """The steps are as if they had not been started; their items are kept.

        With `is_anew` nothing leads to them yet, wherever the walk has come from.
        """
        for key in keys:
            before = self._steps[key]
            if before.is_active and before.items:
                at = self._moment.now
                end = ItemEnd(id=before.items[-1], step=key, status=CANCELED, at=at)
                self.ended.append(end)
            self._set(key, status=INCOMPLETE, finish=None)
        for key in keys:
            self._steps[key] = self._fresh(key, keys, is_anew=is_anew)

    def _fresh(self, key: str, keys: Collection[str], *, is_anew: bool) -> StepState:
        before = self._steps[key]
        inside = tuple(each for each in preceding(self._graph, key) if each in keys)
        came = [
            edge
            for edge in self._graph.into.get(key, ())
            if edge.source not in keys and self._steps[edge.source].finish == edge.state
        ]
        return StepState(
            open=tuple(dict.fromkeys((*inside, *(e for e in before.open if e not in keys)))),
            complete=tuple(each for each in before.complete if each not in keys),
            error=tuple(each for each in before.error if each not in keys),
            items=before.items,
            is_armed=bool(came) and not is_anew,
        )
