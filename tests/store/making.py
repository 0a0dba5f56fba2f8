"""Objects, claims and slices, as short as tests need them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gateway.model import lifecycle
from gateway.model.effects import Change, Modify, NewObject
from gateway.model.lifecycle import RunResult
from gateway.model.slices import Slice
from gateway.model.task import TaskState
from gateway.store.base import RunCompletion
from gateway.store.sqlite.repository import encode_effects

if TYPE_CHECKING:
    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Bucket, Outcome
    from gateway.store.base import Claim
    from gateway.store.sqlite.store import SqliteStore

NOW = "2025-06-15T15:06:40.000Z"
LATER = "2025-06-15T16:00:00.000Z"
TASK = "00000000-0000-4000-8000-0000000000ff"
ACTIVITY = "recomputation:1"


def oid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def user(number: int, name: str | None = None, **items: Any) -> NewObject:
    """A user; `oid(number)` is its oid."""
    named = {"name": name or f"user {number}"} | items
    return NewObject(oid=oid(number), type="UserType", items=named, next_id=1)


def task(
    key: str = TASK, identifier: str = "t-1", parent: str | None = None, **cells: Any
) -> NewObject:
    """A task that is due now."""
    due: Document = {
        "scheduling_state": "ready",
        "execution_state": "runnable",
        "recurrence": "single",
        "next_start": NOW,
    }
    state = TaskState(identifier=identifier, parent=parent, **due | cells)
    items = {"name": "task", "ownerRef": {"oid": oid(1), "type": "UserType", "relation": "default"}}
    return NewObject(oid=key, type="TaskType", items=items, next_id=1, state=state)


async def describe(store: SqliteStore, key: str, text: str, outcome: Outcome | None = None) -> None:
    """Change an object's description."""

    def decide(before: StoredObject) -> Change:
        items = before.items | {"description": text}
        return Change(items=items, next_id=before.next_id, state=before.state, outcome=outcome)

    await store.modify(key, decide)


async def claimed(store: SqliteStore, key: str = TASK, now: str = NOW) -> Claim:
    """The task's run, begun or continued."""
    claim = await claiming(store, key, now)
    assert claim is not None
    return claim


async def claiming(store: SqliteStore, key: str = TASK, now: str = NOW) -> Claim | None:
    """The task's run; None if it cannot start."""
    start = partial(lifecycle.start_run, now=now)
    postpone = partial(lifecycle.postpone_start, now=now, pause=60)
    return await store.claim(key, start, postpone, lambda _: None, now)


async def bucket(store: SqliteStore, claim: Claim) -> Bucket:
    """The run's one bucket as it stands."""
    run = await store.reload_run(claim)
    assert run is not None
    [found] = run.buckets
    return found


async def committed(store: SqliteStore, claim: Claim, done: Slice) -> bool:
    """Whether the slice came true; no effect of it moves a task."""
    return await store.commit(claim, done, lambda task, _: task.state) is not None


async def working(store: SqliteStore) -> Claim:
    """A due task, claimed."""
    await store.add(task())
    return await claimed(store)


def slice_of(
    claim: Claim,
    start: int,
    end: int,
    handled: list[StoredObject] | None = None,
    changed: list[tuple[StoredObject, Document]] | None = None,
    **more: Any,
) -> Slice:
    """Items from `start` to `end`, each of the handled objects a success."""
    effects = [
        Modify(
            before=before, change=Change(items=items, next_id=before.next_id, state=before.state)
        )
        for before, items in changed or []
    ]
    encoded_changes, others = encode_effects(effects)
    outcomes = [[each.seq, NOW, "success", None] for each in handled or []]
    given: Document = {
        "run": claim.run.id,
        "lease": claim.run.lease,
        "activity": ACTIVITY,
        "number": 1,
        "start": start,
        "end": end,
        "complete": False,
        "succeeded": end - start,
        "modified": len(effects),
        "plain": len(effects) - len(others),
        "encoded": encoded_changes,
        "effects": tuple(others),
        "outcomes": orjson.dumps(outcomes),
        "touched": tuple(each.oid for each in handled or []),
    }
    return Slice(**given | more)


async def finished(store: SqliteStore, claim: Claim, *, permanent: bool = False) -> bool:
    """End the claimed run."""
    verdict = RunResult(status="fatal_error" if permanent else "success", is_permanent=permanent)
    ending = RunCompletion(
        decide=partial(lifecycle.end_run, verdict=verdict, now=LATER),
        status=verdict.status,
        message=None,
        now=LATER,
        is_complete=not permanent,
    )
    return await store.end_run(claim, ending) is not None


async def stored(store: SqliteStore, key: str = TASK) -> StoredObject:
    """The object, which is there."""
    found = await store.get(key)
    assert found is not None
    return found
