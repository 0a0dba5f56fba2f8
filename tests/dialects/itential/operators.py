"""Short calls to Itential's API, by people of several roles."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from tests.serving import PASSWORD, ROOT, unique, wait_until

if TYPE_CHECKING:
    from tests.serving import Server

ROLES = ("admin", "apiwrite", "engineering", "operations", "apiread", "support")
WORKING = ROLES[:4]
SAMPLES = ROOT / "samples" / "itential"


def sample(name: str) -> dict[str, Any]:
    """A sample workflow."""
    found: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.json").read_bytes())
    return found


def manual(name: str, *keys: str, groups: tuple[str, ...] = ()) -> dict[str, Any]:
    """A workflow of manual tasks one after the other."""
    path = ["workflow_start", *(keys or ("a1",)), "workflow_end"]
    tasks = {
        key: {
            "name": "ViewData",
            "app": "WorkFlowEngine",
            "type": "manual",
            "groups": list(groups),
            "variables": {"incoming": {"header": "?"}, "outgoing": {}},
        }
        for key in path[1:-1]
    }
    transitions = {
        source: {target: {"state": "success", "type": "standard"}}
        for source, target in pairwise(path)
    }
    return {"name": name, "tasks": tasks, "transitions": transitions | {"workflow_end": {}}}


@dataclass
class Person:
    """Somebody with a session."""

    name: str
    client: httpx2.Client

    @property
    def id(self) -> str:
        """The person's account id."""
        return str(self.client.get("/whoami").json()["id"])

    def get(self, path: str, **parameters: Any) -> Any:
        """The data of an answer."""
        return self.ok(self.client.get(f"/operations-manager{path}", params=parameters))

    def post(self, path: str, body: Any = None) -> Any:
        """The data of an answer to something that is done."""
        return self.ok(self.asked(path, body))

    def asked(self, path: str, body: Any = None) -> httpx2.Response:
        """The answer to something that is to be done; nothing is sent if there is no body."""
        if body is None:
            return self.client.post(f"/operations-manager{path}")
        return self.client.post(f"/operations-manager{path}", json=body)

    def ok(self, answer: httpx2.Response) -> Any:
        """The data of a success."""
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert set(body) == {"message", "data", "metadata"}
        return body["data"]

    def start(self, workflow: str, **options: Any) -> dict[str, Any]:
        """A new job."""
        found: dict[str, Any] = self.post("/jobs/start", {"workflow": workflow, "options": options})
        return found

    def job(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job as it is now."""
        found: dict[str, Any] = self.get(f"/jobs/{job['_id']}")
        return found

    def when(self, job: dict[str, Any], status: str) -> dict[str, Any]:
        """The job as soon as it has the status."""

        def reached() -> dict[str, Any] | None:
            found = self.job(job)
            return found if found["status"] == status else None

        found = wait_until(reached)
        assert found is not None
        return found

    def over(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job as soon as it runs no more."""

        def reached() -> dict[str, Any] | None:
            found = self.job(job)
            return None if found["status"] == "running" else found

        found = wait_until(reached)
        assert found is not None
        return found

    def waiting(self, job: dict[str, Any], key: str = "a1") -> str:
        """The id of the iteration that waits for a person, as soon as it does."""

        def opened() -> str | None:
            task = self.job(job)["tasks"][key]
            return str(task["iterations"][-1]) if task["status"] == "running" else None

        return str(wait_until(opened))

    def finish(self, job: dict[str, Any], key: str = "a1", state: str = "success") -> Any:
        """End a manual task."""
        data = {"taskData": {"finish_state": state, "variables": {}}}
        return self.post(f"/jobs/{job['_id']}/tasks/{key}/finish", data)


@dataclass
class Office:
    """A server and the people who work with it."""

    server: Server
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, role: str, *groups: str, name: str | None = None, also: str = "") -> Person:
        """A new account with a role, and perhaps another one, logged in."""
        login = name or f"{role}-{os.getpid()}-{unique('').split()[-1]}"
        body = {
            "name": login,
            "password": PASSWORD,
            "roles": [role, *also.split()],
            "groups": list(groups),
        }
        with self.server.client() as administrator:
            made = administrator.post(f"{self.server.url}/-/accounts", json=body)
        assert made.status_code in (200, 201), made.text
        return self.login(login)

    def login(self, name: str) -> Person:
        """A session of an account that exists."""
        client = httpx2.Client(base_url=self.server.url, timeout=30)
        answer = client.post("/login", json={"user": {"username": name, "password": PASSWORD}})
        assert answer.status_code == 200, answer.text
        return Person(name=name, client=client)

    def of(self, role: str) -> Person:
        """The one person of a role that tests share."""
        if role not in self.people:
            is_built_in = role == "administrator"
            self.people[role] = self.login(role) if is_built_in else self.person(role)
        return self.people[role]

    def who_sees_all(self, role: str) -> Person:
        """The one person of a role that tests share who may look at everything besides."""
        key = f"{role} viewer"
        if key not in self.people:
            self.people[key] = self.person(role, also="viewer")
        return self.people[key]

    def keep(self, *documents: dict[str, Any]) -> None:
        """Import workflows."""
        client = self.of("administrator").client
        answer = client.post(
            "/automation-studio/automations/import", json={"automations": list(documents)}
        )
        assert all(each["success"] for each in answer.json()["imported"]), answer.text

    def manual(self, *keys: str, groups: tuple[str, ...] = ()) -> str:
        """The name of a new workflow of manual tasks."""
        document = manual(unique("Ask"), *keys, groups=groups)
        self.keep(document)
        return str(document["name"])

    def close(self) -> None:
        """End all sessions."""
        for person in self.people.values():
            person.client.close()
