"""One walk through a graph while it moves: what may start, and what follows when a step ends.

Pure: takes a `Walk`, gives a `Walk` and what became of its items. Knows no store and no clock; time
and new ids are parameters. Where the sources are silent, itential-operations-manager 5.3 decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.clock import parse_instant, write_instant
from gateway.engine.workflow.marks import Finish, Now, StartedStep, WalkStatus
from gateway.engine.workflow.references import is_literal, resolve_inputs, write_variables
from gateway.model.job import (
    CANCELED,
    COMPLETE,
    ERRONEOUS,
    INCOMPLETE,
    RUNNING,
    SCHEDULED,
    Fault,
    ItemEnd,
    Rounds,
    StepState,
    Walk,
)
from gateway.model.workflow import END, ERROR, HANDLER, START, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gateway.model.workflow import Edge, Graph, Step

#: What a fault of the job as a whole is noted under.
WHOLE = "job"


class Course:
    """A walk that is being moved on; `walk` is where it stands."""

    def __init__(self, graph: Graph, walk: Walk, moment: Now) -> None:
        self._graph = graph
        self._moment = moment
        self._steps = dict(walk.steps)
        self._variables = dict(walk.variables)
        self._faults = list(walk.faults)
        self._ends = walk.ends
        self._is_stuck = walk.is_stuck
        self._hands = walk.hands
        self._is_halted = False
        #: Items that were begun, in order.
        self.opened: list[StartedStep] = []
        #: Items that have ended, in order.
        self.ended: list[ItemEnd] = []

    @classmethod
    def begin(
        cls, graph: Graph, variables: Mapping[str, Any], moment: Now, hands: tuple[str, ...] = ()
    ) -> Walk:
        """The walk at its start: what the start leads to is armed; `hands` have given the variables."""
        steps = {key: StepState(open=graph.preceding(key)) for key in graph.keys}
        course = cls(graph, Walk(steps=steps, variables=variables, hands=hands), moment)
        course.leave_start()
        return course.walk

    @property
    def walk(self) -> Walk:
        """Where the walk stands."""
        return Walk(
            steps=dict(self._steps),
            variables=dict(self._variables),
            faults=tuple(self._faults),
            ends=self._ends,
            is_stuck=self._is_stuck,
            hands=self._hands,
        )

    def state(self, key: str) -> StepState:
        """Where a step stands."""
        return self._steps[key]

    def step(self, key: str) -> Step:
        """A step of the graph."""
        return self._graph.steps[key]

    def _set(self, key: str, **changes: Any) -> StepState:
        self._steps[key] = self._steps[key].change(**changes)
        return self._steps[key]

    # ---- what may start, and how the walk stands --------------------------------------------------

    def startable(self) -> Iterator[Step]:
        """The steps that can start now, in the order of the graph."""
        for key, step in self._graph.steps.items():
            if self._is_startable(key):
                yield step

    def rest(self) -> WalkStatus:
        """How the walk stands; one that is stuck has a fault that says so."""
        if self._is_halted:
            return WalkStatus.STUCK
        if any(self._is_startable(key) for key in self._graph.steps):
            return WalkStatus.MORE
        if any(self._steps[key].is_active for key in self._graph.steps):
            return WalkStatus.WAITING
        now = self._moment.now
        if self._steps[END].is_armed:
            self._set(END, status=COMPLETE, ended=now, finish=SUCCESS)
            return WalkStatus.COMPLETE
        self._faults.append(Fault(step=WHOLE, message=self._no_way(), at=now))
        self._is_stuck = True
        return WalkStatus.STUCK

    def _is_startable(self, key: str) -> bool:
        state = self._steps[key]
        return state.status == INCOMPLETE and state.is_armed and not state.open

    @property
    def ends(self) -> int:
        """Ends of steps that were counted, repeated ones each time."""
        return self._ends

    def halt(self, message: str) -> None:
        """Nothing is started any more, whatever could be, until somebody resumes the job."""
        self._faults.append(Fault(step=WHOLE, message=message, at=self._moment.now))
        self._is_stuck = self._is_halted = True

    def _no_way(self) -> str:
        """The words of the seed page (5.4)."""
        ends = [f"`{key}`" for key in self._loose_ends()] or ["No task"]
        could = f"{', '.join(ends)} could have led to the workflow end task, but did not."
        return (
            f"Job has no available transitions. {could} These tasks performed in a way that the "
            "end of the workflow could not be reached."
        )

    def _loose_ends(self) -> list[str]:
        """Steps that have ended in a state from which no way leads on."""
        return [
            key
            for key in self._graph.steps
            if self._steps[key].is_settled and not self._ways_on(key, self._steps[key].finish)
        ]

    @property
    def due(self) -> str | None:
        """When the first step goes on by itself."""
        found = [s.due for s in self._steps.values() if s.is_active and s.due is not None]
        return min(found, default=None)

    # ---- a step starts ----------------------------------------------------------------------------

    def leave_start(self) -> None:
        """The start is over; what it leads to is armed."""
        self._set(START, status=COMPLETE, started=self._moment.now, finish=SUCCESS)
        self._follow(START, SUCCESS)
        self._bury()

    def start(self, key: str) -> StepState:
        """Begin a new item of the step; its inputs are resolved."""
        step, before = self.step(key), self._steps[key]
        inputs = {**self._inputs(step), **(before.given or {})}
        opened = StartedStep(
            id=self._moment.new_id(), step=step, inputs=inputs, owner=self._actor(step)
        )
        self.opened.append(opened)
        return self._set(
            key,
            status=RUNNING,
            started=self._moment.now,
            ended=None,
            due=None,
            finish=None,
            inputs=inputs,
            given=None,
            items=(*before.items, opened.id),
        )

    def forget_inputs(self, key: str) -> None:
        """Keep nothing of what the step that was just begun was given: it is too much."""
        self.opened[-1] = replace(self.opened[-1], inputs={})
        self._set(key, inputs={})

    def _inputs(self, step: Step) -> Mapping[str, Any]:
        outputs = {key: state.outputs for key, state in self._steps.items()}
        return resolve_inputs(step.inputs, self._variables, outputs)

    def find_written(self, key: str) -> frozenset[str]:
        """Names of the step's inputs that are what the workflow says; references became data."""
        said, has = self.step(key).inputs, self._steps[key].inputs
        return frozenset(name for name, value in has.items() if is_literal(said.get(name), value))

    def _actor(self, step: Step) -> str | None:
        """Who has worked on the step that this one names as its actor."""
        named = self._steps.get(step.actor or "")
        return named.user if named is not None and step.is_manual else None

    @property
    def variables(self) -> Mapping[str, Any]:
        """The job's variables."""
        return self._variables

    def set_variables(self, changes: Mapping[str, Any]) -> None:
        """Change variables of the job."""
        self._variables |= changes

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """By step: what it has given."""
        return {key: state.outputs for key, state in self._steps.items()}

    def note_hand(self, oid: str) -> None:
        """Somebody beside the starter has given values."""
        if oid not in self._hands:
            self._hands = (*self._hands, oid)

    def change(self, key: str, **changes: Any) -> StepState:
        """Note something about a step that is under way, such as its children."""
        return self._set(key, **changes)

    # ---- a step ends ------------------------------------------------------------------------------

    def finish(self, key: str, done: Finish) -> None:
        """The step's item has ended: try it again, or follow the ways that lead on from it."""
        before = self._steps[key]
        status = ERRONEOUS if done.state == ERROR else COMPLETE
        self._end_item(key, status, done)
        self._ends += 1
        step = self._graph.steps[key]
        if self._is_tried_again(step, before, done.state):
            return
        self._set(
            key,
            status=status,
            finish=done.state,
            ended=self._moment.now,
            due=None,
            outputs=dict(done.outputs),
            message=done.message,
            user=done.user,
        )
        self._variables |= write_variables(step.outputs, done.outputs)
        self._move_on(key, done)

    def _end_item(self, key: str, status: str, done: Finish) -> None:
        before = self._steps[key]
        if not before.items:
            return
        end = ItemEnd(
            id=before.items[-1],
            step=key,
            status=status,
            at=self._moment.now,
            finish=done.state,
            user=done.user,
            outputs=dict(done.outputs),
            message=done.message,
        )
        self.ended.append(end)

    def _is_tried_again(self, step: Step, before: StepState, state: str) -> bool:
        retry = step.retry
        if retry is None or not retry.is_automatic or state not in retry.states:
            return False
        if before.tries >= retry.limit:
            return False
        due = write_instant(parse_instant(self._moment.now) + retry.delay)
        self._set(step.key, status=SCHEDULED, due=due, tries=before.tries + 1, children=())
        return True

    def _move_on(self, key: str, done: Finish) -> None:
        self._tell_successors(key, is_error=done.state == ERROR)
        ways = self._ways_on(key, done.state)
        if not ways and done.state == ERROR:
            message = done.message or "The task ended in an error."
            self._faults.append(Fault(step=key, message=message, at=self._moment.now))
            if self._graph.has_handler and key != HANDLER:
                self._set(HANDLER, is_armed=True, is_dead=False)
        self._follow(key, done.state)
        self._bury()
        self._turn_loops()

    def _follow(self, key: str, state: str) -> None:
        for edge in self._ways_on(key, state):
            if edge.way == "revert":
                self.go_back(edge.target)
            else:
                self._set(edge.target, is_armed=True, is_dead=False)

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

    # ---- loops ------------------------------------------------------------------------------------

    def begin_rounds(self, key: str, values: tuple[Any, ...]) -> None:
        """Go through the values with the loop's body, one after the other."""
        self._set(key, rounds=Rounds(values=values))
        self._next_round(key)

    def _next_round(self, key: str) -> None:
        rounds = self._steps[key].rounds or Rounds()
        if rounds.finished >= len(rounds.values) or key not in self._graph.bodies:
            self.finish(key, Finish(outputs={"loop": list(rounds.results)}))
            return
        self._set(key, outputs={"current_item": rounds.values[rounds.finished]})
        self._reset(self._graph.bodies[key], is_anew=True)
        for edge in self._graph.out.get(key, ()):
            if edge.way == "loop":
                self._set(edge.target, is_armed=True)
        self._bury()

    def begin_children(self, key: str, values: tuple[Any, ...]) -> None:
        """The step starts a child for each of the values."""
        self._set(key, rounds=Rounds(values=values), children=())

    def note_children(self, key: str, results: list[dict[str, Any]]) -> None:
        """Children of the step have come to these results."""
        rounds = self._steps[key].rounds or Rounds()
        found = (*rounds.results, *results)
        self._set(key, rounds=replace(rounds, finished=len(found), results=found))

    def _turn_loops(self) -> None:
        """Loops whose body is over go on with the next value, or end; inner ones first."""
        heads = sorted(self._graph.bodies, key=lambda head: len(self._graph.bodies[head]))
        for head in heads:
            state = self._steps[head]
            if state.status != RUNNING or state.rounds is None or not self._is_over(head):
                continue
            failed = next(iter(self._find_broken(head)), None)
            if failed is not None:
                self.finish(head, Finish(state=ERROR, message=self._steps[failed].message))
                return
            result = self._round_result(head)
            rounds = replace(
                state.rounds,
                finished=state.rounds.finished + 1,
                results=(*state.rounds.results, result),
            )
            self._set(head, rounds=rounds)
            self._next_round(head)
            return

    def _is_over(self, head: str) -> bool:
        body = self._graph.bodies[head]
        return not any(self._steps[key].is_active or self._is_startable(key) for key in body)

    def _find_broken(self, head: str) -> Iterator[str]:
        """Steps of the body that have ended in an error which nothing takes up."""
        for key in sorted(self._graph.bodies[head]):
            if self._steps[key].finish == ERROR and not self._ways_on(key, ERROR):
                yield key

    def _round_result(self, head: str) -> dict[str, Any]:
        """What the last steps of the body have given."""
        last = [key for key in sorted(self._graph.bodies[head]) if not self._graph.out.get(key)]
        return {key: dict(self._steps[key].outputs) for key in last}

    # ---- back, again, and time --------------------------------------------------------------------

    def go_back(self, key: str, given: Mapping[str, Any] | None = None) -> None:
        """Do a step and all that comes after it once more; `given` fills open inputs of it."""
        self._reset(self._graph.forward(key))
        self._set(key, is_armed=True, is_dead=False, open=(), given=given)
        self._is_stuck = False
        self._bury()

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
        inside = tuple(each for each in self._graph.preceding(key) if each in keys)
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

    def try_again(self) -> None:
        """A walk that was stuck goes on: what has ended in an error without a way on is repeated."""
        if not self._is_stuck:
            return
        broken = [key for key in self._loose_ends() if self._steps[key].finish == ERROR]
        self._is_stuck = False
        for key in broken or self._loose_ends():
            if self._steps[key].is_settled and key != HANDLER:
                self.go_back(key)

    def pass_time(self) -> None:
        """Steps whose time has come go on."""
        for key in self._graph.steps:
            state = self._steps[key]
            if not state.is_active or state.due is None or state.due > self._moment.now:
                continue
            if state.status == SCHEDULED:
                self._set(key, status=INCOMPLETE, due=None, is_armed=True, open=())
            else:
                self.finish(key, Finish(outputs=state.outputs))
