"""The error tree. Classes carry facts; a dialect decides how they look on its wire.

    TaskgateError
    ├── InvalidRequest               400  the caller's mistake, and what to do about it
    │   ├── MalformedBody                 not readable as the format it claims to be
    │   ├── SchemaViolation               an item, type or value the schema does not have
    │   │   ├── UnfitChange                   a change that does not fit the object's items
    │   │   ├── Nameless                      an object without a usable name
    │   │   └── InvalidWorkflow               a workflow that cannot be walked
    │   ├── QueryError                    filter text, with a position
    │   │   ├── QuerySyntaxError
    │   │   └── QuerySemanticError
    │   ├── TooExpensive                  a search that was stopped
    │   └── Unsupported                   understood, but not served; named in the README
    ├── NotAuthenticated             401
    │   └── TokenRefused                  a bearer token is missing or does not count
    ├── NotAllowed                   403
    ├── NotFound                     404
    ├── MethodNotAllowed             405
    ├── NotAcceptable                406
    ├── Conflict                     409
    │   ├── AlreadyExists                 an oid, a name or a task identifier is taken
    │   ├── WrongState                    the operation is not allowed in this state
    │   ├── Protected                     refused to keep the system usable
    │   └── AgainstPolicy                 a value breaks the rules for it
    ├── PreconditionFailed           412
    ├── TooLarge                     413
    ├── UnsupportedMediaType         415
    ├── LimitReached                 429  so many are there already; says which limit
    ├── Throttled                    429  too many logins have failed; says when to try again
    └── Unavailable                  503  try again later
        └── DatabaseTooNew                written by a newer version of this program

No HTTP and no vendor word here: `status` is the meaning in the numbers that every dialect shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.workflow import Flaw


class TaskgateError(Exception):
    """Something went wrong that the caller should be told about."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    #: Whole seconds after which it may go better; None: it will not.
    retry_after: int | None = None

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").splitlines()[0])

    @property
    def message(self) -> str:
        """One sentence for the caller."""
        return str(self.args[0])

    @property
    def parts(self) -> tuple[str, ...]:
        """Each single fault in a sentence, where there may be several."""
        return ()


class InvalidRequest(TaskgateError):
    """The request cannot be understood."""

    status = 400
    code = "invalid_request"


class MalformedBody(InvalidRequest):
    """The body cannot be read."""

    code = "malformed_body"


class SchemaViolation(InvalidRequest):
    """An item, a type or a value does not fit the schema."""

    code = "schema_violation"

    def __init__(self, message: str, *, path: str = "", suggestion: str | None = None) -> None:
        hint = f" Did you mean '{suggestion}'?" if suggestion else ""
        super().__init__(f"{message}{hint}")
        self.path = path
        self.suggestion = suggestion


class UnfitChange(SchemaViolation):
    """A change does not fit the items of the object."""

    code = "unfit_change"


class Nameless(SchemaViolation):
    """The object has no usable name."""

    code = "nameless"


class InvalidWorkflow(SchemaViolation):
    """The workflow cannot be walked."""

    code = "invalid_workflow"

    def __init__(self, name: str, flaws: Sequence[Flaw]) -> None:
        told = " ".join(flaw.message for flaw in flaws)
        super().__init__(f"The workflow '{name}' cannot be started. {told}")
        self.flaws = tuple(flaws)

    @property
    def parts(self) -> tuple[str, ...]:
        """Each flaw."""
        return tuple(flaw.message for flaw in self.flaws)


class QueryError(InvalidRequest):
    """A filter cannot be used; line and column count from 1."""

    code = "query"

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        position: int = 0,
        found: str | None = None,
        expected: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        self.reason = message
        self.text = text
        self.position = min(max(position, 0), len(text))
        self.found = found
        self.expected = expected
        self.suggestion = suggestion
        before = text[: self.position]
        self.line = before.count("\n") + 1
        self.column = self.position - (before.rfind("\n") + 1) + 1
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [self.reason]
        if self.text:
            parts[0] += f" (line {self.line}, column {self.column})"
        if self.expected:
            parts.append(f"expected {', '.join(self.expected)}")
        if self.suggestion:
            parts.append(f"did you mean '{self.suggestion}'?")
        return "; ".join(parts)

    def excerpt(self) -> str:
        """The faulty line with a caret under the fault."""
        line = self.text.split("\n")[self.line - 1].replace("\t", " ")
        start = max(0, self.column - 60)
        return f"{line[start : start + 100]}\n{' ' * (self.column - 1 - start)}^"


class QuerySyntaxError(QueryError):
    """The filter is not well formed."""

    code = "query_syntax"


class QuerySemanticError(QueryError):
    """The filter is well formed but does not fit the schema."""

    code = "query_semantic"


class TooExpensive(InvalidRequest):
    """A search took longer than it may."""

    code = "too_expensive"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The search is too expensive: it was stopped after {seconds:g} s, because no index led to "
            "few enough objects. Narrow it with 'and': by name (=, startsWith, or contains with three "
            "characters or more), by oid, by what a reference points to (oid = '...'), or by the state "
            "of a task; `taskgate query explain` tells what an index carries."
        )


class Unsupported(InvalidRequest):
    """Understood, but not supported yet."""

    code = "unsupported"


class NotAuthenticated(TaskgateError):
    """Log in first."""

    status = 401
    code = "not_authenticated"


class TokenRefused(NotAuthenticated):
    """A valid bearer token is needed."""

    code = "token_refused"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(f"The token is refused: {reason}." if reason else None)
        #: What is wrong with it; None if there is none.
        self.reason = reason


class NotAllowed(TaskgateError):
    """The caller's roles do not allow this operation."""

    status = 403
    code = "not_allowed"


class NotFound(TaskgateError):
    """There is no such object."""

    status = 404
    code = "not_found"


class MethodNotAllowed(TaskgateError):
    """This path does not know this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class NotAcceptable(TaskgateError):
    """No representation that the caller accepts can be served."""

    status = 406
    code = "not_acceptable"


class Conflict(TaskgateError):
    """The request does not fit the present state."""

    status = 409
    code = "conflict"


class AlreadyExists(Conflict):
    """An object with this oid, name or identifier exists."""

    code = "already_exists"


class WrongState(Conflict):
    """The task's state does not allow this operation."""

    code = "wrong_state"


class Protected(Conflict):
    """Refused, because it would lock people out or break a protected object."""

    code = "protected"


class AgainstPolicy(Conflict):
    """The value breaks the policy for it."""

    code = "against_policy"

    def __init__(self, broken: Sequence[str]) -> None:
        super().__init__(" ".join(broken))
        self._broken = tuple(broken)

    @property
    def parts(self) -> tuple[str, ...]:
        """Each rule that is broken."""
        return self._broken


class PreconditionFailed(TaskgateError):
    """The object has changed since it was read."""

    status = 412
    code = "precondition_failed"


class TooLarge(TaskgateError):
    """The body is larger than the limit."""

    status = 413
    code = "too_large"


class LimitReached(TaskgateError):
    """So many are there at the same time that no more are let in; the message says which limit."""

    status = 429
    code = "limit_reached"


class UnsupportedMediaType(TaskgateError):
    """The body's media type is not served."""

    status = 415
    code = "unsupported_media_type"


class Throttled(TaskgateError):
    """Too many logins have failed; wait before the next one."""

    status = 429
    code = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many logins from this address or by this name have failed; try again in {seconds} s."
        )
        self.retry_after = seconds


class Unavailable(TaskgateError):
    """The service cannot answer now; try again later."""

    status = 503
    code = "unavailable"
    retry_after: int | None = 1


class DatabaseTooNew(Unavailable):
    """The database was written by a newer version of this program."""

    code = "database_too_new"
