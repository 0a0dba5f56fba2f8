"""Extension items that an operator declares: typed, searchable, checked, also in workers."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.serving import ROOT, Api, environment, serve_command, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory

DECLARED = {
    "enums": {"Rank": ["deckhand", "mate", "captain"]},
    "extension": {"UserType": {"rank": "enum:Rank", "berth": "int"}},
}


def test_declared_items_are_typed_searchable_and_known_to_workers(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(DECLARED))
    server = make_server(schema=file)
    with server.client() as client:
        api = Api(client)
        for name, berth in (("anne", "7"), ("mary", 12)):
            api.create("users", {"name": name, "extension": {"rank": "mate", "berth": berth}})
        text = "extension/berth > 7 and extension/rank = 'mate'"
        body = {"query": {"filter": {"text": text}}}
        found = client.post("/users/search", json=body).json()["object"]["object"]
        assert [each["name"] for each in found] == ["mary"]
        wrong = {"user": {"name": "x", "extension": {"rank": "admiral"}}}
        assert client.post("/users", json=wrong).status_code == 400
        work = {"objects": {"type": "UserType", "query": {"filter": {"text": text}}}}
        oid = api.create(
            "tasks",
            {
                "name": "t",
                "schedulingState": "ready",
                "activity": {"work": {"recomputation": work}},
            },
        )
        done = wait_until(lambda: _closed(api, oid))
        assert done is not None
        assert done["progress"] == 1


def _closed(api: Api, oid: str) -> dict[str, object] | None:
    task = api.get("tasks", oid)
    return task if task["executionState"] == "closed" else None


def test_a_bad_schema_file_keeps_the_server_from_starting_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"extension": {"UserTyp": {}}}')
    settings = {"schema": file, "database_url": f"sqlite:///{tmp_path / 'x.db'}"}
    failed = subprocess.run(
        serve_command(),
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert "did you mean 'UserType'" in failed.stderr
