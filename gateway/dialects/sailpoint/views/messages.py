"""What a task has to say: the messages of its last run, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document, StoredObject

MAX_MESSAGES = 50
LOCALE = "en-US"
CLEARED = "task.cleared"
#: Status of an operation to the type of its message.
TYPES = {
    "success": "INFO",
    "not_applicable": "INFO",
    "in_progress": "INFO",
    "unknown": "INFO",
    "warning": "WARN",
    "handled_error": "WARN",
    "partial_error": "ERROR",
    "fatal_error": "ERROR",
}
#: Outcome of an item to the type of its message.
OF_ITEMS = {"succeeded": "INFO", "skipped": "INFO", "failed": "ERROR"}


class _Said(NamedTuple):
    """Something said at an instant; texts that nothing is known of come first."""

    at: str
    type: str
    key: str
    text: str


def list_messages(task: StoredObject) -> list[Document]:
    """One for each distinct message, the newest first."""
    said = sorted(_collect_messages(task), key=lambda each: each.at, reverse=True)
    distinct = {(each.type, each.key, each.text): each for each in reversed(said)}
    kept = sorted(distinct.values(), key=said.index)[:MAX_MESSAGES]
    return [_show_message(each) for each in kept]


def _show_message(said: _Said) -> Document:
    return {
        "type": said.type,
        "localizedText": {"locale": LOCALE, "message": said.text},
        "key": said.key,
        "parameters": [],
    }


def _collect_messages(task: StoredObject) -> Iterator[_Said]:
    state = task.state
    if state is None:
        return
    if state.told_status is not None:
        text = f"The task was cleared as {state.told_status}."
        yield _Said("~", "WARN", CLEARED, text)
    result: Document = orjson.loads(state.result) if state.result is not None else {}
    if result.get("message"):
        at = result.get("end") or result.get("start") or ""
        kind = TYPES.get(result.get("status", ""), "INFO")
        yield _Said(at, kind, result.get("operation", "run"), result["message"])
    if task.runs:
        yield from _of_items(task)


def _of_items(task: StoredObject) -> Iterator[_Said]:
    """What became of the last item of each kind."""
    for bucket in task.runs[0].buckets:
        for outcome, item in bucket.last_items.items():
            if item.get("message"):
                at = item.get("end") or ""
                key = bucket.activity.partition(":")[0]
                yield _Said(at, OF_ITEMS.get(outcome, "INFO"), key, item["message"])
