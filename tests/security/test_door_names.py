"""Names and values that somebody chose: well-formed in XML, harmless on terminals, files of any system."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.serving import (
    ADMINISTRATOR,
    CLIENT,
    PASSWORD,
    REST,
    ROOT,
    assert_operation_result,
    delta,
    environment,
    unique,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Api, Server

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
#: Sets the title of a terminal, clears it, opens a tag that nobody closes, and turns the text around.
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b2J[/oops] [red]x\u202e"
#: What a terminal may obey.
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TABLE = {"COLUMNS": "200", "TERM": "xterm-256color"}


@pytest.fixture(scope="module")
def xml(server: Server) -> Iterator[httpx2.Client]:
    """A client that reads and writes XML."""
    with httpx2.Client(
        base_url=server.url + REST,
        auth=(ADMINISTRATOR, PASSWORD),
        timeout=30,
        headers={"accept": "application/xml", "content-type": "application/xml"},
    ) as opened:
        yield opened


def run(server: Server, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command of ours at the server."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *map(str, arguments)],
        cwd=ROOT,
        env=environment(url=server.url, password=PASSWORD) | TABLE,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_harmless(done: subprocess.CompletedProcess[str], code: int) -> None:
    """No traceback, and nothing that a terminal obeys."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not OBEYED.search(done.stdout + done.stderr), ascii(done.stdout + done.stderr)


# ---- XML ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["http://a/?x=1&y=2", "http://a/&amp;", "urn:a&b"])
def test_an_object_with_an_ampersand_in_a_namespace_stays_readable(
    api: Api, xml: httpx2.Client, space: str
) -> None:
    name = unique("ampersand")
    value = {"b": {"@type": f"{space}#T", "c": 1, f"{space}#d": "e"}}
    oid = api.create("users", {"name": name, "extension": value})
    found = ET.fromstring(xml.get(f"/users/{oid}").content)
    assert f"{{{space}}}d" in {each.tag for each in found.iter()}
    query = f"<query xmlns='{COMMON}'><filter><text>name = '{name}'</text></filter></query>"
    listed = xml.post("/users/search", content=query.encode())
    assert len(ET.fromstring(listed.content)) == 1
    again = xml.put(f"/users/{oid}", content=xml.get(f"/users/{oid}").content)
    assert again.status_code in (200, 201, 204), again.text
    assert api.get("users", oid)["extension"] == value


@pytest.mark.parametrize("element", ["x_xD800_y", "x_xDFFF_", "_xDC00_", "_xD83D__xDE00_"])
def test_half_a_character_in_an_elements_name_is_no_character(
    api: Api, xml: httpx2.Client, element: str
) -> None:
    body = (
        f"<user xmlns='{COMMON}'><name>{unique('half')}</name>"
        f"<extension><a><{element}>1</{element}></a></extension></user>"
    )
    made = xml.post("/users", content=body.encode())
    assert made.status_code == 201, made.text
    oid = made.headers["location"].rpartition("/")[2]
    assert api.get("users", oid)["extension"] == {"a": {element: "1"}}
    again = ET.fromstring(xml.get(f"/users/{oid}").content)
    assert again.find(f".//{{{COMMON}}}a") is not None
    assert xml.put(f"/users/{oid}", content=xml.get(f"/users/{oid}").content).is_success
    assert api.get("users", oid)["extension"] == {"a": {element: "1"}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b'{"user": {"name": "\\ud800"}}'),
        ("json", b'{"user": {"name": "n", "extension": {"\\udc00": 1}}}'),
        ("yaml", b'user: {name: "\\uD800"}'),
        ("xml", f"<user xmlns='{COMMON}'><name>&#xD800;</name></user>".encode()),
        ("xml", f"<user xmlns='{COMMON}'><name>".encode() + b"\xed\xa0\x80</name></user>"),
    ],
)
def test_half_a_character_is_refused_in_every_form(
    client: httpx2.Client, kind: str, body: bytes
) -> None:
    headers = {"content-type": f"application/{kind}"}
    assert_operation_result(client.post("/users", content=body, headers=headers), 400)


# ---- terminals ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(server: Server, api: Api) -> Iterator[str]:
    """A user, a client and a role that try to steer whoever lists them; the user's name.

    They go again: not every client that lists users here survives them.
    """
    name = unique(f"{HOSTILE} user")
    with httpx2.Client(base_url=server.url, auth=(ADMINISTRATOR, PASSWORD), timeout=30) as http:
        account = {"name": name, "password": "y0uR_P455woR*d", "roles": ["viewer"]}
        account |= {"groups": [unique(f"{HOSTILE} group")]}
        made = http.post("/-/accounts", json=account)
        assert made.status_code == 201
        machine = {
            "name": unique("[/oops][red]client").replace(" ", "-"),
            "secret": "s3cret of it",
            "user": name,
        }
        client = http.post("/-/clients", json=machine)
        assert client.status_code == 201, machine
        yield name
        assert http.delete(f"/-/clients/{client.json()['id']}").is_success
    assert api.client.delete(f"/users/{made.json()['oid']}").is_success


@pytest.mark.parametrize("command", ["user", "client"])
def test_lists_of_who_may_log_in_show_names_as_they_are(
    server: Server, hostile: str, command: str
) -> None:
    done = run(server, command, "list")
    assert_harmless(done, 0)
    assert "[/oops]" in done.stdout
    assert ADMINISTRATOR in done.stdout or CLIENT in done.stdout


@pytest.mark.parametrize("output", ["table", "json"])
def test_the_report_of_an_import_shows_names_as_they_are(
    server: Server, tmp_path: Path, output: str
) -> None:
    body = {"user": {"name": HOSTILE, "noSuchItem": HOSTILE}}
    (tmp_path / "user [red] \x1b[2J.json").write_text(json.dumps(body))
    done = run(server, "import", tmp_path, "--output", output)
    assert_harmless(done, 1)
    if output == "json":
        (report,) = json.loads(done.stdout)
        assert report["refused"][0]["object"] == HOSTILE
    else:
        assert "[/oops]" in done.stdout


@pytest.mark.parametrize(
    "text",
    [f"name = '{HOSTILE}'", f"name = {HOSTILE}", f"{HOSTILE} = 1", f'{{"{HOSTILE}": 1}}', "name = 'a\nb' [/oops]"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_filter_is_shown_as_it_is(server: Server, command: str, text: str) -> None:
    done = run(server, "query", command, text, "--type", "User")
    assert done.returncode in (0, 1)
    assert_harmless(done, done.returncode)


def test_a_type_is_named_as_it_is(server: Server) -> None:
    assert_harmless(run(server, "query", "check", "name = 'a'", "--type", HOSTILE), 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "disable", f"{HOSTILE} nobody"),
        ("export", "nowhere", "--collection", HOSTILE),
        ("export", "nowhere", "--query", f"{HOSTILE} = 1"),
        ("import", "--url", f"http://{HOSTILE}", __file__),
    ],
)
def test_what_a_command_complains_about_is_shown_as_it_is(
    server: Server, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(server, *(str(tmp_path / each) if each == "nowhere" else each for each in arguments))
    assert_harmless(done, done.returncode)
    assert done.returncode in (1, 2, 3)


# ---- files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["a", "é", "漢", "𒀀"])
def test_a_name_of_many_bytes_is_exported(
    server: Server, api: Api, tmp_path: Path, letter: str
) -> None:
    mark = unique("long")
    oid = api.create("users", {"name": f"{letter * 200} {mark}"})
    done = run(
        server, "export", tmp_path, "--collection", "users", "--query", f"name contains '{mark}'"
    )
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "users").iterdir()
    assert file.name.endswith(f"-{oid}.xml")
    assert file.name.startswith(letter)
    # The shortest limit that is in use.
    assert len(file.name.encode()) <= 143


def test_an_object_that_cannot_be_written_ends_no_export(
    server: Server, api: Api, tmp_path: Path
) -> None:
    mark = unique("export").replace(" ", "-")
    oids = [api.create("users", {"name": f"{mark}-{n}"}) for n in "abc"]
    in_the_way = tmp_path / "users" / f"{mark}-a-{oids[0]}.xml"
    in_the_way.mkdir(parents=True)
    query = f"name startsWith '{mark}'"
    done = run(server, "export", tmp_path, "--collection", "users", "--query", query)
    assert done.returncode == 1
    assert f"{mark}-a" in done.stderr
    assert "Traceback" not in done.stderr
    assert "2 objects are in" in done.stdout
    written: list[Any] = [each.name for each in (tmp_path / "users").iterdir() if each.is_file()]
    assert sorted(written) == [
        f"{mark}-{n}-{oid}.xml" for n, oid in zip("bc", oids[1:], strict=True)
    ]


def test_a_delta_with_such_a_namespace_is_written_in_xml(api: Api, xml: httpx2.Client) -> None:
    oid = api.create("users", {"name": unique("person")})
    api.modify("users", oid, delta("add", "extension", {"b": {"@type": "http://a/?b&c#T"}}))
    ET.fromstring(xml.get(f"/users/{oid}").content)
