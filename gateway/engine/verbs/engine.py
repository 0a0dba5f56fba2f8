"""The verbs: everything that a dialect can ask for. Knows no HTTP and no vendor.

Each verb is one durable change in the store; work that goes on afterwards is the scheduler's.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.engine.objects import changes as making
from gateway.engine.objects import defaults as submission
from gateway.engine.objects.password_policy import find_configured_policy
from gateway.engine.objects.targets import Targets
from gateway.engine.rights.admission import Admission
from gateway.engine.rights.permissions import may, require_object, require_somewhere, right_on
from gateway.engine.rights.safeguards import Safeguard
from gateway.engine.rights.sight import sight_of
from gateway.engine.rights.ties import Ties, check_ties, tied_to
from gateway.engine.running.task_steering import TaskSteering
from gateway.engine.tasks.defaults import (
    Identifiers,
    first_state,
    refuse_walks,
    task_defaults,
    with_own_state,
)
from gateway.engine.tasks.redefinition import change_object
from gateway.errors import (
    AlreadyExists,
    NotAllowed,
    NotFound,
    PreconditionFailed,
)
from gateway.model.channels import REST
from gateway.model.destructible import check_destructible
from gateway.model.documents import same
from gateway.model.principal import ROLE_OIDS, Author, Right
from gateway.model.task import Operation
from gateway.model.task_document import TASK_TYPE
from gateway.query import restrict_filter
from gateway.store.search import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.clock import Clock
    from gateway.engine.objects.targets import Given
    from gateway.engine.objects.value_policy import ValuePolicy
    from gateway.engine.rights.protection import Protection
    from gateway.engine.running.scheduler import Scheduler
    from gateway.engine.tasks.events import Events
    from gateway.engine.tasks.plan import Planner
    from gateway.engine.verbs.allowances import Allowances
    from gateway.engine.verbs.submission import Submission
    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Change
    from gateway.model.lifecycle import ReportedResult
    from gateway.model.principal import Principal
    from gateway.store.base import Store
    from gateway.store.search import Search


#: What is said to who may not act as somebody, or as nobody who can log in.
NOBODY = "There is no user who may log in with the oid to switch to."


class Engine:
    """One method a verb; every one checks who asks."""

    def __init__(
        self,
        store: Store,
        scheduler: Scheduler,
        events: Events,
        clock: Clock,
        definitions: Planner,
        identifiers: Identifiers | None = None,
        *,
        protection: Protection,
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
        self._identifiers = identifiers or Identifiers()
        self._targets = Targets(store)
        self._admission = Admission(store, protection, self._targets)
        self._ties = Ties(store)
        self._guarded: set[str] = set(ROLE_OIDS.values())
        self._guard = asyncio.Lock()
        #: Moves tasks without a question who asks; for jobs, which have asked.
        self.steering = TaskSteering(store, scheduler, events, clock, definitions.zone)

    def _now(self) -> str:
        return write_instant(self._clock.now())

    async def refresh_accounts(self) -> None:
        """Learn which objects are accounts; their changes are checked for lock-outs."""
        self._guarded |= {account.oid for account in await self._store.accounts()}

    async def get(self, oid: str, type_name: str, principal: Principal) -> StoredObject:
        """The object; `NotFound` if there is none of that type that the caller may look at."""
        require_somewhere(principal, Right.READ)
        return require_object(principal, Right.READ, await self._store.get(oid), oid, type_name)

    async def get_many(self, oids: Sequence[str], principal: Principal) -> dict[str, StoredObject]:
        """Those of the objects that exist and that the caller may look at, by oid."""
        found = await self._store.get_many(oids)
        return {oid: each for oid, each in found.items() if may(principal, Right.READ, each)}

    async def search(self, search: Search, principal: Principal) -> Found:
        """Oids of the matching objects among those that the caller may find and look at.

        Wherever the filter and the order look at an object, it is one of these.
        """
        sight = sight_of(principal, Right.SEARCH, Right.READ)
        within = restrict_filter(search.filter, search.type, sight)
        if within is not None and within.selects_nothing:
            return Found(oids=(), total=0 if search.count else None)
        return await self._store.search(replace(search, filter=within, sight=sight))

    async def password_policy(self) -> ValuePolicy | None:
        """The policy that everybody's passwords keep, whoever asks; None if there is none."""
        return await find_configured_policy(self._store)

    async def acts_as(self, other: Principal, principal: Principal) -> Principal:
        """The other one, by the right to act as that user.

        `NotAllowed` in the same words as if nobody could log in as that user.
        """
        require_somewhere(principal, Right.ACT)
        if not principal.may(Right.ACT):
            user = await self._store.get(other.oid)
            if user is None or not may(principal, Right.ACT, user):
                raise NotAllowed(NOBODY)
            if other.may(Right.ADMINISTER) and not principal.may(Right.ADMINISTER):
                raise NotAllowed(
                    f"'{principal.name}' may act as some others, and '{other.name}' may administer: "
                    f"that takes the right to {Right.ACT} on everybody."
                )
        return other

    async def submit(self, given: Submission, principal: Principal) -> str:
        """Create the object, or replace the one with its oid; the oid."""
        oid = given.oid or submission.new_oid()
        submission.check_name(given.items)
        items = submission.without_run_time(given.items)
        if given.type == TASK_TYPE:
            refuse_walks(items)
            author = Author(principal=principal, channel=REST)
            items = task_defaults(items, author, self._definitions, is_raw=given.raw)
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
        seconds = self._clock.now()
        now = write_instant(seconds)
        await self._admission.check_new(given.type, oid, items, principal, now)
        state = None
        if given.type == TASK_TYPE:
            await self._ties.check(principal, tied_to(items))
            await self._allowances.take_task(principal)
            identifier = self._identifiers.next(seconds)
            state = first_state(
                items,
                identifier,
                seconds,
                self._definitions.zone,
                completes=self._completes_states,
            )
        new = making.create_object(
            given.type,
            oid,
            items,
            author=Author(principal=principal, channel=REST),
            known={} if given.raw else await self._targets.find_known(items),
            now=now,
            state=state,
            raw=given.raw,
            password=given.password,
        )
        await self._store.add(new)
        if given.password is not None:
            self._guarded.add(oid)
        if state is not None:
            self._events.report_change(new, None, state, now)
            self._scheduler.nudge(state.next_start)

    async def _replace(
        self, oid: str, given: Submission, items: Document, principal: Principal
    ) -> None:
        """The whole content is replaced; what is not given disappears."""
        if given.type == TASK_TYPE and not given.keeps_equal:
            seconds = self._clock.now()
            identifier = self._identifiers.next(seconds)
            items = with_own_state(
                items,
                identifier,
                seconds,
                self._definitions.zone,
                completes=self._completes_states,
            )

        def content(before: StoredObject) -> Document:
            require_object(principal, Right.MODIFY, before, oid, "ObjectType")
            if before.type != given.type:
                raise AlreadyExists(f"The oid {oid} belongs to an object of type {before.type}.")
            if given.precondition is not None and not given.precondition(before):
                raise PreconditionFailed
            if given.keeps_equal:
                return making.merge_kept(before, items)
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
            require_object(principal, Right.MODIFY, before, oid, type_name)
            if precondition is not None and not precondition(before):
                raise PreconditionFailed
            return change(before.items)

        require_somewhere(principal, right_on(type_name, Right.MODIFY))

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
        takeover = await self._admission.takeover(oid, password, principal)

        def decide(before: StoredObject, given: Given, held: frozenset[str]) -> Change | None:
            items = content(before)
            self._admission.check_change(before, items, principal, now, given, takeover)
            if before.type == TASK_TYPE:
                check_ties(before.items, items, held)
            submission.check_name(items)
            if password is None and same(items, before.items):
                return None
            change = change_object(
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

        async def attempt(given: Given, held: frozenset[str]) -> tuple[StoredObject, Change | None]:
            known = partial(decide, given=given, held=held)
            return await self._store_change(oid, known, principal, now, is_whole=is_whole)

        async def tied(held: frozenset[str]) -> tuple[StoredObject, Change | None]:
            return await self._targets.supply(partial(attempt, held=held))

        before, change = await self._ties.supplied(principal, tied)
        if password is not None:
            self._guarded.add(oid)
        if change is not None and change.state is not None:
            await self.steering.report_move(before, change.state, now)

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
            return await self._change_guarded(oid, decide, principal, now)
        return await self._store.modify(oid, decide, is_whole=is_whole)

    async def _change_guarded(
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
        require_somewhere(principal, right_on(type_name, right))
        now = self._now()
        guarded = oid in self._guarded
        gone: list[StoredObject] = []
        async with self._guard if guarded else nullcontext():
            accounts = await self._store.accounts() if guarded else []
            safeguard = Safeguard(principal=principal, accounts=accounts)

            def decide(before: StoredObject, given: Given) -> None:
                if before.state is not None:
                    gone.append(before)
                if before.oid == oid:
                    require_object(principal, right, before, oid, type_name)
                    if precondition is not None and not precondition(before):
                        raise PreconditionFailed
                self._admission.check_deletion(before, principal, right, now, given)
                check_destructible(before)
                if guarded:
                    safeguard.check(before, None, now)

            async def attempt(given: Given) -> list[str]:
                gone.clear()
                return await self._store.delete(oid, partial(decide, given=given))

            deleted = await self._targets.supply(attempt)
            self._guarded -= set(deleted) - set(ROLE_OIDS.values())
        for each in gone:
            self._scheduler.halt(each.oid)
            self._events.report_change(each, each.state, None, now)

    async def run(self, oid: str, principal: Principal) -> str | None:
        """Start the task as soon as possible; a sentence if its state forbids it."""
        check = self._checking(oid, Right.RUN, principal)
        return await self.steering.operate(oid, Operation.RUN, check)

    async def suspend(self, oid: str, principal: Principal) -> str | None:
        """Stop the task; nothing is processed any more when this returns."""
        check = self._checking(oid, Right.SUSPEND, principal)
        return await self.steering.operate(oid, Operation.SUSPEND, check)

    async def resume(self, oid: str, principal: Principal) -> str | None:
        """Let a suspended task go on; `WrongState` if it is not suspended."""
        check = self._checking(oid, Right.RESUME, principal)
        return await self.steering.operate(oid, Operation.RESUME, check)

    async def clear(
        self, oid: str, tell: Callable[[StoredObject], ReportedResult | None], principal: Principal
    ) -> None:
        """Take over what `tell` says that the task's run came to; see `Steering.clear`."""
        await self.steering.clear(oid, tell, self._checking(oid, Right.SUSPEND, principal))

    def _checking(
        self, oid: str, right: Right, principal: Principal
    ) -> Callable[[StoredObject], None]:
        """What refuses a task to those without the right on it; without any, it refuses at once."""
        require_somewhere(principal, right)

        def check(task: StoredObject) -> None:
            require_object(principal, right, task, oid, TASK_TYPE)

        return check
