"""Every verb of the engine asks for the caller's rights, whoever calls it.

The table names all verbs: one that is added without a row fails here.
"""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.engine import verbs as verbs_package
from gateway.engine.verbs.accounts import add_account
from gateway.engine.verbs.allowances import Allowance, Allowances
from gateway.engine.verbs.engine import Engine
from gateway.engine.verbs.insight import Insight, Watched
from gateway.engine.verbs.jobs import Jobs
from gateway.engine.verbs.submission import Submission
from gateway.engine.workflow.factory import StartRequest
from gateway.errors import NotAllowed, NotFound
from gateway.model.grants import Rule, Selection
from gateway.model.principal import Principal, Right
from gateway.store.base import FailureSearch
from gateway.store.search import Found, Search
from tests.engine.test_jobs import Shop, chain, manual
from tests.engine.world import world as opened
from tests.serving import NOWHERE, unique

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.model.job import Job
    from tests.engine.world import World

NOBODY = Principal(oid=NOWHERE, name="nobody", roles=frozenset())
#: Somebody with all rights on tasks of theirs alone, which the tests' objects are not.
MINE = Selection(type="TaskType", clauses=('{"text": "subtype = \'mine\'"}',))
PART = Principal(
    oid=NOWHERE,
    name="part",
    roles=frozenset(),
    rules=(Rule(operations=frozenset(Right), objects=(MINE,)),),
)
REFUSED, HIDDEN, EMPTY = NotAllowed, NotFound, None


@dataclass(frozen=True)
class Things:
    """What the verbs are tried on: a task that is nobody's own, and a job that waits for a person."""

    world: World
    task: str
    job: Job
    item: str

    @property
    def engine(self) -> Engine:
        return self.world.running.engine

    @property
    def jobs(self) -> Jobs:
        return self.world.running.jobs

    @property
    def insight(self) -> Insight:
        return self.world.running.insight


@dataclass(frozen=True)
class Row:
    """How a verb is called, and what it answers to who has no rights, and to who has some."""

    call: Callable[[Things, Principal], Awaitable[Any]]
    nobody: type[Exception] | None = REFUSED
    part: type[Exception] | None = HIDDEN


def same(document: dict[str, Any]) -> dict[str, Any]:
    return document


def new_task(things: Things, who: Principal, **more: Any) -> Awaitable[Any]:
    items = {"name": unique("task"), "activity": {"work": {"noOp": {}}}}
    return things.engine.submit(Submission(type="TaskType", items=items, **more), who)


async def watching(things: Things, who: Principal) -> Any:
    async def ask() -> Principal:
        return who

    stream = await things.insight.events(Watched(), ask)
    await stream.aclose()


OF_ENGINE: dict[str, Row] = {
    "get": Row(lambda t, who: t.engine.get(t.task, "TaskType", who)),
    "get_many": Row(lambda t, who: t.engine.get_many([t.task], who), EMPTY, EMPTY),
    "search": Row(lambda t, who: t.engine.search(Search(type="TaskType"), who), EMPTY, EMPTY),
    "submit": Row(new_task, REFUSED, REFUSED),
    "modify": Row(lambda t, who: t.engine.modify(t.task, "TaskType", same, who)),
    "delete": Row(lambda t, who: t.engine.delete(t.task, "TaskType", who)),
    "run": Row(lambda t, who: t.engine.run(t.task, who)),
    "suspend": Row(lambda t, who: t.engine.suspend(t.task, who)),
    "resume": Row(lambda t, who: t.engine.resume(t.task, who)),
    "clear": Row(lambda t, who: t.engine.clear(t.task, lambda _: None, who)),
    "acts_as": Row(lambda t, who: t.engine.acts_as(SYSTEM, who), REFUSED, REFUSED),
}
OF_JOBS: dict[str, Row] = {
    name: Row(call, REFUSED, REFUSED)
    for name, call in {
        "job": lambda t, who: t.jobs.job(t.job.id, who),
        "item": lambda t, who: t.jobs.item(t.item, who),
        "search": lambda t, who: t.jobs.search(Search(type="JobType"), who),
        "jobs": lambda t, who: t.jobs.jobs([t.job.id], who),
        "items": lambda t, who: t.jobs.items([t.item], who),
        "job_metrics": lambda t, who: t.jobs.job_metrics(who),
        "item_metrics": lambda t, who: t.jobs.item_metrics(who),
        "start": lambda t, who: t.jobs.start(StartRequest(workflow=t.job.name), who),
        "claim": lambda t, who: t.jobs.claim(t.item, who),
        "release": lambda t, who: t.jobs.release(t.item, who),
        "assign": lambda t, who: t.jobs.assign(t.item, SYSTEM, who),
        "finish": lambda t, who: t.jobs.finish(t.job.id, "a1", "success", {}, who),
        "revert": lambda t, who: t.jobs.revert(t.job.id, "a1", "a1", who),
        "go_on": lambda t, who: t.jobs.go_on(t.job.id, "a1", who),
        "retry": lambda t, who: t.jobs.retry(t.job.id, "a1", {}, who),
        "pause": lambda t, who: t.jobs.pause(t.job.id, who),
        "resume": lambda t, who: t.jobs.resume(t.job.id, who),
        "cancel": lambda t, who: t.jobs.cancel(t.job.id, who),
        "delete": lambda t, who: t.jobs.delete(t.job.id, who),
        "set_groups": lambda t, who: t.jobs.set_groups(t.job.id, list, who),
        "set_watchers": lambda t, who: t.jobs.set_watchers(t.job.id, list, who),
    }.items()
}
OF_INSIGHT: dict[str, Row] = {
    "failures": Row(
        lambda t, who: t.insight.failures(FailureSearch(since="1970"), who), REFUSED, REFUSED
    ),
    "accounts": Row(lambda t, who: t.insight.accounts(who), REFUSED, REFUSED),
    "events": Row(watching, REFUSED, REFUSED),
}


def new_account(things: Things, who: Principal) -> Awaitable[Any]:
    return add_account(
        things.world.running.store,
        things.engine,
        who,
        name=unique("account"),
        password="a long password",
        roles=["superuser"],
    )


#: Verbs that are no methods, by module.
FUNCTIONS: dict[str, Row] = {"accounts.add_account": Row(new_account, REFUSED, REFUSED)}
#: Functions that ask for nobody's rights: who calls them does, which the matrix of all routes plays.
UNASKED = {
    "accounts.ensure_administrator",
    "accounts.hash_checked",
    "clients.add_client",
    "clients.rotate_client",
    "clients.client_id_of",
    "clients.client_facts",
    "clients.ensure_client",
}
TABLES: dict[type, dict[str, Row]] = {Engine: OF_ENGINE, Jobs: OF_JOBS, Insight: OF_INSIGHT}
#: What is no caller's to ask for, and gives away nothing of anybody.
OPEN: dict[type, set[str]] = {
    Engine: {"refresh_accounts", "password_policy"},
    # They say how much somebody may have, after it was asked whether they may have any.
    Allowance: {"take"},
    Allowances: {"take_task", "take_job"},
}
ROWS = [
    *((f"{kind.__name__}.{name}", row) for kind in TABLES for name, row in TABLES[kind].items()),
    *FUNCTIONS.items(),
]


def verbs(kind: type) -> set[str]:
    found = inspect.getmembers(kind, inspect.iscoroutinefunction)
    return {name for name, _ in found if not name.startswith("_")}


MODULES = [
    import_module(f"{verbs_package.__name__}.{each.name}")
    for each in pkgutil.iter_modules(verbs_package.__path__)
]


def test_every_class_of_verbs_is_walked() -> None:
    found = {
        kind
        for module in MODULES
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and takes_callers(kind)
    }
    assert found == {*TABLES, *OPEN}


def takes_callers(kind: type) -> bool:
    """Whether a public method is told who calls."""
    found = inspect.getmembers(kind, inspect.iscoroutinefunction)
    signatures = [inspect.signature(each) for name, each in found if not name.startswith("_")]
    return any("principal" in each.parameters for each in signatures)


def test_every_verb_that_is_a_function_has_a_row() -> None:
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in MODULES
        for name, each in inspect.getmembers(module, inspect.iscoroutinefunction)
        if each.__module__ == module.__name__ and not name.startswith("_")
    }
    assert found == {*FUNCTIONS, *UNASKED}


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_verb_has_a_row(kind: type) -> None:
    assert verbs(kind) - OPEN.get(kind, set()) == set(TABLES[kind])


@pytest.fixture
async def things(tmp_path: Path) -> AsyncIterator[Things]:
    async with opened(tmp_path / "verbs.db") as world:
        shop = Shop(world)
        job = await shop.at_rest(await shop.start(chain(manual("a1"))), "a1")
        task = await world.task({"work": {"noOp": {}}}, schedulingState="suspended")
        yield Things(world, task, job, job.walk.steps["a1"].items[-1])


async def outcome(row: Row, things: Things, who: Principal) -> type[Exception] | None:
    """What a verb raises; None if it shows nothing."""
    try:
        found = await row.call(things, who)
    except (NotAllowed, NotFound) as error:
        return type(error)
    assert found in ({}, [], Found(oids=()))
    return None


async def test_no_verb_does_anything_for_who_has_no_right(things: Things) -> None:
    found = {name: await outcome(row, things, NOBODY) for name, row in ROWS}
    assert found == {name: row.nobody for name, row in ROWS}


async def test_no_verb_goes_beyond_the_objects_that_somebody_has_rights_on(
    things: Things,
) -> None:
    found = {name: await outcome(row, things, PART) for name, row in ROWS}
    assert found == {name: row.part for name, row in ROWS}


async def test_what_is_allowed_on_some_objects_is_done_to_them(things: Things) -> None:
    mine = await things.world.task({"work": {"noOp": {}}}, subtype=["mine"])
    found = await things.engine.search(Search(type="TaskType", count=True), PART)
    assert (found.oids, found.total) == ((mine,), 1)
    assert list(await things.engine.get_many([mine, things.task], PART)) == [mine]
    assert (await things.engine.get(mine, "TaskType", PART)).oid == mine
