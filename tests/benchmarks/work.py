"""What operators do all day: claim what waits, and list jobs, beside a bare app with the same bytes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.benchmarks import targets
from tests.benchmarks.context import PICKED
from tests.benchmarks.load import Requests
from tests.benchmarks.over_http import PAGE, Bench, Case, Data
from tests.benchmarks.work_data import OPERATIONS, item_id, make_work

if TYPE_CHECKING:
    from tests.benchmarks.context import Context
    from tests.benchmarks.figures import Line
    from tests.benchmarks.work_data import Work

#: Claims a second for which there are items; with more, some are not found, and the case breaks.
MOST = 9_000


def _data(work: Work) -> Data:
    plain = [f"{OPERATIONS}/jobs/{id_}" for id_ in work.ids[:PICKED]]
    return Data(database=work.database, plain=plain)


def claims(context: Context) -> list[Line]:
    """Durable claims; each is of another item, which nobody has."""
    runs = context.rounds + 2
    count = runs * context.seconds * MOST
    context.say(f"making {count:,} jobs")
    work = make_work(context.folder / "to-claim.db", count, runs)
    requests = Requests(
        method="POST", paths=[f"{OPERATIONS}/tasks/{item_id('@')}/claim"], is_unique=True
    )
    case = Case(
        name="claims",
        title="claim, durable",
        requests=requests,
        target=targets.CLAIM,
        data=_data(work),
    )
    with ExitStack() as stack:
        bench = Bench(context, stack, case)
        found = bench.lines(case)
        bench.check_done("SELECT count(*) FROM work_item WHERE owner IS NOT NULL")
        return found


def job_list(context: Context) -> list[Line]:
    """The first twenty jobs of a name that run or are paused, and the number of all of them."""
    paths = [
        f"{OPERATIONS}/jobs?equals%5Bname%5D={quote(name)}&in%5Bstatus%5D=running%2Cpaused"
        f"&limit={PAGE}"
        for name in context.work.names
    ]
    case = Case(
        name="job-list",
        title=f"list of jobs with a filter, {PAGE} of {len(context.work.ids):,}",
        requests=Requests(method="GET", paths=paths),
        target=targets.SEARCH,
        is_warmed=True,
        data=_data(context.work),
    )
    with ExitStack() as stack:
        return Bench(context, stack, case).lines(case)
