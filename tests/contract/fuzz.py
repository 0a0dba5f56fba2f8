"""Fuzzes a running server by its own document: all checks, all phases, one seed.

`python -m tests.contract.fuzz [EXAMPLES]` is the long form; the suite runs a short one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from tests.contract.words import words
from tests.dialects.sailpoint.speaking import token_of
from tests.serving import ADMINISTRATOR, PASSWORD, ROOT, serving, unmeasured

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = Path(__file__).with_name("schemathesis.toml")
SEED = 20250131
LONG = 100
#: Chains of calls, for each example that an operation gets.
STORIES = 5
#: In the short form, the bodies whose every boundary is tried. The other collections' bodies are
#: made of the same parts, and a task's takes minutes; all are fuzzed, and the long form tries their
#: boundaries, too. In the changes, containers are left out, which are the same in whole objects.
COVERED = "putUser|modifyService"
PLAIN = "ServiceType.Delta"
BODIES = "^(create|put|modify|upsert)"
#: The collections whose operations the short form leaves to the long one: none has code of its own.
UNTRIED = (
    "shadows|connectors|connectorHosts|systemConfigurations|securityPolicies|objectTemplates|"
    "objectCollections|lookupTables|functionLibraries|messageTemplates|reports|reportData|"
    "dashboards|forms|sequences|marks|cases"
)
#: Few tasks at a time: the fuzzer's own ones may take millions of steps.
SETTINGS: dict[str, Any] = {
    "max_running_tasks": 2,
    "slice_size": 50,
    "token_seconds": 86_400,
    # Wrong logins are part of what is tried.
    "login_failures": 1_000_000,
}
#: Where the paths of each document begin.
MOUNTS = {"midpoint": "/midpoint/ws/rest", "sailpoint": "", "itential": ""}


def configuration(*, short: bool, examples: int) -> str:
    """The fuzzer's settings for a form."""
    text = CONFIG.read_text(encoding="utf-8").replace(
        "[generation]", f"[generation]\nmax-examples = {examples}"
    )
    text += f"\n[phases.stateful.generation]\nmax-examples = {examples * STORIES}\n"
    if short:
        text += (
            "\n[[operations]]\n"
            f'include-operation-id-regex = "{BODIES}"\n'
            f'exclude-operation-id-regex = "^({COVERED})$"\n'
            "phases.coverage.enabled = false\n"
            "\n[[operations]]\n"
            f'include-path-regex = "^/(upsert/)?({UNTRIED})(/|$)"\n'
            "enabled = false\n"
        )
    return text


def command(url: str, folder: Path, dialect: str) -> list[str]:
    """The fuzzer's command line."""
    login = f"--auth={ADMINISTRATOR}:{PASSWORD}"
    if dialect == "sailpoint":
        login = f"--header=Authorization: Bearer {token_of(url)}"
    return [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={folder / CONFIG.name}",
        "run",
        f"{url}/openapi/{dialect}.json",
        f"--url={url}{MOUNTS[dialect]}",
        login,
        "--checks=all",
        "--phases=examples,coverage,fuzzing,stateful",
        "--workers=1",
        f"--seed={SEED}",
        "--generation-deterministic",
        "--no-color",
        "--report=json",
        f"--report-json-path={folder / 'report.json'}",
    ]


def seed(url: str) -> None:
    """Tasks in several states, for chains of calls to begin with."""
    login = (ADMINISTRATOR, PASSWORD)
    with httpx2.Client(base_url=url + MOUNTS["midpoint"], auth=login) as client:
        for number, state in enumerate(("ready", "suspended", "waiting", "closed", "ready")):
            work = {"noOp": {"steps": 1 + number * 10_000, "delay": number * 10}}
            task = {"name": f"seed {number}", "schedulingState": state, "activity": {"work": work}}
            client.post("/tasks", json={"task": task}).raise_for_status()


def seed_jobs(url: str) -> None:
    """A workflow, and jobs that wait for a person."""
    workflow = orjson.loads((ROOT / "samples/itential/approve-a-leaver.json").read_bytes())
    with httpx2.Client(base_url=url, auth=(ADMINISTRATOR, PASSWORD)) as client:
        body = {"automations": [workflow]}
        client.post("/automation-studio/automations/import", json=body).raise_for_status()
        start = {"workflow": workflow["name"], "options": {}}
        for _ in range(3):
            client.post("/operations-manager/jobs/start", json=start).raise_for_status()


def fuzz(
    url: str, folder: Path, examples: int, *, short: bool, dialect: str = "midpoint"
) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer to its end; what it says is in its output and in `report.json`."""
    if dialect == "sailpoint":
        seed(url)
    elif dialect == "itential":
        seed_jobs(url)
    settings = configuration(short=short, examples=examples)
    (folder / CONFIG.name).write_text(settings, encoding="utf-8")
    listed = folder / "words.json"
    listed.write_text(json.dumps(words()), encoding="utf-8")
    return subprocess.run(
        command(url, folder, dialect),
        cwd=ROOT,
        env=unmeasured()
        | {
            "TASKGATE_TEST_WORDS": str(listed),
            "TASKGATE_TEST_FORMS": str(folder / "forms.json"),
            "TASKGATE_TEST_PLAIN": PLAIN if short else "",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main(arguments: Sequence[str]) -> int:
    """The long form."""
    examples = int(arguments[0]) if arguments else LONG
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder / "taskgate.db", **SETTINGS) as server:
            runs = [
                fuzz(server.url, folder, examples, short=False, dialect=name) for name in MOUNTS
            ]
    for done in runs:
        sys.stdout.write(done.stdout)
    return max(done.returncode for done in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
