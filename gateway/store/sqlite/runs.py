"""Units that write runs: taking a task, committing what a worker computed, ending a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import Conflict, NotFound
from gateway.model.destructible import check_destructible
from gateway.model.effects import Add, Delete, Modify, Operate
from gateway.model.job import JobMove
from gateway.model.run import Run
from gateway.model.task_document import owner_oid
from gateway.store.base import Claim, CommitResult, CompletedRun
from gateway.store.sqlite.documents import execute_many, replace_documents
from gateway.store.sqlite.jobs import write_move
from gateway.store.sqlite.queries import load
from gateway.store.sqlite.reading import SQL as READ
from gateway.store.sqlite.reading import with_state
from gateway.store.sqlite.rows import bucket_of, overlay_state, run_of
from gateway.store.sqlite.writing import add, delete, existing, write_change, write_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from gateway.model.documents import StoredObject
    from gateway.model.effects import Effect
    from gateway.model.slices import Slice
    from gateway.model.task import Operation, TaskState
    from gateway.store.base import RunCompletion

    Operating = Callable[[StoredObject, Operation], TaskState | None]

SQL = load("write")
MAX_RUNS = 20


def claim(
    connection: sqlite3.Connection,
    oid: str,
    decide: Callable[[StoredObject], TaskState | None],
    postpone: Callable[[StoredObject], TaskState],
    at_once: Callable[[Claim], tuple[Slice, RunCompletion] | None],
    facts: dict[str, str],
) -> Claim | None:
    """Begin the task's run, or continue the interrupted one under a new lease.

    `facts` are the `identifier` that a new run gets, and `now`.
    """
    found = with_state(connection, oid)
    if not found or found[0].state is None:
        return None
    before, now = found[0], facts["now"]
    after = decide(before)
    if after is None:
        return None
    if _is_crowded(connection, before):
        write_state(connection, before, postpone(before), now)
        return None
    if after.run is not None:
        run = _continue_run(connection, after.run, now)
        after = replace(after, progress=sum(each.processed for each in run.buckets))
        return _claim(connection, before, after, run)
    run = _new_run(facts)
    whole = at_once(Claim(task=before, run=run))
    if whole is not None:
        return _over_at_once(connection, before, after, run, *whole)
    run = replace(run, id=_add_run(connection, before, run))
    return _claim(connection, before, replace(after, run=run.id), run)


def _claim(
    connection: sqlite3.Connection, before: StoredObject, after: TaskState, run: Run
) -> Claim:
    write_state(connection, before, after, run.sessions[-1][0] or "")
    return Claim(task=_with_state(before, replace(after, touched=after.touched + 1)), run=run)


def _with_state(task: StoredObject, state: TaskState) -> StoredObject:
    return replace(task, items=overlay_state(task.type, dict(task.items), state), state=state)


def _over_at_once(
    connection: sqlite3.Connection,
    before: StoredObject,
    after: TaskState,
    run: Run,
    done: Slice,
    ending: RunCompletion,
) -> Claim:
    """Write a run that is complete as soon as it has begun."""
    sessions: list[list[str | None]] = [[run.started, ending.now]]
    ended = replace(run, status=ending.status, ended=ending.now, lease=2, sessions=sessions)
    number = _add_run(connection, before, ended)
    connection.execute(SQL["add_bucket"], _advance(done) | {"run": number})
    counted = replace(after, progress=done.processed, expected_total=done.expected)
    task = _with_state(before, counted)
    final = ending.decide(task)
    write_state(connection, before, final, ending.now)
    left = CompletedRun(task=task, after=final, at=ending.now)
    return Claim(task=task, run=ended, whole=(done, left))


def _is_crowded(connection: sqlite3.Connection, task: StoredObject) -> bool:
    if "executionConstraints" not in task.items:
        return False
    return bool(connection.execute(READ["crowded"], {"seq": task.seq}).fetchone()[0])


def _new_run(facts: dict[str, str]) -> Run:
    """A run that begins now; the store gives it an id."""
    now = facts["now"]
    return Run(
        id=0,
        identifier=facts["identifier"],
        started=now,
        ended=None,
        status="in_progress",
        message=None,
        lease=1,
        attempt=1,
        sessions=[[now, None]],
    )


def _add_run(connection: sqlite3.Connection, task: StoredObject, run: Run) -> int:
    """Store the run; its id."""
    row = {
        "identifier": run.identifier,
        "task": task.seq,
        "started": run.started,
        "ended": run.ended,
        "status": run.status,
        "lease": run.lease,
        "sessions": orjson.dumps(run.sessions).decode(),
    }
    cursor = connection.execute(SQL["add_run"], row)
    if task.state is not None and task.state.last_run_start is not None:
        connection.execute(SQL["prune_runs"], {"task": task.seq, "keep": MAX_RUNS})
    return int(cursor.lastrowid or 0)


def _continue_run(connection: sqlite3.Connection, run: int, now: str) -> Run:
    connection.execute(SQL["continue_run"], {"run": run, "now": now})
    connection.execute(SQL["forget_provisional"], {"run": run})
    return _run(connection, run)


def _run(connection: sqlite3.Connection, run: int) -> Run:
    row = connection.execute(READ["run"], {"run": run}).fetchone()
    keys = orjson.dumps([run]).decode()
    buckets = connection.execute(READ["buckets"], {"keys": keys}).fetchall()
    return run_of(row, (bucket_of(each) for each in buckets))


def reload_run(connection: sqlite3.Connection, claimed: Claim) -> Run | None:
    """The run with its buckets; None if the lease is lost."""
    row = connection.execute(READ["run"], {"run": claimed.run.id}).fetchone()
    if row is None or row["lease"] != claimed.run.lease or row["ended"] is not None:
        return None
    return _run(connection, claimed.run.id)


def commit(
    connection: sqlite3.Connection,
    claimed: Claim,
    done: Slice,
    operate: Operating,
    ending: RunCompletion | None,
    now: str,
) -> CommitResult | None:
    """Make a slice of a bucket true: counters, changed objects and outcomes together."""
    facts: dict[str, str | None] = {
        "task": claimed.task.oid,
        "initiator": owner_oid(claimed.task.items),
        "now": now,
    }
    if connection.execute(SQL["advance_bucket"], _advance(done)).rowcount != 1:
        return None
    _commit_plain(connection, done)
    for effect in done.effects:
        _make_true(connection, effect, now, operate)
    if done.outcomes != b"[]":
        rows = {
            **facts,
            "outcomes": done.outcomes.decode(),
            "channel": None,
            "run": done.run,
            "activity": done.activity,
        }
        connection.execute(SQL["add_item_outcomes"], rows)
        connection.execute(SQL["prune_item_outcomes"], rows)
    _commit_retries(connection, done)
    counts = {"task": claimed.task.seq, "processed": done.processed, "expected": done.expected}
    connection.execute(SQL["advance_task"], counts)
    if ending is not None:
        return CommitResult(left=end_run(connection, claimed, ending))
    connection.execute(SQL["advance_run"], {"run": done.run, "now": now})
    return CommitResult()


def _commit_plain(connection: sqlite3.Connection, done: Slice) -> None:
    if not done.plain:
        return
    encoded = done.encoded
    if replace_documents(connection, orjson.loads(encoded.changes)) != done.plain:
        raise Conflict("An object was changed while it was being processed.")
    for name, rows in (
        ("forget_many_references", encoded.old_references),
        ("add_many_references", encoded.references),
        ("forget_many_assignments", encoded.old_assignments),
        ("add_many_assignments", encoded.assignments),
    ):
        if rows != b"[]":
            execute_many(connection, name, orjson.loads(rows))
    if encoded.recorded != b"[]":
        connection.execute(SQL["add_many_outcomes"], {"rows": encoded.outcomes.decode()})
        recorded = {"owners": encoded.recorded.decode()}
        connection.execute(SQL["prune_many_simple_outcomes"], recorded)


def _make_true(
    connection: sqlite3.Connection, effect: Effect, now: str, operate: Operating
) -> None:
    if isinstance(effect, Modify):
        present = _require_unchanged(connection, effect.before)
        write_change(connection, present, effect.change, now)
    elif isinstance(effect, Add):
        add(connection, effect.new)
    elif isinstance(effect, Delete):
        present = _require_unchanged(connection, effect.before)
        _check_still_in_place(present, effect.before)
        delete(connection, effect.before.oid, check_destructible)
    elif isinstance(effect, JobMove):
        write_move(connection, effect)
    elif isinstance(effect, Operate):
        before = existing(connection, effect.oid)
        after = operate(before, effect.operation)
        if after is not None and after != before.state:
            write_state(connection, before, after, now)


def _require_unchanged(connection: sqlite3.Connection, before: StoredObject) -> StoredObject:
    """The object as it is, if its version is still that of `before`."""
    try:
        present = existing(connection, before.oid, is_whole=False)
    except NotFound as error:
        raise Conflict(f"'{before.name}' was deleted meanwhile.") from error
    if present.version != before.version or present.seq != before.seq:
        raise Conflict(f"'{before.name}' was changed meanwhile.")
    return present


def _check_still_in_place(present: StoredObject, before: StoredObject) -> None:
    """A task's version does not tell that it was closed and goes on now."""
    states = [each.state and each.state.scheduling_state for each in (present, before)]
    if states[0] != states[1]:
        raise Conflict(f"'{before.name}' was moved from one state to another meanwhile.")


def _commit_retries(connection: sqlite3.Connection, done: Slice) -> None:
    keys: dict[str, Any] = {"run": done.run, "activity": done.activity}
    if done.settled:
        seqs = orjson.dumps(done.settled).decode()
        connection.execute(SQL["settle_retries"], keys | {"seqs": seqs})
    if done.retries:
        rows = orjson.dumps([(each.seq, each.due, each.attempt) for each in done.retries]).decode()
        connection.execute(SQL["add_retries"], keys | {"rows": rows})


def _advance(done: Slice) -> dict[str, Any]:
    counted = (
        "run lease activity number start end expected succeeded failed skipped provisional "
        "modified added deleted milliseconds"
    )
    return {name: getattr(done, name) for name in counted.split()} | {
        "state": _state_after(done),
        "last_items": orjson.dumps(done.last_items).decode(),
        "matched": orjson.dumps(done.matched).decode(),
    }


def _state_after(done: Slice) -> str:
    if done.halt is not None and done.halt.kind == "skip":
        return "aborted"
    return "complete" if done.complete else "ready"


def end_run(
    connection: sqlite3.Connection, claimed: Claim, ending: RunCompletion
) -> CompletedRun | None:
    """Close this stretch of the run and move the task on; None if the lease is lost."""
    facts = {
        "run": claimed.run.id,
        "lease": claimed.run.lease,
        "status": ending.status,
        "message": ending.message,
        "now": ending.now,
        "ended": ending.now if ending.is_complete else None,
    }
    if connection.execute(SQL["end_run"], facts).rowcount != 1:
        return None
    before = existing(connection, claimed.task.oid, is_whole=False)
    after = ending.decide(before)
    write_state(connection, before, after, ending.now)
    tied = tuple(_move_tied(connection, before.oid, ending))
    return CompletedRun(task=before, after=after, at=ending.now, tied=tied)


def _move_tied(
    connection: sqlite3.Connection, oid: str, ending: RunCompletion
) -> Iterator[tuple[StoredObject, TaskState]]:
    """Move the tasks above a task, those that wait for it, and so on from there."""
    if ending.tied is None:
        return
    for (each,) in connection.execute(READ["tied"], {"oid": oid}).fetchall():
        task = existing(connection, each, is_whole=False)
        after = ending.tied(task)
        if after != task.state:
            write_state(connection, task, after, ending.now)
            yield task, after
