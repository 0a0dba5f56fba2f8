"""Tasks over HTTP: midPoint's routes as calls, and names beside oids. Knows no terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.cli.remote import Refused, check_response, read_json
from gateway.cli.task_rows import many, text
from gateway.clock import SystemClock
from gateway.errors import Unsupported
from gateway.query import render
from gateway.query.ast import Condition, Literal, Path, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

TASKS = "/midpoint/ws/rest/tasks"
#: Items that are left out of an answer unless they are asked for.
NEXT_START, RESULT = "nextRunStartTimestamp", "result"
#: Namesakes that are listed for whoever has to choose.
CANDIDATES = 10
_WARNING = re.compile(r'\d{3} \S+ "(.*)"')


@dataclass(frozen=True, kw_only=True)
class SeenTask:
    """A task as the server showed it, and when that was by the server's clock."""

    task: dict[str, Any]
    at: float


@dataclass(frozen=True, kw_only=True)
class TaskQuery:
    """Which tasks a search is about."""

    filters: Sequence[str] = ()
    limit: int = 100
    order: str = "name"
    is_descending: bool = False

    def body(self) -> dict[str, Any]:
        """The query as midPoint reads it."""
        direction = "descending" if self.is_descending else "ascending"
        paging = {"orderBy": self.order, "orderDirection": direction, "maxSize": self.limit}
        query: dict[str, Any] = {"paging": paging}
        if self.filters:
            query["filter"] = {"text": all_of(self.filters)}
        return {"query": query}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A task that somebody named."""

    oid: str
    name: str


class TaskClient:
    """What the commands ask of the server; a refusal is raised as `Refused`."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def get(self, oid: str, *, wait: int = 0) -> SeenTask:
        """The task, or with `wait` the task as soon as it rests or the seconds have passed."""
        # A server that does not know the preference answers at once (RFC 7240, section 2).
        headers = {"prefer": f"wait={wait}"} if wait else {}
        parameters = {"include": [NEXT_START, RESULT]}
        answer = self._client.get(f"{TASKS}/{oid}", params=parameters, headers=headers)
        task = _member(answer, "task")
        return SeenTask(task=task, at=_moment(answer))

    def search(self, wanted: TaskQuery) -> tuple[list[SeenTask], int]:
        """The tasks that match, and how many there are without the limit."""
        parameters = {"include": NEXT_START, "returnTotalCount": "true"}
        answer = self._client.post(f"{TASKS}/search", json=wanted.body(), params=parameters)
        found = many(_member(answer, "object").get("object"))
        total = int(answer.headers.get("x-total-count", len(found)))
        return [SeenTask(task=each, at=_moment(answer)) for each in found], total

    def resolve(self, given: str) -> Target:
        """The task with this oid, or the only one with this name."""
        if _is_oid(given):
            task = self.get(given).task
            return Target(oid=given.lower(), name=text(task.get("name")) or "")
        wanted = TaskQuery(filters=(condition("name", "equal", given),), limit=CANDIDATES)
        found, total = self.search(wanted)
        oids = [str(each.task["oid"]) for each in found]
        if not oids:
            raise Refused(f"There is no task named '{given}'.")
        if total > 1:
            candidates = "\n".join(f"  {oid}" for oid in oids)
            raise Refused(f"{total} tasks are named '{given}'; say which by its oid:", candidates)
        return Target(oid=oids[0], name=given)

    def operate(self, oid: str, operation: str) -> str | None:
        """Run, suspend or resume the task; why nothing was done, if the server says so."""
        answer = check_response(self._client.post(f"{TASKS}/{oid}/{operation}"))
        warning = answer.headers.get("warning")
        if warning is None:
            return None
        written = _WARNING.fullmatch(warning)
        return str(written[1] if written else warning)

    def errors(self, **parameters: str | int) -> list[dict[str, Any]]:
        """Errors of items over all tasks, the newest first."""
        found: list[dict[str, Any]] = read_json(self._client.get("/-/errors", params=parameters))
        return found


def condition(path: str, operator: str, *values: str) -> str:
    """A filter on one item as text, quoted as its values need it."""
    members = tuple(Literal(text=each) for each in values)
    argument = members[0] if len(members) == 1 else Values(members=members)
    steps = tuple(path.split("/"))
    try:
        return render(Condition(path=Path(steps=steps), operator=operator, argument=argument))
    except Unsupported as error:
        raise Refused(f"{error.message}.") from error


def all_of(filters: Sequence[str]) -> str:
    """What all filters select."""
    if len(filters) == 1:
        return filters[0]
    # The line break ends a comment that a filter may end with.
    return " and ".join(f"({each}\n)" for each in filters)


def _is_oid(given: str) -> bool:
    try:
        return len(given) == 36 and bool(UUID(given))
    except ValueError:
        return False


def _member(answer: httpx2.Response, name: str) -> dict[str, Any]:
    body = read_json(answer)
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise Refused(f"{answer.url} answers without '{name}'; is it a Taskgate?")
    return found


def _moment(answer: httpx2.Response) -> float:
    """When the server answered: its clock decides what is due, not ours."""
    date = answer.headers.get("date")
    return SystemClock().now() if date is None else parsedate_to_datetime(date).timestamp()
