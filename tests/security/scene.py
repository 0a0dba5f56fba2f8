"""What the cases of the matrix are played on: a server of its own, its people, and one of each target."""

from __future__ import annotations

import base64
import http.client
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.names import short_id
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.model.principal import ADMINISTRATOR, ADMINISTRATOR_OID, ROLE_OIDS
from tests.dialects.itential.operators import Office, manual
from tests.dialects.midpoint.people import ENTERS, authorization, own_password
from tests.dialects.sailpoint.speaking import token_of
from tests.security.allowed import CLIENT, HELPDESK, NOBODY, OPERATIONS, VIEWER
from tests.serving import NOWHERE, PASSWORD, Api, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.security.cases import Case
    from tests.serving import Server

#: Of each target that is not for everybody, what its texts hold.
SEALED = {
    "hidden user": "sealed away",
    "limited job": "sealed in red",
    "limited workflow": "sealed for red",
}
RED = "red"
RIGHT = {"type": "UserType", "filter": {"text": "subtype = 'care'"}}
LIMITS = {"stringPolicy": {"limitations": {"minLength": 5, "maxLength": 30}}}
#: The one object that configures the whole.
CONFIGURATION = "00000000-0000-0000-0000-000000000001"
JSON = "application/json"
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
#: All that hold something.
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"


def header_of(name: str, password: str) -> str:
    """HTTP Basic."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@dataclass
class Caller:
    """Who asks, and over which connection."""

    #: At SailPoint's API, and everywhere else.
    bearer: str | None
    header: str | None
    connection: http.client.HTTPConnection

    def ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], dialect: str
    ) -> tuple[int, bytes]:
        """Status and body of the answer; a stream is left at its beginning."""
        login = self.bearer if dialect == "sailpoint" else self.header
        given = headers if login is None else {"authorization": login} | headers
        self.connection.request(method, path, body, given)
        answer = self.connection.getresponse()
        if answer.headers.get_content_type() == "text/event-stream":
            self.connection.close()
            return answer.status, b""
        return answer.status, answer.read()


@dataclass
class Ledger:
    """Tells whether anything in a database is another than before."""

    database: Path
    _reader: sqlite3.Connection = field(init=False)
    _version: int = field(init=False, default=-1)
    _digest: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        self._reader = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)
        self.is_as_before()

    def is_as_before(self) -> bool:
        """Whether all tables hold what they held when this was asked last."""
        version = self._reader.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return True
        before, self._version, self._digest = self._digest, version, self._digested()
        return before == self._digest

    def _digested(self) -> bytes:
        found = blake2b(digest_size=20)
        for (table,) in self._reader.execute(TABLES).fetchall():
            for row in self._reader.execute(f"SELECT * FROM {table}"):
                found.update(repr(row).encode())
        return found.digest()

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()


@dataclass
class Scene:
    """The server, who asks, and what there is."""

    server: Server
    callers: dict[str, Caller]
    #: By the table's name of a target: its oid, or an id of its dialect's.
    oids: dict[str, str]
    names: dict[str, str]
    #: Of Itential's: jobs by their short ids, and what waits in them.
    jobs: dict[str, str]
    items: dict[str, str]
    workflows: dict[str, str]
    workflow_oids: dict[str, str]
    session: str
    own_tasks: dict[str, str]
    ledger: Ledger
    builder: Builder

    def play(self, case: Case) -> tuple[int, bytes]:
        """Send the request of a case."""
        path = self.path(case)
        body, kind = self.body(case)
        headers = dict(case.headers) | {"x-sailpoint-experimental": "true", "accept": JSON}
        if body is not None:
            headers["content-type"] = kind
        caller = self.callers[case.caller]
        return caller.ask(case.method, path, body, headers, case.place.dialect)

    def close(self) -> None:
        """Let go of everything."""
        self.ledger.close()
        for caller in self.callers.values():
            caller.connection.close()

    def renew(self, case: Case) -> None:
        """Put another one in the place of what a case is about, in the state that it needs."""
        target, builder = case.target, self.builder
        if target in self.items:
            self._renew_job(case)
        elif target == "own task":
            self.own_tasks[case.caller] = builder.owned(case.caller)
        elif target in ("other task", "visible user", "superuser"):
            self.oids[target] = builder.another(target)
        elif target == "job":
            self.oids[target] = builder.job(ADMINISTRATOR, self.workflows["workflow"])[0]["uuid"]
        if case.place.row.endswith("/resume") and self.oid(case) != NOWHERE:
            builder.api.operate(self.oid(case), "suspend")

    def _renew_job(self, case: Case) -> None:
        starter = OPERATIONS if case.target == "own job" else ADMINISTRATOR
        job, item = self.builder.job(starter, self.workflows["workflow"])
        self.jobs[case.target], self.items[case.target] = job["_id"], item
        for action in BEFORE.get(case.place.row.removeprefix("/operations-manager"), ()):
            path = action.format(job=job["_id"], item=item)
            body = b"{}" if "jobs/" not in path else orjson.dumps({"jobIds": [job["_id"]]})
            header = {"content-type": JSON}
            status, answer = self.callers[case.caller].ask(
                "POST", f"/operations-manager{path}", body, header, case.place.dialect
            )
            assert status == 200, answer

    # ---- what is sent -------------------------------------------------------------------------------

    def oid(self, case: Case) -> str:
        """The oid of what a case is about."""
        if case.target == "own task":
            return self.own_tasks.get(case.caller, self.own_tasks[VIEWER])
        if case.target == "own user":
            return self.oids.get(f"own user of {case.caller}", self.oids[f"own user of {VIEWER}"])
        return self.oids.get(case.target, NOWHERE)

    def path(self, case: Case) -> str:
        """The path with the ids of the target in place of what stands in braces."""
        path = case.spelled or case.place.path
        if "{" not in path:
            return path
        target = case.target
        workflow = self.workflows.get(target, "nothing of that name")
        known = {
            "{oid}": self.oid(case),
            "{id}": self.session if case.place.dialect == "pages" else self.oid(case),
            "{oid:uuid}": self.oid(case),
            "{jobId}": self.jobs.get(target, "f" * 24),
            "{taskId}": self.items.get(target, NOWHERE),
            "{stepId}": "a1",
            "{groupId}": short_id(RED),
            "{routeName}": workflow.lower().replace(" ", "-"),
            "{triggerId}": short_id(f"trigger {self.workflow_oids.get(target)}"),
            "{key:path}": self.names["client"] if target == "known" else "no-such-client",
            "{file}": "docs.css",
            "{name}": self._named(case, workflow),
        }
        for braces, value in known.items():
            for spelled in (braces, braces.upper(), braces[:-1] + braces[-1].upper()):
                path = path.replace(spelled, value)
        return path.replace(" ", "%20")

    def _named(self, case: Case, workflow: str) -> str:
        if case.place.row == "/openapi/{name}.json":
            return "midpoint"
        return workflow if case.place.dialect == "itential" else case.target

    def body(self, case: Case) -> tuple[bytes | None, str]:
        """What would do the thing if it were allowed, and its media type."""
        if case.method not in ("POST", "PUT", "PATCH"):
            is_empty_object = case.place.row.endswith("/groups") and case.method == "DELETE"
            return (b"{}", JSON) if is_empty_object else (None, "")
        if case.place.dialect == "oauth":
            form = b"grant_type=client_credentials&client_id=nobody&client_secret=nothing"
            return form, "application/x-www-form-urlencoded"
        if case.place.dialect == "sailpoint" and case.method == "PATCH":
            told = [{"op": "replace", "path": "/completionStatus", "value": "Error"}]
            return orjson.dumps(told), "application/json-patch+json"
        found = self._content(case)
        return (None, "") if found is None else (orjson.dumps(found), JSON)

    def _content(self, case: Case) -> Any:
        if case.place.dialect == "midpoint":
            return self._of_midpoint(case)
        if case.place.dialect == "sailpoint":
            return {"identityIds": [self.oid(case)]}
        if case.place.dialect == "pages":
            return _of_pages(case.place.row)
        return self._of_itential(case)

    def _of_midpoint(self, case: Case) -> Any:
        row = case.place.row
        if row == "/{oid}" and case.method in ("PATCH", "POST"):
            return {"objectModification": {"itemDelta": [self._delta(case.variant)]}}
        if row in ("/", "/{oid}", "/upsert/{collection}"):
            return self._object(case)
        if row == "/search":
            return {"query": {}}
        if row.endswith("/generate"):
            wanted = {"target": {"path": "description"}, "execute": True}
            return _policy_item(wanted if "{oid}" in row else {})
        if row.endswith("/validate"):
            return _policy_item({"value": "long enough"})
        return None

    def _delta(self, variant: str) -> Any:
        assigned = {"targetRef": {"oid": ROLE_OIDS["admin"], "type": "RoleType"}}
        return {
            "name": delta("replace", "name", unique("renamed")),
            "password": delta(
                "replace", "credentials/password/value", {"clearValue": "another one"}
            ),
            "activation": delta("replace", "activation/administrativeStatus", "disabled"),
            "assignment": delta("add", "assignment", assigned),
        }.get(variant, delta("replace", "description", unique("changed")))

    def _object(self, case: Case) -> Any:
        """One that is new, or the target with another content."""
        root = COLLECTIONS[case.place.collection][1] if case.place.collection else "user"
        items: dict[str, Any] = {"name": unique("made"), "description": "made"}
        if case.place.row != "/":
            items["oid"] = "no oid" if case.target == "malformed" else self.oid(case)
            items["subtype"] = "care"
        if case.place.collection == "tasks":
            items["activity"] = {"work": {"noOp": {}}}
        return {root: items}

    def _of_itential(self, case: Case) -> Any:
        row = case.place.row.removeprefix("/operations-manager")
        job = self.jobs.get(case.target, "f" * 24)
        workflow = self.workflows.get(case.target, "nothing of that name")
        document = manual(unique("imported"))
        return {
            "/login": {"username": "nobody", "password": "nothing"},
            "/automation-studio/automations/import": {"automations": [document]},
            "/jobs/start": {"workflow": workflow, "options": {}},
            "/jobs/{jobId}/continue": {"fromTask": "a1"},
            "/jobs/{jobId}/revert": {"fromTask": "a1", "toTask": "a1"},
            "/jobs/{jobId}/add-watchers": {"watchers": [short_id(ADMINISTRATOR_OID)]},
            "/jobs/{jobId}/groups": {"groupId": short_id(RED)}
            if case.method == "POST"
            else {"groups": [short_id(RED)]},
            "/jobs/{jobId}/tasks/{stepId}/finish": {
                "taskData": {"finish_state": "success", "variables": {}}
            },
            "/jobs/{jobId}/tasks/{stepId}/retry": {},
            "/tasks/{taskId}/assign": {"userId": short_id(ADMINISTRATOR_OID)},
            "/triggers/manual/{triggerId}/run": {},
            "/triggers/endpoint/{routeName}": {},
        }.get(row, {"jobIds": [job]} if row.count("/") == 2 and "{" not in row else None)


def _policy_item(item: dict[str, Any]) -> dict[str, Any]:
    return {"policyItemsDefinition": {"policyItemDefinition": [item]}}


def _of_pages(row: str) -> Any:
    name = unique("account")
    return {
        "/-/accounts": {"name": name, "password": PASSWORD, "roles": ["superuser"]},
        "/-/clients": {
            "name": name,
            "id": name.replace(" ", "-"),
            "secret": PASSWORD,
            "roles": ["superuser"],
        },
        "/-/clients/{key:path}/rotate": {"secret": "another secret"},
        "/-/password": {"old": "not the old one", "new": "a new password"},
    }.get(row)


# ---- what is built ----------------------------------------------------------------------------------


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
            builder=self,
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


def built(server: Server) -> Iterator[Scene]:
    """A scene on a server that has nothing yet."""
    office = Office(server)
    with server.client() as client, closing(office):
        scene = Builder(server, Api(client), office).scene()
        with closing(scene):
            yield scene
