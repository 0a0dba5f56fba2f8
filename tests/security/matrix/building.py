"""Builds what the matrix is played on: people, and one of each target, each time they are asked for."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.names import short_id
from gateway.model.principal import ADMINISTRATOR, ROLE_OIDS
from tests.dialects.itential.operators import Office, manual
from tests.dialects.midpoint.people import ENTERS, authorization, own_password
from tests.dialects.sailpoint.speaking import token_of
from tests.security.matrix.allowed import CLIENT, HELPDESK, NOBODY, OPERATIONS, VIEWER
from tests.security.matrix.asking import Caller, Ledger, header_of
from tests.security.matrix.scene import JSON, RED, Scene
from tests.serving import NOWHERE, PASSWORD, Api, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.matrix.cases import Case
    from tests.serving import Server

#: Of each target that is not for everybody, what its texts hold.
SEALED = {
    "hidden user": "sealed away",
    "limited job": "sealed in red",
    "limited workflow": "sealed for red",
}
RIGHT = {"type": "UserType", "filter": {"text": "subtype = 'care'"}}
LIMITS = {"stringPolicy": {"limitations": {"minLength": 5, "maxLength": 30}}}
#: The one object that configures the whole.
CONFIGURATION = "00000000-0000-0000-0000-000000000001"
#: What is done to a job before it is deleted, released and so on.
BEFORE = {
    "/jobs/resume": ("/jobs/pause",),
    "/jobs/{jobId}/continue": ("/jobs/pause",),
    "/jobs/unwatch": ("/jobs/watch",),
    "/jobs/{jobId}/unwatch": ("/jobs/watch",),
    "/jobs/{jobId}": ("/jobs/cancel",),
    "/jobs/delete": ("/jobs/cancel",),
    "/jobs/bulk-delete": ("/jobs/cancel",),
    "/tasks/{taskId}/release": ("/tasks/{item}/claim",),
}


@dataclass
class Builder:
    """Builds a scene as its administrator."""

    server: Server
    api: Api
    office: Office
    oids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def scene(self) -> Scene:
        """All of it; nothing moves any more when this returns."""
        self._configure()
        callers = self._people()
        self._objects()
        jobs, items, workflows, workflow_oids = self._jobs()
        return Scene(
            server=self.server,
            callers=callers,
            oids=self.oids,
            names=self.names,
            jobs=jobs,
            items=items,
            workflows=workflows,
            workflow_oids=workflow_oids,
            session=self._session(),
            own_tasks={caller: self.owned(caller) for caller in (VIEWER, HELPDESK, OPERATIONS)},
            ledger=Ledger(self.server.database),
        )

    def _post(self, path: str, body: Any) -> Any:
        answer = self.api.client.post(f"{self.server.url}{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def _configure(self) -> None:
        """A policy for passwords and other made up values."""

        def made(collection: str, root: str, items: dict[str, Any]) -> dict[str, str]:
            body = {root: {"name": unique(root)} | items}
            answer = self.api.client.post(f"/{collection}", json=body)
            assert answer.status_code == 201, answer.text
            return {"oid": answer.headers["location"].rpartition("/")[2]}

        policy = made("valuePolicies", "valuePolicy", LIMITS)
        rules = {"credentials": {"password": {"valuePolicyRef": policy}}}
        security = made("securityPolicies", "securityPolicy", rules)
        given = {"oid": CONFIGURATION, "globalSecurityPolicyRef": security}
        made("systemConfigurations", "systemConfiguration", given)

    def _people(self) -> dict[str, Caller]:
        for caller in (VIEWER, OPERATIONS):
            self.names[caller] = f"{caller}-{unique('')}".replace(" ", "")
            body = {"name": self.names[caller], "password": PASSWORD, "roles": [caller]}
            self.oids[f"own user of {caller}"] = self._post("/-/accounts", body)["oid"]
        self.names[HELPDESK] = unique("helpdesk")
        rights = [ENTERS, authorization("read", "modify", object=RIGHT)]
        role = self.api.create("roles", {"name": unique("role"), "authorization": rights})
        helpdesk = {
            "name": self.names[HELPDESK],
            "assignment": {"targetRef": {"oid": role, "type": "RoleType"}},
            "credentials": own_password(PASSWORD),
        }
        self.oids[f"own user of {HELPDESK}"] = self.api.create("users", helpdesk)
        found = {NOBODY: self._caller(None, None)}
        for caller in (VIEWER, HELPDESK, OPERATIONS):
            token = self._client(user=self.names[caller])
            found[caller] = self._caller(token, header_of(self.names[caller], PASSWORD))
        token = self._client(roles=[OPERATIONS])
        return found | {CLIENT: self._caller(token, token)}

    def _client(self, **whose: Any) -> str:
        """The header of a new program."""
        self.names["client"] = name = unique("client").replace(" ", "-")
        self._post("/-/clients", {"name": name, "secret": PASSWORD, **whose})
        return f"Bearer {token_of(self.server.url, name, PASSWORD)}"

    def _caller(self, bearer: str | None, header: str | None) -> Caller:
        host = self.server.url.removeprefix("http://")
        return Caller(bearer, header, http.client.HTTPConnection(host, timeout=30))

    def _objects(self) -> None:
        sealed = {"description": SEALED["hidden user"]}
        self.oids["hidden user"] = self.api.create("users", {"name": unique("hidden")} | sealed)
        for target in ("visible user", "superuser", "other task"):
            self.oids[target] = self.another(target)
        self.oids["role"] = self.api.create("roles", {"name": unique("role")})
        self.oids["superuser role"] = ROLE_OIDS["superuser"]
        self.oids |= {"unknown": NOWHERE, "malformed": "no-oid"}

    def another(self, target: str) -> str:
        """The oid of a new one of this kind."""
        if target == "other task":
            return self.api.waiting()
        if target == "visible user":
            return self.api.create("users", {"name": unique("visible"), "subtype": ["care"]})
        body = {"name": unique("super"), "password": PASSWORD, "roles": ["superuser"]}
        oid = str(self._post("/-/accounts", body)["oid"])
        self.api.modify("users", oid, delta("add", "subtype", "care"))
        return oid

    def owned(self, caller: str) -> str:
        """The oid of a new task of theirs."""
        owner = {"oid": self.oids[f"own user of {caller}"], "type": "UserType"}
        return self.api.waiting(ownerRef=owner)

    def job(self, starter: str, workflow: str, **options: Any) -> tuple[dict[str, Any], str]:
        """A new job, and the id of what waits in it."""
        person = self.office.of(starter)
        job = person.start(workflow, **options)
        return job, self.office.of(ADMINISTRATOR).waiting(job)

    def _jobs(self) -> tuple[dict[str, str], ...]:
        self.office.people[RED] = self.office.person("operations", RED)
        self.office.people[OPERATIONS] = self.office.login(self.names[OPERATIONS])
        documents = {
            "workflow": manual(unique("open")),
            "limited workflow": manual(unique("limited"))
            | {"groups": [RED], "description": SEALED["limited workflow"]},
        }
        self.office.keep(*documents.values())
        name = documents["workflow"]["name"]
        limits = {"groups": [short_id(RED)], "description": SEALED["limited job"]}
        started = {
            "own job": self.job(OPERATIONS, name),
            "other job": self.job(ADMINISTRATOR, name),
            "limited job": self.job(ADMINISTRATOR, name, **limits),
        }
        self.oids |= {
            "job": started["other job"][0]["uuid"],
            "limited job": started["limited job"][0]["uuid"],
        }
        listed = self.office.of(ADMINISTRATOR).client.get(
            "/automation-studio/workflows", params={"limit": 100}
        )
        oids = {each["name"]: each["_id"] for each in listed.json()["items"]}
        malformed = {"malformed": "no-id"}
        return (
            {key: job["_id"] for key, (job, _) in started.items()} | malformed,
            {key: item for key, (_, item) in started.items()} | malformed,
            {key: each["name"] for key, each in documents.items()},
            {key: oids[each["name"]] for key, each in documents.items()},
        )

    def _session(self) -> str:
        """The id of a session of the administrator's."""
        answer = self.api.client.get(f"{self.server.url}/-/sessions")
        return str(answer.json()[0]["id"])

    def renew(self, scene: Scene, case: Case) -> None:
        """Put another one in the place of what a case is about, in the state that it needs."""
        target, workflow = case.target, scene.workflows["workflow"]
        if target in scene.items:
            self._renew_job(scene, case)
        elif target == "own task":
            scene.own_tasks[case.caller] = self.owned(case.caller)
        elif target in ("other task", "visible user", "superuser"):
            scene.oids[target] = self.another(target)
        elif target == "job":
            scene.oids[target] = self.job(ADMINISTRATOR, workflow)[0]["uuid"]
        if case.place.row == "/{oid}/resume":
            self.api.operate(scene.oid(case), "suspend")

    def _renew_job(self, scene: Scene, case: Case) -> None:
        starter = OPERATIONS if case.target == "own job" else ADMINISTRATOR
        job, item = self.job(starter, scene.workflows["workflow"])
        scene.jobs[case.target], scene.items[case.target] = job["_id"], item
        for action in BEFORE.get(case.place.row.removeprefix("/operations-manager"), ()):
            path = action.format(job=job["_id"], item=item)
            body = b"{}" if "jobs/" not in path else orjson.dumps({"jobIds": [job["_id"]]})
            header = {"content-type": JSON}
            status, answer = scene.callers[case.caller].ask(
                "POST", f"/operations-manager{path}", body, header, case.place.dialect
            )
            assert status == 200, answer


def built(server: Server) -> Iterator[tuple[Builder, Scene]]:
    """A scene on a server that has nothing yet, and who renews it."""
    office = Office(server)
    with server.client() as client, closing(office):
        builder = Builder(server, Api(client), office)
        with closing(builder.scene()) as scene:
            yield builder, scene
