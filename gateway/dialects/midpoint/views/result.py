"""`result`: the outcome of the last run as an OperationResult (midpoint-tasks 4.6).

What was done to single items is summed up by outcome, so that the result stays small.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.views.activity_states import activity_states
from gateway.dialects.midpoint.wire.shaping import known_only, lone_bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dialects.midpoint.views.activity_states import ActivityState
    from gateway.model.documents import Document, StoredObject

TOKEN_BASE = 1_000_000_000_000_000_000
#: Tokens of one run; a tree has fewer results.
TOKENS = 100_000
#: What an outcome of items is as the status of an operation.
STATUSES = {"succeeded": "success", "failed": "fatal_error", "skipped": "not_applicable"}


def full_result(task: StoredObject) -> Document | None:
    """The result of the last run; None before the first."""
    if task.state is None or task.state.result is None:
        return None
    facts = orjson.loads(task.state.result)
    newest = task.runs[0] if task.runs else None
    run = task.state.run or (newest.id if newest else 0)
    tokens = count(TOKEN_BASE + run * TOKENS)
    result = {
        "operation": facts["operation"],
        "status": facts["status"],
        "importance": "normal",
        "start": facts["start"],
        "end": facts.get("end"),
        "message": facts.get("message"),
        "token": next(tokens),
    }
    # A task that is to run anew has a fresh result before it has a run to tell of.
    if newest is not None and ("end" in facts or task.state.run == newest.id):
        result["partialResults"] = list(_partials(activity_states(task, newest), tokens))
    return lone_bare(known_only(result))


def _partials(state: ActivityState, tokens: Iterator[int]) -> Iterator[Document]:
    """The activities that were begun, in order."""
    for leaf in state.leaves:
        if leaf.stretch is not None and leaf.status is not None:
            yield _of_activity(leaf, leaf.status, tokens)


def _of_activity(state: ActivityState, status: str, tokens: Iterator[int]) -> Document:
    stretch = state.stretch
    last = state.last_item("failed") or {}
    is_over = state.realization != "inProgress"
    return known_only(
        {
            "operation": "activity",
            "qualifier": state.path,
            "status": status,
            "importance": "normal",
            "start": stretch.start if stretch else None,
            "end": stretch.end if stretch and is_over else None,
            "message": state.message or last.get("message"),
            "count": state.processed,
            "token": next(tokens),
            "partialResults": list(_by_outcome(state, tokens)),
        }
    )


def _by_outcome(state: ActivityState, tokens: Iterator[int]) -> Iterator[Document]:
    for outcome, status in STATUSES.items():
        total = state.total(outcome)
        if total:
            last = state.last_item(outcome) or {}
            yield known_only(
                {
                    "operation": "item",
                    "status": status,
                    "importance": "minor",
                    "message": last.get("message"),
                    "count": total,
                    "token": next(tokens),
                }
            )
