"""`taskgate import` and `taskgate export`: files and folders in every form, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.journeys.commands import taskgate
from tests.serving import ADMINISTRATOR, PASSWORD, ROOT, Api, unique

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.conftest import ServerFactory
    from tests.serving import Server

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
FORMS = ("xml", "json", "yaml")
WORKFLOWS = sorted((ROOT / "samples" / "itential").glob("*.json"))
IDENTITIES = sorted((ROOT / "samples" / "identities").glob("*.json"))


def run(server: Server | None, *arguments: object) -> Result:
    settings = {"url": server.url, "password": PASSWORD} if server else {}
    return taskgate(*arguments, **settings)


def reports(done: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def written(folder: Path, name: str) -> None:
    """A file of each form in a folder, with one user, two tasks, and a role and an org."""
    folder.mkdir(parents=True)
    (folder / "user.xml").write_text(
        f'<?xml version="1.0"?><!-- a user --><c:user xmlns:c="{COMMON}"><c:name>{name} xml</c:name></c:user>'
    )
    work = "<activity><work><noOp><steps>3</steps></noOp></work></activity>"
    tasks = "".join(f"<task><name>{name} task {n}</name>{work}</task>" for n in (1, 2))
    (folder / "tasks.xml").write_text(f'<objects xmlns="{COMMON}">{tasks}</objects>')
    (folder / "role.json").write_text(json.dumps({"objects": {"role": [{"name": f"{name} json"}]}}))
    (folder / "org.YML").write_text(f"org:\n  name: {name} yaml\n  displayOrder: 7\n")
    (folder / "notes.txt").write_text("not an object")


def test_files_of_every_form_are_imported_from_folders(
    server: Server, api: Api, tmp_path: Path
) -> None:
    name = unique("imported")
    written(tmp_path / "deep" / "down", name)
    done = run(server, "import", tmp_path, "--output", "json")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert [(each["done"], each["refused"]) for each in reports(done)] == [
        (1, []),
        (1, []),
        (2, []),
        (1, []),
    ]
    for collection, found in (("users", 1), ("tasks", 2), ("roles", 1), ("orgs", 1)):
        assert len(api.names(collection, f"name startsWith '{name}'")) == found


def test_checking_needs_no_server_and_changes_nothing(tmp_path: Path) -> None:
    written(tmp_path / "files", "checked")
    (tmp_path / "files" / "wrong.json").write_text('{"user": {"name": "x", "fulName": "y"}}')
    done = run(None, "import", "--validate-only", tmp_path, "--output", "json")
    assert done.exit_code == 1
    refused = [each for each in reports(done) if each["refused"]]
    assert [each["file"].rpartition("/")[2] for each in refused] == ["wrong.json"]
    assert refused[0]["refused"][0]["object"] == "x"
    assert "fullName" in refused[0]["refused"][0]["message"]


def test_what_is_wrong_with_one_object_stops_no_other(
    server: Server, api: Api, tmp_path: Path
) -> None:
    name = unique("partly")
    users = [{"name": f"{name} a"}, {"nam": "b"}, {"name": f"{name} c"}, {}]
    (tmp_path / "users.json").write_text(json.dumps({"objects": {"user": users}}))
    (tmp_path / "broken.xml").write_text("<user><name>x</user>")
    (tmp_path / "bomb.xml").write_text(
        '<!DOCTYPE u [<!ENTITY a "b">]><user><name>&a;</name></user>'
    )
    done = run(server, "import", tmp_path, "--output", "json")
    assert done.exit_code == 1
    assert [(each["done"], len(each["refused"])) for each in reports(done)] == [
        (0, 1),
        (0, 1),
        (2, 2),
    ]
    assert len(api.names("users", f"name startsWith '{name}'")) == 2


def test_an_object_that_is_there_is_replaced_only_if_that_is_asked_for(
    server: Server, api: Api, tmp_path: Path
) -> None:
    oid = api.create("users", {"name": unique("there"), "title": "before"})
    user = {"oid": oid, "version": "0", "name": unique("there"), "title": "after"}
    (tmp_path / "user.json").write_text(json.dumps({"user": user}))
    assert run(server, "import", tmp_path).exit_code == 1
    assert api.get("users", oid)["title"] == "before"
    assert run(server, "import", "--overwrite", tmp_path).exit_code == 0
    assert api.get("users", oid)["title"] == "after"


def test_workflows_and_objects_are_imported_again_and_again(server: Server) -> None:
    files = [*WORKFLOWS, *IDENTITIES]
    for _ in range(2):
        done = run(server, "import", "--overwrite", *files, "--output", "json")
        assert done.exit_code == 0, done.stdout + done.stderr
        assert [each["done"] for each in reports(done)] == [1] * len(files)
    listed = f"{server.url}/automation-studio/workflows"
    found = httpx2.get(listed, auth=(ADMINISTRATOR, PASSWORD)).json()["items"]
    assert "Approve a leaver" in [each["name"] for each in found]


@pytest.mark.parametrize("checked_only", [False, True])
def test_a_workflow_that_is_none_says_why(
    server: Server, tmp_path: Path, *, checked_only: bool
) -> None:
    broken = {"name": "x", "tasks": {}, "transitions": 1}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    options = ["--validate-only"] if checked_only else []
    done = run(server, "import", *options, tmp_path, WORKFLOWS[0], "--output", "json")
    assert done.exit_code == 1
    refused, imported = reports(done)
    assert refused["refused"][0]["object"] == "x"
    assert "has no object 'transitions'" in refused["refused"][0]["message"]
    assert (imported["done"], imported["refused"]) == (1, [])


def test_people_see_a_table_of_files_and_reasons(tmp_path: Path) -> None:
    (tmp_path / "user.yaml").write_text("user: {name: x, fulName: y}\n")
    done = run(None, "import", "--validate-only", tmp_path / "user.yaml", "--output", "table")
    assert "user.yaml" in done.stdout
    assert "fulName" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["import", "{empty}"], ["export", "{empty}", "--collection", "nothing"]]
)
def test_a_command_without_anything_to_do_is_wrong_usage(
    tmp_path: Path, arguments: list[str]
) -> None:
    assert run(None, *(each.format(empty=tmp_path) for each in arguments)).exit_code == 2


@pytest.mark.parametrize("form", FORMS)
def test_what_is_exported_is_imported_elsewhere_as_it_was(
    api: Api,
    server: Server,
    make_server: ServerFactory,
    client: httpx2.Client,
    tmp_path: Path,
    form: str,
) -> None:
    name = unique("moved / <&>")
    role = {"oid": "00000000-0000-0000-0000-000000000004", "type": "c:RoleType"}
    items = {
        "name": name,
        "subtype": ["a", "b"],
        "assignment": [{"targetRef": role}],
        "extension": {"n": 5},
    }
    oid = api.create("users", items)
    done = run(
        server,
        "export",
        tmp_path,
        "--collection",
        "users",
        "--query",
        f'name = "{name}"',
        "--format",
        form,
    )
    assert done.exit_code == 0, done.stderr
    [file] = (tmp_path / "users").iterdir()
    assert file.suffix == f".{form}"
    other = make_server()
    assert run(other, "import", tmp_path).exit_code == 0
    with other.client() as opened:
        moved, before = Api(opened).get("users", oid), api.get("users", oid)
    for volatile in ("metadata", "version", "operationExecution"):
        moved.pop(volatile, None)
        before.pop(volatile, None)
    assert moved["name"] == name
    assert moved["extension"] == {"n": 5}
    assert set(moved) == set(before)
