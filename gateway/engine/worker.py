"""A worker's side: opens buckets and computes their items, one slice at a time.

Runs in a child process over a synchronous `Repository`; what it computes comes true only when the
server commits it. It reads requests from a pipe and ends when the pipe does.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from gateway.clock import instant
from gateway.engine.activities.base import ItemContext, known
from gateway.errors import InvalidRequest
from gateway.model.run import Slice

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.activities.base import ItemActivity, ItemResult, ObjectSet
    from gateway.engine.repository import Repository
    from gateway.model.documents import StoredObject
    from gateway.query import CompiledFilter

#: Row numbers that are looked up at once; a larger bucket is enumerated in stretches.
ENUMERATED = 100_000
#: The answer that asks for the bucket to be opened again.
NOT_OPEN = "not open"
COUNTED = {"success": "succeeded", "warning": "succeeded", "not_applicable": "skipped"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A bucket to be worked on, with all that a worker must know."""

    key: str
    task: str
    owner: str | None
    run: int
    lease: int
    identifier: str
    number: int
    position: int
    activity: str
    parameters: Any
    #: Whether the number of all items is wanted.
    count: bool


@dataclass(slots=True)
class _Open:
    job: Job
    activity: ItemActivity[Any]
    objects: ObjectSet
    compiled: CompiledFilter | None
    position: int
    pending: list[int] = field(default_factory=list)
    is_exhausted: bool = False
    expected: int | None = None


class NotOpen(Exception):
    """The worker was started anew since the bucket was opened."""


class Worker:
    """Holds open buckets; each `next` computes a slice of one."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._open: dict[str, _Open] = {}

    def open(self, job: Job) -> None:
        """Start, or start again, at the job's position."""
        activity: Any = known(job.activity)
        objects = activity.objects(job.parameters)
        opened = _Open(job, activity, objects, objects.compiled(), job.position)
        self._enumerate(opened)
        if job.count:
            opened.expected = self._count(opened)
        self._open[job.key] = opened

    def close(self, key: str) -> None:
        """Forget the bucket."""
        self._open.pop(key, None)

    def next(self, key: str, limit: int) -> Slice:
        """Compute up to `limit` further items."""
        opened = self._open.get(key)
        if opened is None:
            raise NotOpen(key)
        if not opened.pending and not opened.is_exhausted:
            self._enumerate(opened)
        seqs, opened.pending = opened.pending[:limit], opened.pending[limit:]
        if not opened.pending and not opened.is_exhausted:
            self._enumerate(opened, seqs[-1] if seqs else None)
        started = self._clock.now()
        ticks = time.perf_counter()
        objects = self._repository.load(seqs)
        results = self._process(opened, objects)
        milliseconds = (time.perf_counter() - ticks) * 1000
        return self._slice(opened, seqs, objects, results, (started, milliseconds))

    def _enumerate(self, opened: _Open, after: int | None = None) -> None:
        start = opened.position if after is None else after
        found = self._repository.matching(opened.objects.type, opened.compiled, start, ENUMERATED)
        opened.pending = found
        opened.is_exhausted = len(found) < ENUMERATED

    def _count(self, opened: _Open) -> int:
        total, last = len(opened.pending), opened.pending[-1] if opened.pending else 0
        while not opened.is_exhausted:
            more = self._repository.matching(opened.objects.type, opened.compiled, last, ENUMERATED)
            total += len(more)
            if len(more) < ENUMERATED:
                break
            last = more[-1]
        return total

    def _process(self, opened: _Open, objects: list[StoredObject]) -> list[ItemResult]:
        job = opened.job
        context = ItemContext(
            now=instant(self._clock.now()),
            task=job.task,
            owner=job.owner,
            repository=self._repository,
        )
        return opened.activity.process(job.parameters, objects, context)

    def _slice(
        self,
        opened: _Open,
        seqs: list[int],
        objects: list[StoredObject],
        results: list[ItemResult],
        timing: tuple[float, float],
    ) -> Slice:
        job, start = opened.job, opened.position
        opened.position = seqs[-1] if seqs else start
        started, milliseconds = timing
        now = instant(self._clock.now())
        pairs = list(zip(objects, results, strict=True))
        changes = [(each, result.items) for each, result in pairs if result.items is not None]
        counted = dict.fromkeys(("succeeded", "failed", "skipped"), 0)
        for result in results:
            counted[COUNTED.get(result.status, "failed")] += 1
        done = Slice(
            run=job.run,
            lease=job.lease,
            activity=job.identifier,
            number=job.number,
            start=start,
            end=opened.position,
            complete=opened.is_exhausted and not opened.pending,
            expected=opened.expected,
            changed=len(changes),
            milliseconds=milliseconds,
            last_items=_last_items(pairs, instant(started), now),
            encoded=self._repository.encode_changes(changes),
            outcomes=orjson.dumps([[e.seq, now, r.status, r.message] for e, r in pairs]),
            touched=tuple(each.oid for each in objects),
            **counted,
        )
        opened.expected = None
        return done


def _last_items(
    pairs: list[tuple[StoredObject, ItemResult]], start: str, end: str
) -> dict[str, Any]:
    return {
        COUNTED.get(result.status, "failed"): {
            "name": each.name,
            "type": each.type,
            "oid": each.oid,
            "start": start,
            "end": end,
            "message": result.message,
        }
        for each, result in pairs
    }


def serve(worker: Worker, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer framed requests `(number, method, arguments)` until the pipe ends."""
    while True:
        frame = read_frame(requests)
        if frame is None:
            return
        number, method, arguments = pickle.loads(frame)  # noqa: S301  from the server that started us
        answer: tuple[int, Any, str | None]
        try:
            answer = (number, getattr(worker, method)(*arguments), None)
        except NotOpen:
            answer = (number, None, NOT_OPEN)
        except InvalidRequest as error:
            answer = (number, None, error.message)
        except Exception as error:  # noqa: BLE001  told to the server, which fails the run with it
            answer = (number, None, f"{type(error).__name__}: {error}")
        write_frame(answers, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Send a frame: its length in eight bytes, then itself."""
    stream.write(len(body).to_bytes(8))
    stream.write(body)
    stream.flush()
