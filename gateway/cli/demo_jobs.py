"""The demo's second part: a job that waits for a person, over Itential's API, seen by SailPoint's."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.cli.demo_client import Demo

OPERATIONS = "/operations-manager"
WORKFLOW = "itential/approve-a-leaver.json"
#: The OAuth client that the demo's server knows; on loopback only, like the page's password.
CLIENT, SECRET = "demo", "only-for-the-demo"
#: Seconds until a job must have come to where it is expected.
PATIENCE = 60.0


def play_leaver(demo: Demo, samples: Path) -> None:
    """Import the workflow, start a job, claim, release and finish its task."""
    workflow = json.loads((samples / WORKFLOW).read_text("utf-8"))
    importing = {"automations": [workflow]}
    demo.call("POST", "/automation-studio/automations/import", 200, importing)
    order = {"workflow": workflow["name"], "options": {"description": "ticket 4711"}}
    job = demo.call("POST", f"{OPERATIONS}/jobs/start", 200, order).json()["data"]
    item = _when(demo, job, lambda now: now["tasks"]["a1"]["status"] == "running")
    path = f"{OPERATIONS}/tasks/{item['tasks']['a1']['iterations'][-1]}"
    me = demo.read("/whoami")["id"]
    for verb, owner in (("claim", me), ("release", None), ("claim", me)):
        task = demo.call("POST", f"{path}/{verb}", 200).json()["data"]
        demo.note("its owner", str(task["metrics"].get("owner")), str(owner))
    _play_status(demo, job, None)
    body = {"taskData": {"finish_state": "success", "variables": {}}}
    demo.call("POST", f"{OPERATIONS}/jobs/{job['_id']}/tasks/a1/finish", 200, body)
    done = _when(demo, job, lambda now: now["status"] != "running")
    demo.note("the job", done["status"], "complete")
    demo.note("its recompute step", done["tasks"]["b2"].get("finish_state"), "success")
    _play_status(demo, job, "SUCCESS")


def _play_status(demo: Demo, job: dict[str, Any], expected: str | None) -> None:
    """The job as a TaskStatus of SailPoint."""
    grant = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    found = demo.call_with_token(grant, f"/v2025/task-status/{job['uuid']}")
    demo.note("completionStatus", str(found["completionStatus"]), str(expected))


def _when(demo: Demo, job: dict[str, Any], reached: Any) -> dict[str, Any]:
    """The job as soon as it has come so far."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = demo.read(f"{OPERATIONS}/jobs/{job['_id']}")["data"]
        if reached(found):
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"The job is still {found['status']}.")
        time.sleep(0.05)
