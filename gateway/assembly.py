"""From settings to what runs: the store, the engine with its workers, and who is let in.

Knows no routes; `app` puts those in front.
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from gateway.child import adopt
from gateway.clock import Clock, SystemClock, write_instant
from gateway.dialects.base import Running
from gateway.dialects.midpoint.actions import MidpointActions
from gateway.dialects.midpoint.wire.read import Reader
from gateway.dialects.midpoint.wire.vocabulary import MidpointVocabulary
from gateway.engine.rights.principals import Principals
from gateway.engine.rights.protection import Protection
from gateway.engine.running.dispatcher import LocalDispatcher
from gateway.engine.running.executor import Executor
from gateway.engine.running.housekeeping import Housekeeping
from gateway.engine.running.scheduler import Scheduler
from gateway.engine.tasks.defaults import Identifiers
from gateway.engine.tasks.events import Events
from gateway.engine.tasks.plan import Planner
from gateway.engine.verbs.accounts import ensure_administrator
from gateway.engine.verbs.allowances import Allowances
from gateway.engine.verbs.clients import ensure_client
from gateway.engine.verbs.engine import Engine
from gateway.engine.verbs.insight import Insight
from gateway.engine.verbs.jobs import Jobs
from gateway.engine.workflow.budget import JobLimits
from gateway.engine.workflow.factory import TaskFactory
from gateway.http.auth import Authenticator
from gateway.http.sessions import Lasting, Sessions
from gateway.http.tokens import Tokens, get_or_create_key
from gateway.http.verifying import Proof
from gateway.model.principal import ADMINISTRATOR, ADMINISTRATOR_OID, SUPERUSER, Principal
from gateway.settings import worker_environment
from gateway.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.http.refusals import Refusals
    from gateway.settings import Settings


SYSTEM = Principal(oid=ADMINISTRATOR_OID, name=ADMINISTRATOR, roles=frozenset({SUPERUSER}))


@dataclass(frozen=True, kw_only=True)
class Gateway(Running):
    """Everything that serves, and the password that was made up at the first start, if any."""

    store: SqliteStore
    scheduler: Scheduler
    refusals: Refusals
    made_up_password: str | None


@asynccontextmanager
async def gateway(
    settings: Settings, clock: Clock | None = None, *, runs_tasks: bool = True
) -> AsyncIterator[Gateway]:
    """Open the store and start the engine; at the end stop both in order."""
    clock = clock or SystemClock()
    if settings.item_schema is not None:
        adopt(settings.item_schema)
    store = await _open_store(settings, clock)
    events = Events(clock)
    store.subscribe(events.report_touched)
    principals = Principals(store, clock, MidpointActions())
    proof = Proof.of(clock, settings.login_failures)
    authenticator = Authenticator(store, clock, principals, proof)
    lasting = Lasting(idle=settings.session_idle, lifetime=settings.session_lifetime)
    sessions = Sessions(store, principals, clock, authenticator, lasting)
    definitions = Planner(
        vocabulary=MidpointVocabulary(Reader(zone=settings.zone)),
        zone=settings.zone,
        most_buckets=settings.max_buckets,
    )
    identifiers = Identifiers()
    starter = TaskFactory(store, clock, definitions, identifiers, _job_limits(settings))
    allowances = Allowances(
        store, clock, tasks=settings.max_open_tasks, jobs=settings.max_open_jobs
    )
    scheduler = _scheduler(
        settings, store, events, clock, definitions, starter=starter, principals=principals
    )
    engine = Engine(
        store,
        scheduler,
        events,
        clock,
        definitions,
        identifiers,
        protection=Protection(MidpointActions()),
        allowances=allowances,
        completes_states=not settings.midpoint_exact,
    )
    try:
        password = settings.admin_password
        given = password.get_secret_value() if password else None
        made_up = await ensure_administrator(store, engine, SYSTEM, given)
        await _ensure_client(settings, store, clock)
        key = await get_or_create_key(store)
        tokens = Tokens(store, principals, clock, proof, key, settings.token_seconds)
        await sessions.load()
        if runs_tasks:
            await scheduler.start()
        yield Gateway(
            settings=settings,
            store=store,
            engine=engine,
            insight=Insight(store, events),
            jobs=Jobs(
                engine,
                scheduler,
                starter,
                store=store,
                events=events,
                clock=clock,
                allowances=allowances,
            ),
            scheduler=scheduler,
            events=events,
            authenticator=authenticator,
            tokens=tokens,
            sessions=sessions,
            refusals=proof.refusals,
            clock=clock,
            made_up_password=made_up,
        )
    finally:
        if runs_tasks:
            await scheduler.stop()
        proof.verifier.close()
        await sessions.close()
        await store.close()


async def _open_store(settings: Settings, clock: Clock) -> SqliteStore:
    """The store that the settings name."""
    return await SqliteStore.open(
        settings.database_path,
        clock,
        synchronous=settings.synchronous,
        page_limit=settings.max_page,
        search_seconds=settings.search_seconds,
        key_file=settings.secret_key_file,
    )


def _job_limits(settings: Settings) -> JobLimits:
    """What one job may use up."""
    return JobLimits(
        depth=settings.max_job_depth,
        tasks=settings.max_job_tasks,
        items=settings.max_job_items,
        size=settings.max_job_bytes,
    )


async def _ensure_client(settings: Settings, store: SqliteStore, clock: Clock) -> None:
    """The client that the settings name, if they do."""
    client_id, secret = settings.client_id, settings.client_secret
    if client_id and secret:
        await ensure_client(store, client_id, secret.get_secret_value(), write_instant(clock.now()))


def _scheduler(
    settings: Settings,
    store: SqliteStore,
    events: Events,
    clock: Clock,
    definitions: Planner,
    *,
    starter: TaskFactory,
    principals: Principals,
) -> Scheduler:
    """The engine's loop with its worker processes."""
    command = [sys.executable, "-m", "gateway.child", str(settings.database_path)]
    if settings.item_schema is not None:
        command.append(str(settings.item_schema))
    dispatcher = LocalDispatcher(command, settings.workers, clock, environment=worker_environment())
    executor = Executor(
        store,
        dispatcher,
        events,
        clock,
        definitions,
        Random(),  # noqa: S311  spreads retries, guards nothing
        principals=principals,
        starter=starter,
        slice_size=settings.slice_size,
    )
    upkeep = Housekeeping(store, events, clock, settings.zone)
    return Scheduler(
        store, dispatcher, executor, upkeep, clock, max_running=settings.max_running_tasks
    )
