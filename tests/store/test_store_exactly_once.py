"""Whatever slices are committed, lost, late or doubled: counters say what was really done."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import ManualClock
from gateway.errors import Conflict
from gateway.model import lifecycle
from gateway.store.sqlite.store import SqliteStore
from tests.store.making import (
    NOW,
    TASK,
    claimed,
    committed,
    describe,
    oid,
    slice_of,
    stored,
    task,
    user,
)

if TYPE_CHECKING:
    from gateway.model.run import Bucket
    from gateway.model.slices import Slice
    from gateway.store.base import Claim

BUCKETS, ITEMS = 3, 6


@dataclass
class Story:
    """What happened so far, and what must be true because of it."""

    store: SqliteStore
    claim: Claim
    #: By bucket: where it stands.
    positions: dict[int, int] = field(default_factory=dict)
    #: Slices of this lease and of former ones, whatever became of them.
    sent: list[Slice] = field(default_factory=list)

    def item(self, bucket: int, position: int) -> str:
        """The object that a bucket handles at a position, counted from 1."""
        return oid((bucket - 1) * ITEMS + position)

    async def commit(self, bucket: int, length: int, *, stops: bool, is_late: bool) -> None:
        """Handle further items; a late one was computed when somebody had changed an object."""
        start = self.positions.get(bucket, 0)
        end = min(ITEMS, start + length)
        keys = [self.item(bucket, position) for position in range(start + 1, end + 1)]
        handled = [await stored(self.store, key) for key in keys]
        changed = [(each, each.items | {"description": f"by {bucket}"}) for each in handled]
        if is_late and keys:
            await describe(self.store, keys[0], "by a person")
        done = slice_of(
            self.claim,
            start,
            end,
            handled,
            changed,
            number=bucket,
            complete=end == ITEMS and not stops,
            failed=int(stops),
            provisional=int(stops),
        )
        self.sent.append(done)
        if is_late and keys:
            try:
                await committed(self.store, self.claim, done)
            except Conflict:
                return
            raise AssertionError("What was computed from an old object came true.")
        if await committed(self.store, self.claim, done):
            self.positions[bucket] = end
            if stops:
                await self.again()

    async def repeat(self, which: int) -> None:
        """Send a slice once more from where the bucket does not stand; it must not come true."""
        if not self.sent:
            return
        done = self.sent[which % len(self.sent)]
        if done.start == self.positions.get(done.number, 0):
            return
        assert not await committed(self.store, self.claim, done)

    async def again(self) -> None:
        """Lose the engine: another lease goes on with the run."""
        await self.store.change_state(TASK, partial(lifecycle.recover_task, now=NOW))
        former, self.claim = self.claim, await claimed(self.store)
        assert self.claim.run.id == former.run.id
        for done in self.sent:
            assert not await committed(self.store, former, done)

    async def check(self) -> None:
        """Counters, outcomes and changes agree with each other and with what was done."""
        run = await self.store.reload_run(self.claim)
        assert run is not None
        found: dict[int, Bucket] = {each.number: each for each in run.buckets}
        for number, position in self.positions.items():
            each = found[number]
            assert (each.position, each.succeeded, each.modified) == (position, position, position)
            assert (each.failed, each.provisional) == (0, 0)
        for number in range(1, BUCKETS + 1):
            for position in range(1, ITEMS + 1):
                object_ = await stored(self.store, self.item(number, position))
                is_done = position <= self.positions.get(number, 0)
                records = object_.items.get("operationExecution", [])
                assert len(records) == is_done
                assert (object_.items.get("description") == f"by {number}") == is_done
        state = (await stored(self.store)).state
        assert state is not None
        assert (state.progress or 0) == sum(self.positions.values())


COMMIT = st.tuples(
    st.just("commit"), st.integers(1, BUCKETS), st.integers(0, 4), st.booleans(), st.booleans()
)
STEPS = st.lists(
    st.one_of(
        COMMIT,
        COMMIT,
        st.tuples(st.just("repeat"), st.integers(0, 99)),
        st.tuples(st.just("again")),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_counters_are_what_was_done_whatever_is_lost_late_or_doubled(
    steps: list[tuple[object, ...]],
) -> None:
    asyncio.run(_tell(steps))


async def _tell(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(
            Path(folder) / "story.db", ManualClock(), synchronous="NORMAL"
        )
        for number in range(1, BUCKETS * ITEMS + 1):
            await store.add(user(number))
        await store.add(task())
        story = Story(store, await claimed(store))
        for kind, *given_ in steps:
            numbers = [int(each) for each in given_]  # type: ignore[call-overload]
            if kind == "commit":
                bucket, length, stops, is_late = numbers
                await story.commit(bucket, length, stops=bool(stops), is_late=bool(is_late))
            elif kind == "repeat":
                await story.repeat(*numbers)
            else:
                await story.again()
        if story.sent:
            await story.again()
        await story.check()
        await store.close()
