"""Our errors as SailPoint's bodies: three shapes, told apart by what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import (
    Conflict,
    InvalidRequest,
    MalformedBody,
    MethodNotAllowed,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TaskgateError,
    Throttled,
    TokenRefused,
    TooExpensive,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from gateway.http.dialect import error_headers
from gateway.http.exchange import Answer, CasedName, json_answer

if TYPE_CHECKING:
    from gateway.http.dialect import Header

EXPERIMENTAL = "Experimental Header is missing or invalid."
#: With the blanks of the published example.
RATE_EXCEEDED = " Rate Limit Exceeded "


class BadContent(InvalidRequest):
    """The content of the request is not what it should be."""

    code = "bad_content"


class Missing(BadContent):
    """Something that is required is missing or empty."""

    code = "missing"


class IllegalValue(BadContent):
    """A value is not one of those that are allowed."""

    code = "illegal_value"


class LimitExceeded(BadContent):
    """There is more of something than is allowed."""

    code = "limit_exceeded"


class UnknownReference(NotFound):
    """Something that the body names does not exist."""

    code = "unknown_reference"


class NoExperimentalHeader(InvalidRequest):
    """The experimental header is missing or invalid."""

    code = "experimental_header"


class NotServed(TaskgateError):
    """A route of the vendor's that is not here."""

    status = 501
    code = "not_served"


class RateExceeded(TaskgateError):
    """Too many requests."""

    status = 429
    code = "rate_exceeded"

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.retry_after = seconds


@dataclass(frozen=True, slots=True)
class _Detail:
    code: str
    #: The vendor's own sentence; None: ours, which says more.
    text: str | None = None


#: By class, the nearest one first; what the live service and the published examples say.
DETAILS: dict[type[TaskgateError], _Detail] = {
    MalformedBody: _Detail("400.0 Bad request syntax"),
    Missing: _Detail("400.1.0 Required data missing or empty"),
    IllegalValue: _Detail("400.1.3 Illegal value"),
    LimitExceeded: _Detail("400.1.4 Limit violation"),
    TooExpensive: _Detail("400.1.4 Limit violation"),
    UnknownReference: _Detail("404 Not found"),
    InvalidRequest: _Detail("400.1 Bad request content"),
    NotAllowed: _Detail(
        "403 Forbidden", "The server understood the request but refuses to authorize it."
    ),
    NotFound: _Detail(
        "404 Not found",
        "The server did not find a current representation for the target resource.",
    ),
    MethodNotAllowed: _Detail("405 Method not allowed"),
    Conflict: _Detail("409 Conflict"),
    TooLarge: _Detail("413 Payload too large"),
    UnsupportedMediaType: _Detail("415 Unsupported media type"),
    Throttled: _Detail("429 Too many requests"),
    NotServed: _Detail("501 Not implemented"),
    Unavailable: _Detail("503 Service unavailable"),
    TaskgateError: _Detail("500.0 Internal Fault", "An internal fault occurred."),
}


def answer_error(error: TaskgateError, tracking_id: str) -> Answer:
    """Status, headers and body of an error."""
    return json_answer(
        error.status, orjson.dumps(_write_body(error, tracking_id)), *_make_headers(error)
    )


def _write_body(error: TaskgateError, tracking_id: str) -> dict[str, Any]:
    if isinstance(error, TokenRefused):
        reason = f"JWT validation failed: {error.reason}" if error.reason else "JWT is required"
        return {"error": reason}
    if isinstance(error, NoExperimentalHeader):
        return {"error": EXPERIMENTAL}
    if isinstance(error, RateExceeded):
        return {"message": RATE_EXCEEDED}
    detail = next(DETAILS[each] for each in type(error).__mro__ if each in DETAILS)
    text = detail.text or error.message
    messages = [_write_message(text)]
    if error.status == 400:
        messages.append(_write_message(text, "und", "REQUEST"))
    return {
        "detailCode": detail.code,
        "trackingId": tracking_id,
        "messages": messages,
        "causes": [_write_message(error.message)] if _hides_reason(error, detail) else [],
    }


def _write_message(text: str, locale: str = "en-US", origin: str = "DEFAULT") -> dict[str, str]:
    return {"locale": locale, "localeOrigin": origin, "text": text}


def _hides_reason(error: TaskgateError, detail: _Detail) -> bool:
    """Whether the vendor's sentence stands where ours would say more; what broke is nobody's matter."""
    return detail.text is not None and error.status < 500


def _make_headers(error: TaskgateError) -> tuple[Header, ...]:
    if isinstance(error, NotAuthenticated):
        return ((CasedName(b"WWW-Authenticate"), b"Bearer"),)
    return error_headers(error)
