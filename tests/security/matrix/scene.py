"""What the cases of the matrix are played on, and the request that each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.names import short_id
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.model.principal import ADMINISTRATOR_OID, ROLE_OIDS
from tests.dialects.itential.operators import manual
from tests.security.matrix.allowed import VIEWER
from tests.serving import NOWHERE, PASSWORD, delta, unique

if TYPE_CHECKING:
    from tests.security.matrix.asking import Caller, Ledger
    from tests.security.matrix.cases import Case
    from tests.serving import Server

#: The group that what is limited is limited to.
RED = "red"
JSON = "application/json"


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
