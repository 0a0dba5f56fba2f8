"""The performance targets of the architecture, one entry a line that is judged."""

from __future__ import annotations

from tests.benchmarks.figures import Target


def _share(aim: float, limit: float) -> Target:
    return Target(aim=aim, limit=limit, higher_is_better=True)


def _at_most(aim: float, limit: float, *, of_ratio: bool = False) -> Target:
    return Target(aim=aim, limit=limit, higher_is_better=False, of_ratio=of_ratio)


GET = _share(0.55, 0.35)
SEARCH = _share(0.25, 0.14)
#: Against the same in JSON.
GET_IN_XML = _share(0.6, 0.4)
SEARCH_IN_XML = _share(0.25, 0.15)
CREATE = _share(0.20, 0.11)
PATCH = _share(0.20, 0.12)
CLAIM = _share(0.20, 0.11)
#: Against a hand-written loop over the same file.
EXECUTION = _share(0.5, 0.2)
#: Against engines that one could embed instead.
AHEAD = _share(1, 1)
#: p99 of GET while a task runs, against its own idle value.
DISTURBANCE = _at_most(2, 4, of_ratio=True)
#: Milliseconds.
FIRST_ITEM = _at_most(5, 50)
#: Against scim2-filter-parser.
FILTER = _at_most(2, 4, of_ratio=True)
#: Microseconds.
FILTER_AGAIN = _at_most(2, 20)
#: Against SQL by hand and a GET of as many bytes.
BESIDE_SQL = _at_most(1.5, 3, of_ratio=True)
#: p99 of GET while ten thousand tasks are due, against its own idle value.
CROWD = _at_most(3, 6, of_ratio=True)
#: Seconds from a suspend to the last item, p99.
SUSPENDED = _at_most(2, 4)
#: Of a task among few objects.
AMONG_MORE = _share(1, 0.8)
#: Seconds.
LOADING = _at_most(600, 900)
START = _at_most(1.5, 3)
#: MiB.
MEMORY = _at_most(120, 200)
