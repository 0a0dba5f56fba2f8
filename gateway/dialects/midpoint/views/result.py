"""`result`: the outcome of the last run as an OperationResult (midpoint-tasks 4.6).

What was done to single items is summed up by outcome, so that the result stays small.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.views.activity_states import read_activity_states
from gateway.dialects.midpoint.wire.shaping import unwrap_single, without_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dialects.midpoint.views.activity_states import ActivityState
    from gateway.model.documents import Document, StoredObject

TOKEN_BASE = 1_000_000_000_000_000_000
#: Tokens of one run; a tree has fewer results.
TOKENS = 100_000
#: What an outcome of items is as the status of an operation.
STATUSES = {"succeeded": "success", "failed": "fatal_error", "skipped": "not_applicable"}


def show_result(task: StoredObject) -> Document | None:
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
        result["partialResults"] = list(_show_partials(read_activity_states(task, newest), tokens))
    return unwrap_single(without_none(result))


def _show_partials(state: ActivityState, tokens: Iterator[int]) -> Iterator[Document]:
    """The activities that were begun, in order."""
    for leaf in state.leaves:
        if leaf.stretch is not None and leaf.status is not None:
            yield _show_activity(leaf, leaf.status, tokens)


def _show_activity(state: ActivityState, status: str, tokens: Iterator[int]) -> Document:
    stretch = state.stretch
    last = state.last_item("failed") or {}
    is_over = state.realization != "inProgress"
    return without_none(
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
            "partialResults": list(_show_by_outcome(state, tokens)),
        }
    )


def _show_by_outcome(state: ActivityState, tokens: Iterator[int]) -> Iterator[Document]:
    for outcome, status in STATUSES.items():
        total = state.total(outcome)
        if total:
            last = state.last_item(outcome) or {}
            yield without_none(
                {
                    "operation": "item",
                    "status": status,
                    "importance": "minor",
                    "message": last.get("message"),
                    "count": total,
                    "token": next(tokens),
                }
            )
