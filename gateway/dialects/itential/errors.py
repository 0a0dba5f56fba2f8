"""Envelopes of success and of errors: `{message, data, metadata}`, always all three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import InvalidWorkflow, NotAuthenticated, TaskgateError
from gateway.http.dialect import error_headers
from gateway.http.exchange import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Document

ONE, MANY = "Successfully retrieved item", "Successfully retrieved items"
CREATED = "Successfully created the requested item"


class BulkFailure(TaskgateError):
    """None of several jobs could be changed; clients look for the message and the ids."""

    status = 500
    code = "bulk_failure"

    def __init__(self, message: str, reasons: Mapping[str, str]) -> None:
        super().__init__(message)
        self.reasons = dict(reasons)


def answer_success(message: str, data: Any, metadata: Document | None = None) -> Answer:
    """What a route of Operations Manager answers when it has done its work."""
    body = {"message": message, "data": data, "metadata": metadata or {}}
    return json_answer(200, orjson.dumps(body))


def answer_bare(body: Any) -> Answer:
    """What a route of another application answers, which has no envelope."""
    return json_answer(200, orjson.dumps(body))


def answer_error(error: TaskgateError) -> Answer:
    """Status, headers and envelope of an error."""
    message = "Unauthorized" if isinstance(error, NotAuthenticated) else error.message
    data = error.reasons if isinstance(error, BulkFailure) else None
    body = {"message": message, "data": data, "metadata": _describe_metadata(error)}
    return json_answer(error.status, orjson.dumps(body), *error_headers(error))


def _describe_metadata(error: TaskgateError) -> Document:
    if not isinstance(error, InvalidWorkflow):
        return {}
    found = [
        {"keyword": f.keyword, "instancePath": f.place, "schemaPath": "", "message": f.message}
        for f in error.flaws
    ]
    return {"validationErrors": found}
