"""Jobs: where the walk through a workflow's graph stands, and the items that people work on.

Values only, and how they read as documents; instants are text as `gateway.clock.write_instant` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Document
    from gateway.model.task import TaskState
    from gateway.model.workflow import Graph

INCOMPLETE, SCHEDULED, RUNNING, COMPLETE = "incomplete", "scheduled", "running", "complete"
ERRONEOUS, CANCELED, PAUSED = "error", "canceled", "paused"
#: What a step has come to an end with.
SETTLED = frozenset({COMPLETE, ERRONEOUS, CANCELED})
ACTIVE = frozenset({RUNNING, SCHEDULED})
#: Everybody; what a job without groups is limited to.
EVERYBODY = "default"
#: The variables that every job has by itself: its id, who started it, and the last one if a step has
#: started it: for which element. Nobody is asked for them, and they are never secret.
OWN_ID, INITIATOR, LOOP_INDEX = "_id", "initiator", "childJobLoopIndex"
GIVEN_VARIABLES = frozenset({OWN_ID, INITIATOR, LOOP_INDEX})


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A task that a step has started and waits for."""

    task: str
    name: str
    #: Id of its job; None for an activity.
    job: str | None = None
    #: Which element of the step's list it is for.
    index: int = 0
    is_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """What a step goes through that repeats others, or starts a child for each element."""

    values: tuple[Any, ...] = ()
    #: How many are over.
    finished: int = 0
    results: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StepState:
    """Where one step stands. Without slots, so that `change` can copy it whole."""

    status: str = INCOMPLETE
    #: Something leads to it: it starts as soon as nothing before it is open.
    is_armed: bool = False
    #: Nothing can lead to it any more.
    is_dead: bool = False
    #: Steps before it, by how they stand.
    open: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    finish: str | None = None
    #: Ids of its items, one for each time that it was started.
    items: tuple[str, ...] = ()
    started: str | None = None
    ended: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: What fills open inputs of it when it is started next.
    given: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    #: Further tries that were made.
    tries: int = 0
    #: When it goes on by itself.
    due: str | None = None
    children: tuple[Child, ...] = ()
    rounds: Rounds | None = None
    #: Oid of the person who finished it.
    user: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is under way."""
        return self.status in ACTIVE

    @property
    def is_settled(self) -> bool:
        """Whether it has come to an end."""
        return self.status in SETTLED

    def change(self, **changes: Any) -> StepState:
        """As `dataclasses.replace`, at a tenth of its price; a walk changes steps all the time."""
        if not changes.keys() <= _FRESH.keys():
            raise TypeError(f"A step has not all of {', '.join(changes)}.")
        made = object.__new__(StepState)
        made.__dict__.update(self.__dict__ | changes)
        return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What went wrong in a step, or in the job as a whole (`job`)."""

    step: str
    message: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """Where a job stands in its graph."""

    steps: Mapping[str, StepState]
    variables: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()
    #: Ends of steps that were counted, repeated ones each time.
    ends: int = 0
    #: The walk has come to where no way leads on.
    is_stuck: bool = False
    #: Oids of those beside the starter who have given values.
    hands: tuple[str, ...] = ()

    @property
    def progress(self) -> float:
        """The share of steps that have come to an end, from 0 to 1."""
        real = [s for key, s in self.steps.items() if not key.startswith("workflow_")]
        return round(sum(s.is_settled for s in real) / len(real), 4) if real else 1.0

    @property
    def awaited(self) -> frozenset[str]:
        """Oids of the tasks that steps wait for."""
        return frozenset(
            child.task
            for state in self.steps.values()
            if state.is_active
            for child in state.children
            if not child.is_over
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """Where a job comes from."""

    #: Ids from the first job down to this one.
    ancestors: tuple[str, ...] = ()
    #: The step that has started it, how often that had been started before, and for which element.
    step: str | None = None
    iteration: int = 0
    element: int = 0


FIRST = Lineage()


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who has decided what the task of a step does."""

    #: Oids of who wrote the workflows that have led to it, the own one last.
    writers: tuple[str, ...] = ()
    #: Whether the own one fixes what is done.
    is_fixed: bool = False
    #: Oids of those beside the starter who have given values to the job.
    hands: tuple[str, ...] = ()


def origin_document(origin: Origin) -> Document:
    """The origin as a JSON object."""
    return {"writers": origin.writers, "is_fixed": origin.is_fixed, "hands": origin.hands}


def origin_of(document: Document) -> Origin:
    """The origin that `origin_document` has written."""
    return Origin(
        writers=tuple(document["writers"]),
        is_fixed=document["is_fixed"],
        hands=tuple(document["hands"]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A walk through a workflow: what is known of it beside its task."""

    id: str
    #: Oid of its task.
    task: str
    name: str
    graph: Graph
    walk: Walk
    #: Who has started it.
    user: str
    started: str
    updated: str
    description: str | None = None
    kind: str = "automation"
    groups: tuple[str, ...] = (EVERYBODY,)
    watchers: tuple[str, ...] = ()
    lineage: Lineage = FIRST
    #: Oids of who wrote the workflows of the jobs above and, last, this one as it was when it started.
    writers: tuple[str, ...] = ()
    #: What only those who show the workflow need.
    shown: Mapping[str, Any] = field(default_factory=dict)
    #: `running`, `paused`, `complete`, `canceled` or `error`; follows from the task's state.
    status: str = RUNNING
    ended: str | None = None
    version: int = 0
    seq: int = 0
    #: The task's state.
    state: TaskState | None = None
    #: Who has claimed its open items, by item id.
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def audience(self) -> str | None:
        """What its tasks keep of its groups, as `TaskState.audience`."""
        return None if EVERYBODY in self.groups else json.dumps(self.groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """One time that a step was started."""

    id: str
    #: Id of the job.
    job: str
    job_name: str
    step: str
    name: str
    app: str
    kind: str
    started: str
    updated: str
    #: Oid of the job's task.
    task: str = ""
    status: str = RUNNING
    job_status: str = RUNNING
    description: str | None = None
    ancestors: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    owner: str | None = None
    claimed: str | None = None
    ended: str | None = None
    finish: str | None = None
    user: str | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemEnd:
    """How an item comes to an end."""

    id: str
    step: str
    status: str
    at: str
    finish: str | None = None
    user: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobMove:
    """A job's walk has moved on, with the items that were begun and that have ended."""

    #: The job as the move was computed from.
    before: Job
    walk: Walk
    now: str
    opened: tuple[WorkItem, ...] = ()
    ended: tuple[ItemEnd, ...] = ()
    groups: tuple[str, ...] | None = None
    watchers: tuple[str, ...] | None = None
    #: The task's new state, if it gets one with the move.
    state: TaskState | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemClaim:
    """Who works on an item from now on, and since when; nobody if both are None."""

    owner: str | None
    claimed: str | None
    now: str


def job_id_of(task: str) -> str:
    """The id of the job that a task walks, from the task's oid."""
    return task.replace("-", "")[:24]


def walk_document(walk: Walk) -> Document:
    """The walk as a JSON object; what is as in a fresh step is left out."""
    return {
        "steps": {key: _step_document(state) for key, state in walk.steps.items()},
        "variables": walk.variables,
        "faults": [{"step": f.step, "message": f.message, "at": f.at} for f in walk.faults],
        "ends": walk.ends,
        "is_stuck": walk.is_stuck,
        "hands": walk.hands,
    }


def walk_of(document: Document) -> Walk:
    """The walk that `walk_document` has written."""
    return Walk(
        steps={key: _step_of(state) for key, state in document["steps"].items()},
        variables=document["variables"],
        faults=tuple(Fault(**each) for each in document["faults"]),
        ends=document["ends"],
        is_stuck=document["is_stuck"],
        hands=tuple(document.get("hands", ())),
    )


_FRESH = vars(StepState())
_LISTS = ("open", "complete", "error", "items")


def _step_document(state: StepState) -> Document:
    return {name: value for name, value in vars(state).items() if value != _FRESH[name]}


def _step_of(document: Document) -> StepState:
    read: Document = dict(document)
    for name in _LISTS:
        if name in read:
            read[name] = tuple(read[name])
    if "children" in read:
        read["children"] = tuple(Child(**each) for each in read["children"])
    if "rounds" in read:
        rounds = read["rounds"]
        read["rounds"] = Rounds(
            values=tuple(rounds["values"]),
            finished=rounds["finished"],
            results=tuple(rounds["results"]),
        )
    return StepState(**read)
