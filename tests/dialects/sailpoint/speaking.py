"""SailPoint's API as short calls, and the shapes that its answers have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx2
from jsonschema import Draft202012Validator

from tests.serving import CLIENT, SECRET

Document = dict[str, Any]
#: Prefix of every version's task-status routes.
PREFIXES = {
    "beta": "/beta/task-status",
    "v2024": "/v2024/task-status",
    "v2025": "/v2025/task-status",
    "v2026": "/v2026/task-status",
    "latest": "/latest/task-status",
    "v1": "/task-status/v1",
}
ANNUAL = ("beta", "v2024", "v2025", "v2026", "latest")
EXPERIMENTAL = {"X-SailPoint-Experimental": "true"}
REQUIRED = (
    "id type uniqueName description parentName launcher created modified launched completed "
    "completionStatus messages returns attributes progress percentComplete"
).split()
STATUSES = {"SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def token_of(url: str, client_id: str = CLIENT, secret: str = SECRET) -> str:
    """A fresh access token."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = httpx2.post(f"{url}/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["access_token"]
    return found


@dataclass(frozen=True)
class Speaker:
    """A client of the API with a token."""

    client: httpx2.Client
    headers: dict[str, str] = field(default_factory=lambda: dict(EXPERIMENTAL))

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer to a request."""
        headers = self.headers | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def status(self, oid: str, version: str = "v2025") -> Document:
        """The task's status."""
        answer = self.ask("GET", f"{PREFIXES[version]}/{oid}")
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        assert_task_status(found)
        return found

    def listed(self, version: str = "v2025", **parameters: Any) -> list[Document]:
        """A page of tasks."""
        answer = self.ask("GET", PREFIXES[version], params=parameters)
        assert answer.status_code == 200, answer.text
        found: list[Document] = answer.json()
        for each in found:
            assert_task_status(each)
        return found

    def ids(self, filters: str, version: str = "v1") -> set[str]:
        """Ids of the tasks that a filter selects."""
        return {each["id"] for each in self.listed(version, filters=filters)}

    def patch(self, oid: str, *operations: Document, version: str = "v2025") -> httpx2.Response:
        """The answer to a patch."""
        headers = {"content-type": "application/json-patch+json"}
        url = f"{PREFIXES[version]}/{oid}"
        return self.ask("PATCH", url, json=list(operations), headers=headers)

    def clear(self, oid: str, status: str = "Error", at: str = "2024-05-17T19:33:16.470Z") -> Any:
        """The task's status after it was cleared."""
        answer = self.patch(oid, put("completionStatus", status), put("completed", at))
        assert answer.status_code == 200, answer.text
        return answer.json()


def _object(optional: str = "", **properties: Document) -> Document:
    required = [name for name in properties if name not in optional.split()]
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Document) -> Document:
    return {"type": "array", "items": items}


def _nullable(schema: Document) -> Document:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Document = {"type": "string"}
MOMENT: Document = TEXT | {"format": "date-time"}
#: What the page "Get task status by ID" said of its answer when it was first published: what has no
#: null here was not nullable then.
SEED = Draft202012Validator(
    _object(
        "target taskDefinitionSummary",
        id=TEXT,
        type={"enum": ["QUARTZ", "QPOC", "QUEUED_TASK"]},
        uniqueName=TEXT,
        description=TEXT,
        parentName=_nullable(TEXT),
        launcher=TEXT,
        target=_nullable(
            _object(
                "id type name", id=TEXT, type={"enum": ["APPLICATION", "IDENTITY", None]}, name=TEXT
            )
        ),
        created=MOMENT,
        modified=MOMENT,
        launched=_nullable(MOMENT),
        completed=_nullable(MOMENT),
        completionStatus={"enum": [*sorted(STATUSES), None]},
        messages=_list(
            _object(
                type={"enum": ["INFO", "WARN", "ERROR"]},
                localizedText=_nullable(_object(locale=TEXT, message=TEXT)),
                key=TEXT,
                parameters=_nullable(_list({"type": "object"})),
            )
        ),
        returns=_list(_object(name=TEXT, attributeName=TEXT)),
        attributes={"type": "object"},
        progress=_nullable(TEXT),
        percentComplete={"type": "integer"},
        taskDefinitionSummary=_object(
            id=TEXT,
            uniqueName=TEXT,
            description=TEXT,
            parentName=TEXT,
            executor=_nullable(TEXT),
            arguments={"type": "object"},
        ),
    ),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def put(name: str, value: Any, op: str = "replace") -> Document:
    """An operation of a patch."""
    return {"op": op, "path": f"/{name}", "value": value}


def assert_task_status(view: Document) -> None:
    """The shape that every client can read (sailpoint-task-management 6, 10.3)."""
    assert set(view) >= set(REQUIRED)
    assert set(view) - set(REQUIRED) <= {"target", "taskDefinitionSummary"}
    assert view["type"] in {"QUARTZ", "QPOC", "QUEUED_TASK"}
    assert view["completionStatus"] in STATUSES | {None}
    assert (view["completed"] is None) is (view["completionStatus"] is None)
    assert type(view["percentComplete"]) is int
    assert 0 <= view["percentComplete"] <= 100
    for name in ("created", "modified", "launched", "completed"):
        assert view[name] is None or _INSTANT.fullmatch(view[name])
    assert None not in (view["created"], view["modified"])
    assert isinstance(view["attributes"], dict)
    assert all(set(each) == {"name", "attributeName"} for each in view["returns"])
    assert {each["attributeName"] for each in view["returns"]} <= set(view["attributes"])
    for message in view["messages"]:
        assert set(message) == {"type", "localizedText", "key", "parameters"}
        assert message["type"] in {"INFO", "WARN", "ERROR"}
        assert message["localizedText"]["locale"] == "en-US"
        assert isinstance(message["localizedText"]["message"], str)
    if "taskDefinitionSummary" in view:
        assert set(view["taskDefinitionSummary"]) == set(
            "id uniqueName description parentName executor arguments".split()
        )
    assert not list(SEED.iter_errors(view))


def assert_error(answer: httpx2.Response, status: int, detail: str) -> str:
    """An ErrorResponseDto; its text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"detailCode", "trackingId", "messages", "causes"}
    assert body["detailCode"] == detail
    assert re.fullmatch("[0-9a-f]{32}", body["trackingId"])
    assert body["trackingId"] == answer.headers["SLPT-Request-ID"]
    locales = [(each["locale"], each["localeOrigin"]) for each in body["messages"]]
    wanted = [("en-US", "DEFAULT"), ("und", "REQUEST")]
    assert locales == (wanted if status == 400 else wanted[:1])
    [text] = {each["text"] for each in body["messages"]}
    assert text.strip()
    # Where the vendor's own sentence is the message, ours is the cause.
    causes = [(each["locale"], each["localeOrigin"]) for each in body["causes"]]
    assert causes == (wanted[:1] if text.startswith("The server ") else [])
    assert all(each["text"].strip() for each in body["causes"])
    assert "Traceback" not in answer.text
    return str(text)


def assert_one_key(answer: httpx2.Response, status: int, key: str, text: str) -> None:
    """The shape of those who check before the service does."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {key: text}
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
