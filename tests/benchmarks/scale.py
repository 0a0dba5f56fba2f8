"""Recomputation of many users, and of users with many assignments, each beside the loop by hand."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.data import make_members
from tests.benchmarks.engine import rate_of_engine, rate_of_loop
from tests.benchmarks.figures import Line, interleaved, ratios

if TYPE_CHECKING:
    from tests.benchmarks.context import Context
    from tests.benchmarks.data import Members

#: Users, and the assignments of each.
POPULATIONS = ((100_000, 1), (100_000, 10), (10_000, 100))
FEW, MANY = 10_000, 1_000_000
#: A round takes minutes.
MOST_ROUNDS = 3
PUBLISHED = (
    "the original's published best is 6,228 a minute (104/s), and 394 to 442 a minute (7/s) with 50 to "
    "100 assignments; on paper only: other hardware, other work"
)


def scale(context: Context) -> list[Line]:
    """Items per second of each population, and among few against among many if there is time."""
    rounds = min(context.rounds, MOST_ROUNDS)
    lines: list[Line] = []
    for count, assignments in POPULATIONS:
        lines += _beside_loop(context, count, assignments, rounds)
    if context.is_big:
        lines += _among_more(context)
    return lines


def _made(context: Context, count: int, assignments: int) -> Members:
    context.say(f"scale: making {count:,} users with {assignments} assignments")
    return make_members(context.folder, count, 1, assignments)


def _beside_loop(context: Context, count: int, assignments: int, rounds: int) -> list[Line]:
    members = _made(context, count, assignments)
    context.say(f"scale: {rounds} rounds")
    rates = interleaved(
        rounds,
        {
            "gateway": partial(rate_of_engine, members.database, count, count),
            "loop": partial(rate_of_loop, members.database, count),
        },
    )
    members.database.unlink()
    title = f"recomputation, {count:,} users with {assignments} assignments"
    return [
        Line(
            case="scale",
            name=title,
            value=statistics.median(rates["gateway"]),
            unit="items/s",
            ratios=ratios(rates["gateway"], rates["loop"]),
            against="of loop",
            target=targets.EXECUTION,
            note=f"every user changes; {PUBLISHED}",
        ),
        Line(
            case="scale",
            name="  loop by hand, same file",
            value=statistics.median(rates["loop"]),
            unit="items/s",
        ),
    ]


def _among_more(context: Context) -> list[Line]:
    """Whether an item takes longer where there are a hundred times as many."""
    populations = {count: _made(context, count, 1) for count in (FEW, MANY)}
    few, many = (
        partial(rate_of_engine, members.database, count, count)
        for count, members in populations.items()
    )
    context.say("scale: one round")
    # Few are done so soon that their rate is the median of runs before and after the many.
    before = [few(number) for number in range(3)]
    rate = many(0)
    among_few = statistics.median([*before, *(few(number) for number in range(3))])
    by_hand = rate_of_loop(populations[MANY].database, MANY, 0)
    return [
        Line(
            case="scale",
            name=f"recomputation, {MANY:,} users with 1 assignment",
            value=rate,
            unit="items/s",
            ratios=(rate / among_few,),
            against=f"of the rate among {FEW:,}",
            target=targets.AMONG_MORE,
            note=f"{rate / by_hand:.2f} of the loop by hand; among {FEW:,} {among_few:,.0f}/s",
            details={"of_loop": rate / by_hand},
        )
    ]
