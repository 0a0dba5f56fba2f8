"""New tasks for jobs: the task that walks a workflow, and the tasks that its steps start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from gateway.clock import write_instant
from gateway.engine.objects import changes as making
from gateway.engine.objects import defaults as submission
from gateway.engine.objects.defaults import WORKFLOW_TYPE
from gateway.engine.objects.targets import Targets
from gateway.engine.tasks.defaults import first_state, task_defaults
from gateway.engine.workflow.budget import JobBudget, Scale
from gateway.engine.workflow.input_schema import check_variables
from gateway.engine.workflow.marks import Now
from gateway.engine.workflow.validation import validate_graph
from gateway.engine.workflow.walk import Course
from gateway.errors import InvalidWorkflow, NotFound
from gateway.model.documents import orig
from gateway.model.job import (
    EVERYBODY,
    FIRST,
    INITIATOR,
    LOOP_INDEX,
    OWN_ID,
    Job,
    Lineage,
    job_id_of,
    origin_document,
)
from gateway.model.random_ids import random_uuid
from gateway.model.task_document import TASK_TYPE
from gateway.model.workflow import graph_of
from gateway.query import compile_clauses
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gateway.clock import Clock
    from gateway.engine.tasks.defaults import Identifiers
    from gateway.engine.tasks.plan import Planner
    from gateway.engine.workflow.budget import JobLimits
    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import NewObject
    from gateway.model.job import Origin
    from gateway.model.principal import Author
    from gateway.model.workflow import Flaw, Graph
    from gateway.store.base import Store

#: Graphs that are kept read and checked, and names whose search is kept.
GRAPH_CACHE_SIZE = 256


@lru_cache(maxsize=GRAPH_CACHE_SIZE)
def _search_by_name(name: str) -> Search:
    clause = {"equal": {"path": "name", "value": name}}
    return Search(type=WORKFLOW_TYPE, filter=compile_clauses(clause, WORKFLOW_TYPE))


@lru_cache(maxsize=GRAPH_CACHE_SIZE)
def _read(text: bytes) -> tuple[Graph, list[Flaw]]:
    """A graph, and what keeps it from being walked."""
    graph = graph_of(orjson.loads(text))
    return graph, validate_graph(graph)


@dataclass(frozen=True, kw_only=True, slots=True)
class StartRequest:
    """What somebody wants to be started."""

    workflow: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    kind: str = "automation"
    #: To which the job is limited; none: everybody.
    groups: tuple[str, ...] = ()
    lineage: Lineage = FIRST
    #: Identifier of the task above.
    parent: str | None = None
    #: Oids of those beside the starter who have given the variables.
    hands: tuple[str, ...] = ()
    #: Oids of who wrote the workflows above.
    writers: tuple[str, ...] = ()


class TaskFactory:
    """Makes what is stored when something starts; stores nothing itself."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        definitions: Planner,
        identifiers: Identifiers,
        limits: JobLimits,
    ) -> None:
        self.budget = JobBudget(store, limits)
        self._store = store
        self._clock = clock
        self._definitions = definitions
        self._identifiers = identifiers
        self._targets = Targets(store)

    async def workflow(self, name: str, sees: Callable[[Collection[str]], bool]) -> StoredObject:
        """The workflow of exactly that name, if its groups may be seen; else `NotFound`.

        Args:
            name: as it was written.
            sees: whether what is limited to groups may be seen.
        """
        found = await self._store.search(_search_by_name(name))
        stored = await self._store.get_many(found.oids)
        for each in stored.values():
            if each.name == name and sees(each.items.get("group", ())):
                return each
        raise NotFound(f"Cannot find workflow '{name[:200]}'.")

    async def job(self, order: StartRequest, workflow: StoredObject, author: Author) -> NewObject:
        """A task that walks the workflow; `InvalidWorkflow` if it cannot be walked.

        `TooLarge` if the variables are larger than those of a job may be.
        """
        graph, found = _read(orjson.dumps(workflow.items["graph"]))
        if found:
            raise InvalidWorkflow(graph.name, found)
        check_variables(workflow.items.get("inputSchema", {}), order.variables)
        now, oid = write_instant(self._clock.now()), submission.new_oid()
        job_id = job_id_of(oid)
        who = author.principal
        variables = {**order.variables, OWN_ID: job_id, INITIATOR: who.name}
        if order.lineage.step is not None:
            variables[LOOP_INDEX] = order.lineage.element
        walk = Course.begin(graph, variables, Now(now=now, new_id=random_uuid), order.hands)
        Scale(self.budget.limits.size).check(walk)
        lineage = order.lineage
        job = Job(
            id=job_id,
            task=oid,
            name=graph.name,
            graph=graph,
            walk=walk,
            user=who.oid,
            started=now,
            updated=now,
            description=order.description,
            kind=order.kind,
            groups=order.groups or (EVERYBODY,),
            lineage=Lineage(
                ancestors=(*lineage.ancestors, job_id),
                step=lineage.step,
                iteration=lineage.iteration,
                element=lineage.element,
            ),
            writers=(*order.writers, submission.writer_of(workflow.items)),
            shown=workflow.items.get("shown", {}),
        )
        work = {"workflow": {"workflow": orig(workflow.items["name"]), "job": job_id}}
        items: Document = {"name": graph.name, "activity": {"work": work}}
        if order.description:
            items["description"] = order.description
        audience = job.audience
        return await self._task(oid, items, author, parent=order.parent, job=job, audience=audience)

    async def activity(
        self,
        name: str,
        work: Document,
        author: Author,
        *,
        title: str,
        above: Job,
        parent: str,
        origin: Origin,
    ) -> NewObject:
        """A task that does one activity; `InvalidRequest` if its work makes no sense.

        Whoever may not see the job `above` does not see it either; `parent` identifies its task.
        """
        given = {"work": {name: work}}
        vocabulary = self._definitions.vocabulary
        activity = vocabulary.value(TASK_TYPE, "activity", given, "activity")
        items: Document = {"name": title, "activity": activity}
        oid, audience = submission.new_oid(), above.audience
        new = await self._task(oid, items, author, parent=parent, audience=audience)
        if new.state is None:
            raise TypeError("A started task has no state.")  # pragma: no cover
        text = orjson.dumps(origin_document(origin)).decode()
        return replace(new, state=replace(new.state, origin=text))

    async def _task(
        self,
        oid: str,
        items: Document,
        author: Author,
        *,
        parent: str | None,
        audience: str | None,
        job: Job | None = None,
    ) -> NewObject:
        seconds = self._clock.now()
        items = {**items, "schedulingState": "ready"} | ({"parent": parent} if parent else {})
        items = task_defaults(items, author, self._definitions, is_raw=False)
        state = first_state(
            items,
            self._identifiers.next(seconds),
            seconds,
            self._definitions.zone,
            completes=True,
        )
        return making.create_object(
            TASK_TYPE,
            oid,
            items,
            author=author,
            known=await self._targets.find_known(items),
            now=write_instant(seconds),
            state=replace(state, audience=audience),
            job=job,
        )
