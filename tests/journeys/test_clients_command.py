"""`taskgate client`: programs that may log in, over HTTP and in the database of a stopped server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx2

from tests.journeys.commands import taskgate
from tests.serving import PASSWORD, serving, unique

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.serving import Server


def run(*arguments: str, stdin: str = "", command: str = "client", **settings: object) -> Result:
    return taskgate(command, *arguments, stdin=stdin, **settings)


def token_status(url: str, client_id: str, secret: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return httpx2.post(f"{url}/oauth/token", data=form).status_code


def made_up(output: str) -> tuple[str, str]:
    """The id and the secret that are shown."""
    client_id, secret = (line.partition(": ")[2] for line in output.splitlines())
    return client_id, secret


def made_up_secret(output: str) -> str:
    """The secret that is shown."""
    return output.partition("client_secret: ")[2].strip()


def name() -> str:
    return unique("program").replace(" ", "-")


def test_a_client_is_added_with_a_secret_that_is_shown_once_listed_and_disabled(
    server: Server,
) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    label = name()
    added = run("add", label, "--role", "viewer", **login)
    assert added.exit_code == 0, added.stderr
    client_id, secret = made_up(added.stdout)
    assert token_status(server.url, client_id, secret) == 200
    assert token_status(server.url, label, secret) == 401
    listed = run("list", **login).stdout
    assert f" {label} " in listed
    assert f" {client_id} " in listed
    assert secret not in listed
    taken = run("add", label, "--role", "viewer", **login)
    assert (taken.exit_code, taken.stdout) == (1, "")
    assert f"There is a client '{label}' already." in taken.stderr
    assert run("disable", label, **login).exit_code == 0
    assert token_status(server.url, client_id, secret) == 401


def test_ids_and_secrets_have_the_shapes_that_vendors_tools_accept(server: Server) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    client_id, secret = made_up(run("add", name(), "--role", "viewer", **login).stdout)
    assert re.fullmatch("[a-f0-9]{32}", client_id)
    assert re.fullmatch("[a-f0-9]{64}", secret)
    disabled = run("disable", client_id, **login)
    assert disabled.exit_code == 0, disabled.stderr


def test_a_secret_of_ones_own_is_read_and_not_shown(server: Server) -> None:
    client_id = name()
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    flags = ("--for-user", "administrator", "--secret-stdin", "--id", client_id)
    added = run("add", name(), *flags, stdin="my own secret\n", **login)
    assert added.stdout == f"client_id: {client_id}\n"
    assert token_status(server.url, client_id, "my own secret") == 200


def test_a_client_has_either_roles_or_a_user(server: Server) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    assert run("add", name(), **login).exit_code == 2
    both = ("--role", "viewer", "--for-user", "administrator")
    assert run("add", name(), *both, **login).exit_code == 2
    refused = run("add", name(), "--role", "nonsense", **login)
    assert refused.exit_code == 1
    assert "There is no role 'nonsense'" in refused.stderr
    assert run("disable", "nobody", **login).exit_code == 1


def test_clients_of_a_stopped_server_are_managed_in_its_database(tmp_path: Path) -> None:
    database = tmp_path / "offline.db"
    where: dict[str, Any] = {"database_url": f"sqlite:///{database}"}
    added = run("add", "program", "--for-user", "administrator", "--offline", **where)
    assert added.exit_code == 0, added.stderr
    run("add", "other", "--role", "viewer", "--offline", **where)
    assert run("disable", "other", "--offline", **where).exit_code == 0
    listed = run("list", "--offline", **where).stdout
    assert "administrator" in listed
    with serving(database) as server:
        assert token_status(server.url, *made_up(added.stdout)) == 200
        refused = run("add", "more", "--role", "viewer", "--offline", **where)
        assert refused.exit_code == 1
        assert "Another taskgate serves" in refused.stderr


def test_a_client_gets_another_secret_is_enabled_again_and_deleted(server: Server) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    label = name()
    client_id, old = made_up(run("add", label, "--role", "viewer", **login).stdout)
    rotated = run("rotate", label, **login)
    assert rotated.exit_code == 0, rotated.stderr
    new = made_up_secret(rotated.stdout)
    assert re.fullmatch("[a-f0-9]{64}", new)
    assert [token_status(server.url, client_id, each) for each in (old, new)] == [401, 200]
    given = run("rotate", client_id, "--secret-stdin", stdin="a secret of ours\n", **login)
    assert given.stdout == ""
    assert token_status(server.url, client_id, "a secret of ours") == 200
    assert run("disable", label, **login).exit_code == 0
    assert run("enable", client_id, **login).exit_code == 0
    assert token_status(server.url, client_id, "a secret of ours") == 200
    assert run("delete", label, **login).exit_code == 0
    assert token_status(server.url, client_id, "a secret of ours") == 401
    gone = run("rotate", client_id, **login)
    assert gone.exit_code == 1
    assert "There is no client" in gone.stderr


def test_the_same_goes_for_the_database_of_a_stopped_server(tmp_path: Path) -> None:
    path = tmp_path / "stopped.db"
    there: dict[str, Any] = {"database_url": f"sqlite:///{path}"}
    label = name()
    client_id, _ = made_up(run("add", label, "--role", "viewer", "--offline", **there).stdout)
    secret = made_up_secret(run("rotate", label, "--offline", **there).stdout)
    for verb in ("disable", "enable"):
        assert run(verb, label, "--offline", **there).exit_code == 0
    with serving(path) as running:
        assert token_status(running.url, client_id, secret) == 200
    assert run("delete", client_id, "--offline", **there).exit_code == 0
    assert run("enable", client_id, "--offline", **there).exit_code == 1


def test_sessions_are_listed_and_revoked(server: Server) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    label = f"[/oops] {name()}"
    pair = {"username": "administrator", "password": PASSWORD}
    headers = {"user-agent": label}
    token = httpx2.post(f"{server.url}/login", json=pair, headers=headers).text
    listed = run("list", command="session", **login)
    assert listed.exit_code == 0, listed.stderr
    assert token not in listed.stdout
    found = httpx2.get(f"{server.url}/-/sessions", auth=("administrator", PASSWORD)).json()
    (session,) = (each["id"] for each in found if each["label"] == label)
    assert session in listed.stdout
    assert run("revoke", session, command="session", **login).exit_code == 0
    again = run("revoke", session, command="session", **login)
    assert (again.exit_code, "no such session" in again.stderr) == (1, True)
    cookie = {"cookie": f"token={token}"}
    assert httpx2.get(f"{server.url}/whoami", headers=cookie).status_code == 401
