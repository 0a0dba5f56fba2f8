"""The verbs: everything that a dialect can ask for. Knows no HTTP and no vendor.

Each verb is one durable change in the store; work that goes on afterwards is the scheduler's.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.clock import instant
from gateway.engine import admission, lifecycle, making, submission
from gateway.engine.permissions import check
from gateway.engine.safeguards import Safeguard
from gateway.engine.targets import Targets, UnknownTargets
from gateway.errors import AlreadyExists, NotFound, PreconditionFailed, Protected
from gateway.model.channels import REST
from gateway.model.documents import same
from gateway.model.principal import ROLE_OIDS, Author, Right
from gateway.model.task import Effect, Operation
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.clock import Clock
    from gateway.engine.admission import Submission
    from gateway.engine.allowances import Allowances
    from gateway.engine.definition import Definitions
    from gateway.engine.events import Events
    from gateway.engine.lifecycle import Told
    from gateway.engine.scheduler import Scheduler
    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Change
    from gateway.model.principal import Principal
    from gateway.model.task import TaskState
    from gateway.store.base import Found, Search, Store


class Engine:
    """One method a verb."""

    def __init__(
        self,
        store: Store,
        scheduler: Scheduler,
        events: Events,
        clock: Clock,
        definitions: Definitions,
        identifiers: submission.Identifiers | None = None,
        *,
        allowances: Allowances,
        completes_states: bool = True,
    ) -> None:
        self._allowances = allowances
        self._store = store
        self._scheduler = scheduler
        self._events = events
        self._definitions = definitions
        self._clock = clock
        self._completes_states = completes_states
        self._identifiers = identifiers or submission.Identifiers()
        self._targets = Targets(store)
        self._guarded: set[str] = set(ROLE_OIDS.values())
        self._guard = asyncio.Lock()

    def _now(self) -> str:
        return instant(self._clock.now())

    async def refresh_accounts(self) -> None:
        """Learn which objects are accounts; their changes are checked for lock-outs."""
        self._guarded |= {account.oid for account in await self._store.accounts()}

    async def get(self, oid: str, type_name: str) -> StoredObject:
        """The object; `NotFound` if there is none of that type."""
        found = await self._store.get(oid)
        return _of_type(found, oid, type_name)

    async def get_many(self, oids: Sequence[str]) -> dict[str, StoredObject]:
        """The existing ones of the objects, by oid."""
        return await self._store.get_many(oids)

    async def search(self, search: Search) -> Found:
        """Oids of the matching objects."""
        return await self._store.search(search)

    async def submit(self, given: Submission, principal: Principal) -> str:
        """Create the object, or replace the one with its oid; the oid."""
        oid = given.oid or submission.new_oid()
        submission.checked_name(given.items)
        items = submission.without_run_time(given.items)
        if given.type == submission.TASK_TYPE:
            submission.refuse_walks(items)
            author = Author(principal=principal, channel=REST)
            items = submission.task_defaults(items, author, self._definitions, is_raw=given.raw)
        if given.overwrite and given.oid:
            try:
                await self._replace(oid, given, items, principal)
            except NotFound:
                if given.precondition is not None:
                    raise PreconditionFailed from None
                await self._create(oid, given, items, principal)
        else:
            await self._create(oid, given, items, principal)
        return oid

    async def _create(
        self, oid: str, given: Submission, items: Document, principal: Principal
    ) -> None:
        admission.check_new(given.type, oid, items, principal)
        seconds = self._clock.now()
        now = instant(seconds)
        state = None
        if given.type == submission.TASK_TYPE:
            await self._allowances.take_task(principal)
            identifier = self._identifiers.next(seconds)
            state = submission.first_state(
                items,
                identifier,
                seconds,
                self._definitions.zone,
                completes=self._completes_states,
            )
        new = making.created(
            given.type,
            oid,
            items,
            author=Author(principal=principal, channel=REST),
            known={} if given.raw else await self._targets.known(items),
            now=now,
            state=state,
            raw=given.raw,
            password=given.password,
        )
        await self._store.add(new)
        if given.password is not None:
            self._guarded.add(oid)
        if state is not None:
            self._events.changed(new, None, state, now)
            self._scheduler.nudge(state.next_start)

    async def _replace(
        self, oid: str, given: Submission, items: Document, principal: Principal
    ) -> None:
        """The whole content is replaced; what is not given disappears."""
        if given.type == submission.TASK_TYPE and not given.keeps_equal:
            seconds = self._clock.now()
            identifier = self._identifiers.next(seconds)
            items = submission.with_own_state(
                items,
                identifier,
                seconds,
                self._definitions.zone,
                completes=self._completes_states,
            )

        def content(before: StoredObject) -> Document:
            if before.type != given.type:
                raise AlreadyExists(f"The oid {oid} belongs to an object of type {before.type}.")
            if given.precondition is not None and not given.precondition(before):
                raise PreconditionFailed
            if given.keeps_equal:
                return making.kept(before, items)
            kept = {"metadata": before.items["metadata"]} if "metadata" in before.items else {}
            return kept | items

        await self._change(
            oid,
            content,
            principal,
            raw=given.raw,
            is_whole=given.precondition is not None or given.keeps_equal,
            keeps_equal=given.keeps_equal,
            password=given.password,
        )

    async def modify(
        self,
        oid: str,
        type_name: str,
        change: Callable[[Document], Document],
        principal: Principal,
        *,
        raw: bool = False,
        precondition: Callable[[StoredObject], bool] | None = None,
        password: str | None = None,
    ) -> None:
        """Apply `change` to the object's items; nothing is stored if nothing changes.

        `password` is the hash of a new one; empty, it takes the present one away.
        """

        def content(before: StoredObject) -> Document:
            _of_type(before, oid, type_name)
            if precondition is not None and not precondition(before):
                raise PreconditionFailed
            return change(before.items)

        is_whole = precondition is not None
        await self._change(oid, content, principal, raw=raw, is_whole=is_whole, password=password)

    async def _change(
        self,
        oid: str,
        content: Callable[[StoredObject], Document],
        principal: Principal,
        *,
        raw: bool,
        is_whole: bool,
        keeps_equal: bool = False,
        password: str | None = None,
    ) -> None:
        """Change the object inside the store's transaction; targets it needs are read before."""
        now = self._now()
        given: dict[str, StoredObject | None] = {}

        def decide(before: StoredObject) -> Change | None:
            items = content(before)
            admission.check_change(before, items, principal)
            submission.checked_name(items)
            if password is None and same(items, before.items):
                return None
            change = making.changed(
                before,
                items,
                author=Author(principal=principal, channel=REST),
                known={} if raw else self._targets.at_hand(items, given),
                now=now,
                definitions=self._definitions,
                raw=raw,
            )
            if password is not None:
                return replace(change, password=password)
            return None if keeps_equal and making.changes_nothing(before, change) else change

        while True:
            try:
                before, change = await self._store_change(
                    oid, decide, principal, now, is_whole=is_whole
                )
                break
            except UnknownTargets as unknown:
                given |= await self._targets.read(unknown.oids)
        if password is not None:
            self._guarded.add(oid)
        if change is not None and change.state is not None:
            await self._moved(before, change.state, now)

    async def _moved(self, before: StoredObject, after: TaskState, now: str) -> None:
        """A task's state was changed: tell of it, and let the scheduler act on it."""
        self._events.changed(before, before.state, after, now)
        self._scheduler.nudge(after.next_start)
        self._scheduler.halt_if_idle(before.oid, after)
        if lifecycle.closes(before.state, after):
            await self._scheduler.settled(before.oid)

    async def _store_change(
        self,
        oid: str,
        decide: Callable[[StoredObject], Change | None],
        principal: Principal,
        now: str,
        *,
        is_whole: bool,
    ) -> tuple[StoredObject, Change | None]:
        if oid in self._guarded:
            return await self._guarded_change(oid, decide, principal, now)
        return await self._store.modify(oid, decide, is_whole=is_whole)

    async def _guarded_change(
        self,
        oid: str,
        decide: Callable[[StoredObject], Change | None],
        principal: Principal,
        now: str,
    ) -> tuple[StoredObject, Change | None]:
        """One at a time, so that two superusers cannot lock each other out."""
        async with self._guard:
            safeguard = Safeguard(principal=principal, accounts=await self._store.accounts())

            def checked(before: StoredObject) -> Change | None:
                change = decide(before)
                if change is not None:
                    safeguard.check(before, change.items, now, change.password)
                return change

            return await self._store.modify(oid, checked, is_whole=True)

    async def delete(
        self,
        oid: str,
        type_name: str,
        principal: Principal,
        precondition: Callable[[StoredObject], bool] | None = None,
        *,
        right: Right = Right.DELETE,
    ) -> None:
        """Delete the object and a task's subtasks, by a right on each; work under way comes to nothing."""
        now = self._now()
        guarded = oid in self._guarded
        gone: list[StoredObject] = []
        async with self._guard if guarded else nullcontext():
            accounts = await self._store.accounts() if guarded else []
            safeguard = Safeguard(principal=principal, accounts=accounts)

            def decide(before: StoredObject) -> None:
                if before.state is not None:
                    gone.append(before)
                if before.oid == oid:
                    _of_type(before, oid, type_name)
                    if precondition is not None and not precondition(before):
                        raise PreconditionFailed
                check(principal, right, before)
                if before.items.get("indestructible"):
                    raise Protected(f"'{before.name}' is marked as indestructible.")
                if guarded:
                    safeguard.check(before, None, now)

            gone.clear()
            deleted = await self._store.delete(oid, decide)
            self._guarded -= set(deleted) - set(ROLE_OIDS.values())
        for each in gone:
            self._scheduler.halt(each.oid)
            self._events.changed(each, each.state, None, now)

    async def run(self, oid: str) -> str | None:
        """Start the task as soon as possible; a sentence if its state forbids it."""
        return await self._operate(oid, Operation.RUN)

    async def suspend(self, oid: str) -> str | None:
        """Stop the task; nothing is processed any more when this returns."""
        return await self._operate(oid, Operation.SUSPEND)

    async def resume(self, oid: str) -> str | None:
        """Let a suspended task go on; `WrongState` if it is not suspended."""
        return await self._operate(oid, Operation.RESUME)

    async def clear(self, oid: str, tell: Callable[[StoredObject], Told | None]) -> None:
        """Take over what `tell` says that the task's run came to; stop the run if it is under way.

        `tell` sees the task as it is when it is changed, and may raise to refuse; None changes
        nothing. `NotFound` if there is no such task.
        """
        now = self._now()
        seen: list[StoredObject] = []

        def decide(task: StoredObject) -> TaskState | None:
            seen[:] = [_of_type(task, oid, submission.TASK_TYPE)]
            given = tell(task)
            if given is None:
                return None
            return lifecycle.told(task, given, now, self._definitions.zone)

        after = await self._store.change_state(oid, decide)
        await self._moved(seen[0], after, now)

    async def cancel(self, oid: str) -> None:
        """End the task for good, wherever it stands; `WrongState` if it is closed already."""
        now = self._now()
        seen: list[StoredObject] = []

        def decide(task: StoredObject) -> TaskState:
            seen[:] = [task]
            return lifecycle.canceled(task, now)

        after = await self._store.change_state(oid, decide)
        await self._moved(seen[0], after, now)

    async def _operate(self, oid: str, operation: Operation) -> str | None:
        now = self._now()
        warning: list[str] = []
        seen: list[StoredObject] = []

        def decide(task: StoredObject) -> TaskState | None:
            warning.clear()
            seen[:] = [task]
            row, after = lifecycle.operated(task, operation, now, self._definitions.zone)
            if row.effect is Effect.WARN:
                state = lifecycle.state_of(task).scheduling_state or "in no state"
                warning.append(row.message.format(state=state))
            return None if after == task.state else after

        after = await self._store.change_state(oid, decide)
        if operation is Operation.SUSPEND:
            self._scheduler.halt(oid)
        self._events.changed(seen[0], seen[0].state, after, now)
        self._scheduler.nudge(after.next_start)
        return warning[0] if warning else None


def _of_type(found: StoredObject | None, oid: str, type_name: str) -> StoredObject:
    if found is None or not SCHEMA.is_subtype(found.type, type_name):
        raise NotFound(f"There is no {type_name} with the oid {oid}.")
    return found
