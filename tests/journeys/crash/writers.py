"""Callers who write while a server is killed, and remember what was acknowledged."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx2

from tests.journeys.crash.processes import ACCOUNT
from tests.serving import IN_JSON

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

#: Items that make a task take its steps at once.
STEPS = 3
READY = {"schedulingState": "ready", "activity": {"work": {"noOp": {"steps": STEPS}}}}


class Writer(threading.Thread):
    """Creates objects and numbers changes of objects until the server is gone.

    The changes are raw: nothing but the item is changed, so that what a task has to do stays.
    """

    def __init__(
        self,
        url: str,
        name: str = "noise",
        targets: Sequence[str] = (),
        *,
        makes_tasks: bool = False,
    ) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._prefix = name
        self._targets = list(targets)
        self._makes_tasks = makes_tasks
        #: Oids of the objects whose creation was acknowledged.
        self.created: list[str] = []
        #: By oid: the last change that was acknowledged.
        self.changed: dict[str, int] = {}
        #: Answers that said that it could not be done now.
        self.refused: list[str] = []

    @property
    def acknowledged(self) -> int:
        """Writes that must not be lost."""
        return len(self.created) + sum(self.changed.values())

    def run(self) -> None:
        """A user, now and then a task, and a change, one after the other."""
        with httpx2.Client(base_url=self._url, auth=ACCOUNT, timeout=30, headers=IN_JSON) as client:
            number = 0
            try:
                while True:
                    number += 1
                    self._create(client, "user", {"name": f"{self._prefix}-{number}"})
                    if self._makes_tasks and number % 5 == 0:
                        self._create(client, "task", {"name": f"{self._prefix}-{number}"} | READY)
                    if self._targets:
                        self._change(client, self._targets[number % len(self._targets)])
            except httpx2.TransportError:
                return

    def _create(self, client: httpx2.Client, kind: str, items: dict[str, Any]) -> None:
        answer = client.post(f"/{kind}s", json={kind: items})
        if answer.status_code in (201, 202):
            self.created.append(answer.headers["location"].rsplit("/", 1)[-1])
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")

    def _change(self, client: httpx2.Client, oid: str) -> None:
        number = self.changed.get(oid, 0) + 1
        delta = {"modificationType": "replace", "path": "costCenter", "value": str(number)}
        body = {"objectModification": {"itemDelta": delta}}
        answer = client.patch(f"/users/{oid}", json=body, params={"options": "raw"})
        if answer.status_code == 204:
            self.changed[oid] = number
        elif answer.status_code == 404:  # the task has deleted it
            self._targets.remove(oid)
            self.changed.pop(oid, None)
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")

    def problems(self, connection: sqlite3.Connection, *, is_deleted: bool = False) -> list[str]:
        """What of it is lost; `is_deleted` if a task deletes what is changed here."""
        rows = connection.execute("SELECT oid, doc ->> 'costCenter' FROM object").fetchall()
        found = {oid: int(number or 0) for oid, number in rows}
        lost = [oid for oid in self.created if oid not in found]
        changed = [
            oid
            for oid, number in self.changed.items()
            if found.get(oid, number if is_deleted else -1) < number
        ]
        return [
            f"{len(oids)} acknowledged {what} are lost"
            for what, oids in (("objects", lost), ("changes", changed))
            if oids
        ]
