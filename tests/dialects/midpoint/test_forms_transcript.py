"""The Task page's calls in XML and in YAML: what is answered means the same as in JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.meaning import meaning
from tests.serving import ADMINISTRATOR, IN_JSON, NOWHERE, PASSWORD, REST, ROOT, Api, serving
from tests.writing import WRITERS

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = ROOT / "samples"
JSON = IN_JSON["accept"]
PAGE_TASK = "6d13632c-6b75-4a33-9744-ec9523375f6b"
#: Depends on the form, or on when the answer was made.
OF_ITS_OWN = {"content-type", "content-length", "etag", "date"}
OID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Differs from one play to the next, whatever the form.
VOLATILE = {
    "instant": re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)"),
    "server": re.compile(r"127\.0\.0\.1:\d+"),
    "identifier": re.compile(r"\d{13}-\d+-\d+"),
}
#: Of the page's calls, and of those that are refused.
STATUSES = [202, 200, 200, 200, 202, 204, 204, 200, 204, 200, 202, 200, 204, 404]
REFUSED = [404, 404, 400, 400, 400, 400, 409, 400, 204, 409, 412, 401, 405, 200]
#: Measured times and numbers of results.
MEASURED = {"duration", "throughput", "token", "lastRunTime", "averageTime"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer, without what its form and its moment alone explain."""

    call: str
    status: int
    headers: dict[str, Any]
    body: Any


@dataclass
class Player:
    """Plays calls in one form and keeps the answers."""

    client: httpx2.Client
    kind: str
    said: list[Said] = field(default_factory=list)
    _oids: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """An answer, which must be in the form that was asked for if it has a body."""
        headers = {"content-type": self.kind} if body is not None else {}
        headers |= more.pop("headers", {})
        content = None if body is None else self.written(body)
        answer = self.client.request(method, path, content=content, headers=headers, **more)
        if answer.content:
            assert answer.headers["content-type"] == self.kind, path
        found = meaning(answer) if answer.content else None
        kept = {k: v for k, v in answer.headers.items() if k not in OF_ITS_OWN}
        self.said.append(
            Said(
                call=f"{method} {self._steady(path)}",
                status=answer.status_code,
                headers=self._steady(kept),
                body=self._steady(found),
            )
        )
        return answer

    def written(self, body: Any) -> bytes:
        if isinstance(body, bytes):
            return body
        return json.dumps(body).encode() if self.kind == JSON else WRITERS[self.kind](body)

    def _steady(self, value: Any) -> Any:
        """The value with its oids numbered as they come, and without times."""
        if isinstance(value, dict):
            return {
                key: "measured" if key in MEASURED else self._steady(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._steady(each) for each in value]
        if not isinstance(value, str):
            return value
        for name, pattern in VOLATILE.items():
            value = pattern.sub(name, value)
        return OID.sub(self._numbered, value)

    def _numbered(self, found: re.Match[str]) -> str:
        return self._oids.setdefault(found[0], f"oid {len(self._oids) + 1}")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def prepare(api: Api) -> None:
    """The page's role with its members, and tasks for the page's search."""
    for path in sorted((SAMPLES / "identities").glob("*.json"), reverse=True):
        [(root, items)] = sample(f"identities/{path.name}").items()
        api.create(f"{root}s", items)
    for name in ("a task", "another", "not found"):
        api.task(name=name)


def play_page(player: Player, api: Api) -> None:
    """The page's calls, each after the last one's work is done."""
    created = player.call("POST", "/tasks", sample("rest/task-recompute-members-employee.json"))
    oid = created.headers["location"].rpartition("/")[2]
    api.when_closed(oid)
    player.call("GET", f"/tasks/{oid}")
    player.call("GET", f"/tasks/{oid}", params={"include": "result", "options": "resolveNames"})
    player.call("POST", "/tasks/search", sample("rest/query-gen-name.json"))
    player.call("PUT", f"/tasks/{PAGE_TASK}", sample("rest/task-page-recurring.json"))
    when_run(api, 1)
    player.call("PATCH", f"/tasks/{PAGE_TASK}", sample("rest/modify-attribute-gen.json"))
    for operation in ("run", "suspend", "resume"):
        player.call("POST", f"/tasks/{PAGE_TASK}/{operation}")
        when_run(api, 2)
        player.call("GET", f"/tasks/{PAGE_TASK}")
    player.call("DELETE", f"/tasks/{PAGE_TASK}")
    player.call("GET", f"/tasks/{PAGE_TASK}")


def when_run(api: Api, times: int) -> None:
    """Wait until the page's task has run that often and does not run."""

    def is_done(task: dict[str, Any]) -> bool:
        records = task.get("taskRunRecord", [])
        count = 1 if isinstance(records, dict) else len(records)
        return count == times and task["executionState"] != "running"

    api.when(PAGE_TASK, is_done)


def play_refusals(player: Player, api: Api) -> None:
    """What is wrong, in as many ways as there are statuses for it."""
    oid = api.task(name="refused", description="as it was")
    closed = api.task(name="closed", schedulingState="closed")
    work: dict[str, Any] = {"activity": {"work": {"noOp": {}}}}
    player.call("GET", "/users/12345")
    player.call("POST", f"/tasks/{NOWHERE}/suspend")
    player.call("POST", "/tasks", {"task": {"name": "x", "descripton": "y"} | work})
    player.call("POST", "/tasks", {"user": {"name": "x"}})
    player.call("POST", "/tasks", b"")
    player.call("POST", "/tasks/search", {"query": {"filter": {"text": "name = = 'a'"}}})
    player.call("POST", "/tasks", {"task": {"oid": oid, "name": "x"} | work})
    player.call("PATCH", f"/tasks/{oid}", sample("rest/query-gen-name.json"))
    player.call("POST", f"/tasks/{oid}/run")
    player.call("POST", f"/tasks/{closed}/resume")
    player.call("DELETE", f"/tasks/{oid}", headers={"if-match": '"other"'})
    player.call("GET", "/tasks", auth=(ADMINISTRATOR, "wrong"))
    player.call("PATCH", "/tasks", {"task": {}})
    player.call("GET", f"/tasks/{oid}")


def play(kind: str, folder: Path) -> list[Said]:
    """All answers of a fresh server in one form."""
    with serving(folder / "taskgate.db") as server, server.client() as usual:
        api, headers = Api(usual), {"accept": kind}
        login = (ADMINISTRATOR, PASSWORD)
        prepare(api)
        with httpx2.Client(base_url=server.url + REST, auth=login, headers=headers) as client:
            player = Player(client, kind)
            play_page(player, api)
            play_refusals(player, api)
    return player.said


@pytest.fixture(scope="module")
def in_json(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    """What the other forms must say, too."""
    return play(JSON, tmp_path_factory.mktemp("json"))


def test_the_transcript_has_the_statuses_of_the_page(in_json: list[Said]) -> None:
    page, refusals = in_json[:14], in_json[14:]
    assert [each.status for each in page] == STATUSES
    assert [each.status for each in refusals] == REFUSED
    assert page[3].body["object"]["object"][1]["name"] == "another"
    assert refusals[-1].body["task"]["description"] == "as it was"


@pytest.mark.parametrize("kind", WRITERS)
def test_the_transcript_means_the_same_in_every_form(
    in_json: list[Said], kind: str, tmp_path: Path
) -> None:
    said = play(kind, tmp_path)
    assert [each.call for each in said] == [each.call for each in in_json]
    for each, usual in zip(said, in_json, strict=True):
        assert each == usual, each.call
