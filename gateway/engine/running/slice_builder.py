"""Gathers the results of a stretch of items into the slice that the store commits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gateway.clock import write_instant
from gateway.engine.activities.base import ACTIVITIES, ObjectActivity
from gateway.engine.objects.item import TRIAL_MODES
from gateway.engine.tasks.error_handling import FAILURES
from gateway.model.effects import Add, Delete, Modify, Notify, Operate
from gateway.model.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.engine.objects.item import ItemResult
    from gateway.engine.objects.repository import Repository
    from gateway.engine.running.bucket_job import BucketJob
    from gateway.engine.tasks.error_handling import Decision
    from gateway.model.documents import StoredObject
    from gateway.model.effects import Effect
    from gateway.model.slices import Halt, ItemRetry

#: Effect to what it is counted as.
COUNTED = {Modify: "modified", Add: "added", Delete: "deleted"}


def outcome_of(status: str) -> str:
    """The counter that a status belongs to."""
    if status in FAILURES:
        return "failed"
    return "skipped" if status == "not_applicable" else "succeeded"


@dataclass(slots=True)
class SliceBuilder:
    """What a stretch of items came to; `started` is in seconds since the epoch."""

    job: BucketJob
    started: float
    counts: Counter[str] = field(default_factory=Counter)
    effects: list[Effect] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    outcomes: list[tuple[int, str, str | None]] = field(default_factory=list)
    last: dict[str, dict[str, Any]] = field(default_factory=dict)
    retries: list[ItemRetry] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    halt: Halt | None = None

    def enter(self, each: StoredObject, result: ItemResult, judgement: Decision) -> None:
        """Take over the result of an object."""
        self.touched.append(each.oid)
        facts = {"name": each.name, "type": each.type, "oid": each.oid}
        self._enter(each.seq, facts, result, judgement)
        self.outcomes.append((each.seq, result.status, result.message))

    def enter_request(
        self, number: int, name: str, result: ItemResult, judgement: Decision
    ) -> None:
        """Take over the result of a request."""
        self._enter(number, {"name": name}, result, judgement)

    def settle(self, seqs: Iterable[int]) -> None:
        """Forget items that are gone."""
        self.settled += seqs

    def _enter(
        self, seq: int, facts: dict[str, Any], result: ItemResult, judgement: Decision
    ) -> None:
        outcome = outcome_of(result.status)
        self.last[outcome] = facts | {"message": result.message}
        for effect in result.effects:
            self.effects.append(effect)
            self.touched += _oids(effect)
            if type(effect) in COUNTED:
                self.counts[COUNTED[type(effect)]] += 1
        if judgement.retry is not None:
            self.retries.append(judgement.retry)  # counted when it is settled
        else:
            self.counts[outcome] += 1
            if self.job.again is not None and not judgement.is_provisional:
                self.settled.append(seq)
        self.counts["provisional"] += judgement.is_provisional
        self.halt = judgement.halt
        for message in judgement.notices:
            about = self.job.author.task or ""
            self.effects.append(Notify(oid=about, name="policy", message=message))

    def slice(
        self,
        repository: Repository,
        *,
        span: tuple[int, int],
        complete: bool,
        expected: int | None,
        matched: dict[str, int],
        timing: tuple[float, float],
    ) -> Slice:
        """The slice from position to position; `timing` is the end and the milliseconds spent."""
        ended, milliseconds = timing
        is_trial = self.job.mode in TRIAL_MODES
        effects = [e for e in self.effects if isinstance(e, Notify)] if is_trial else self.effects
        encoded, others = repository.encode(effects)
        now = write_instant(ended)
        for facts in self.last.values():
            facts |= {"start": write_instant(self.started), "end": now}
        return Slice(
            run=self.job.run,
            lease=self.job.lease,
            activity=self.job.path,
            number=self.job.number,
            start=span[0],
            end=span[1],
            complete=complete,
            expected=expected,
            milliseconds=milliseconds,
            last_items=self.last,
            matched=matched,
            encoded=encoded,
            plain=len(effects) - len(others),
            effects=tuple(others),
            outcomes=self._outcomes(now) if not is_trial else b"[]",
            retries=tuple(self.retries),
            settled=tuple(self.settled),
            halt=self.halt,
            touched=tuple(self.touched),
            **self.counts,
        )

    def _outcomes(self, now: str) -> bytes:
        activity = ACTIVITIES[self.job.activity]
        if not isinstance(activity, ObjectActivity) or not activity.leaves_outcomes:
            return b"[]"
        return orjson.dumps(
            [
                [seq, now, status, message]
                for seq, status, message in self.outcomes
                if status != "not_applicable"
            ]
        )


def _oids(effect: Effect) -> list[str]:
    if isinstance(effect, Modify | Delete):
        return [effect.before.oid]
    if isinstance(effect, Add):
        return [effect.new.oid]
    return [effect.oid] if isinstance(effect, Operate) else []
