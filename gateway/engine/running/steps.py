"""Steps: what a stretch of them comes to, and the runs that are nothing but a few of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.clock import write_instant
from gateway.engine.activities.base import StepActivity
from gateway.model.slices import Slice

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.tasks.plan import PlanNode, Work
    from gateway.model.run import Run

#: Steps that do not wait are committed together.
STEPS = 1_000
#: Seconds between commits of steps that do wait.
CHECKPOINT = 0.5
#: Modes in which no step is taken.
_SKIPPING = frozenset({"none", "bucketAnalysis"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StepBatch:
    """Steps of a bucket from position to position; `started` is in seconds since the epoch."""

    number: int
    start: int
    end: int
    #: Steps of the bucket.
    of: int
    started: float
    #: Whether the activity's steps were counted by an earlier stretch.
    is_counted: bool = False


def steps_taken(run: Run, work: Work[Any], stretch: StepBatch, clock: Clock) -> Slice:
    """The slice that makes a stretch of steps true."""
    now = clock.now()
    outcome = "skipped" if work.mode in _SKIPPING else "succeeded"
    last = {
        "name": str(stretch.end),
        "start": write_instant(stretch.started),
        "end": write_instant(now),
    }
    return Slice(
        run=run.id,
        lease=run.lease,
        activity=work.path,
        number=stretch.number,
        start=stretch.start,
        end=stretch.end,
        complete=stretch.end >= stretch.of,
        expected=None if stretch.is_counted else count_of(work),
        milliseconds=(now - stretch.started) * 1000,
        last_items={outcome: last},
        **{outcome: stretch.end - stretch.start},  # type: ignore[arg-type]
    )


def pause_of(work: Work[Any]) -> float:
    """Seconds that each step waits."""
    return 0.0 if work.mode in _SKIPPING else _steps_of(work).pause(work.parameters)


def count_of(work: Work[Any]) -> int:
    """Steps of the whole activity."""
    return _steps_of(work).steps(work.parameters)


def _steps_of(work: Work[Any]) -> StepActivity[Any]:
    if not isinstance(work.activity, StepActivity):
        raise TypeError(f"'{work.activity.name}' takes no steps.")
    return work.activity


def take_at_once(run: Run, plan: PlanNode, clock: Clock) -> Slice | None:
    """All that a new run does, if it is one activity of a few steps that wait for nothing."""
    works = list(plan.leaves)
    if len(works) != 1 or not isinstance(works[0].activity, StepActivity):
        return None
    (work,) = works
    count = count_of(work)
    if len(work.segments) > 1 or count > STEPS or pause_of(work) or work.control.policies:
        return None
    number, started = work.segments[0].number, clock.now()
    stretch = StepBatch(number=number, start=0, end=count, of=count, started=started)
    return steps_taken(run, work, stretch, clock)
