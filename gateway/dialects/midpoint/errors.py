"""Our errors as midPoint's OperationResult, and the original's status codes for exact mode."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.errors import (
    AgainstPolicy,
    MethodNotAllowed,
    Nameless,
    NotAllowed,
    NotAuthenticated,
    QueryError,
    TaskgateError,
    UnfitChange,
    WrongState,
)
from gateway.http.dialect import error_headers
from gateway.http.exchange import Answer

if TYPE_CHECKING:
    from gateway.dialects.midpoint.reply import Reply
    from gateway.model.documents import Document

REALM = (b"www-authenticate", b'Basic realm="midpoint"')
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
#: Where the original answers another status to a caller's mistake (ModelRestController's mapping).
EXACT_STATUS: dict[type[TaskgateError], int] = {
    QueryError: 500,
    UnfitChange: 500,
    Nameless: 500,
    WrongState: 500,
    MethodNotAllowed: 404,
}
_tokens = itertools.count(1_000_000_000_000_000_001)


class TurnedAway(NotAllowed):
    """Refused before an operation has begun: what is told is a plain sentence, and no result."""


def describe_result(operation: str, error: TaskgateError, now: float) -> Document:
    """What an error's answer tells; of several faults each has a partial result."""
    result: Document = {
        "@type": "c:OperationResultType",
        **_describe_failure(operation, error.message, write_instant(now)),
        "messageCode": error.code,
    }
    if isinstance(error, AgainstPolicy):
        result["userFriendlyMessage"] = {
            "@type": "c:SingleLocalizableMessageType",
            "key": f"taskgate.{error.code}",
            "fallbackMessage": error.message,
        }
    if isinstance(error, QueryError) and error.text:
        result["details"] = error.excerpt()
    if error.parts:
        result["partialResults"] = [
            _describe_failure(operation, part, write_instant(now)) for part in error.parts
        ]
    return result


def _describe_failure(operation: str, message: str, moment: str) -> Document:
    return {
        "operation": operation,
        "status": "fatal_error",
        "importance": "normal",
        "start": moment,
        "end": moment,
        "token": next(_tokens),
        "message": message,
    }


def answer_error(
    operation: str, error: TaskgateError, now: float, reply: Reply, *, is_exact: bool
) -> Answer:
    """Status, headers and body of an error."""
    if isinstance(error, NotAuthenticated):
        # Without a body and without a reason (MidPointAbstractAuthenticationEntryPoint).
        return Answer(status=401, headers=(REALM,))
    if isinstance(error, TurnedAway):
        return Answer(status=error.status, body=f"{error.message}\n".encode(), headers=(PLAIN,))
    status = error.status
    if is_exact:
        status = next((EXACT_STATUS[c] for c in type(error).__mro__ if c in EXACT_STATUS), status)
    body = reply.form.structure(describe_result(operation, error, now))
    return reply.answer(status, body, *error_headers(error))
