"""`taskgate client`: programs that may log in, over HTTP and in the database of a stopped server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

from tests.journeys.commands import taskgate
from tests.serving import PASSWORD, serving, unique

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.serving import Server


def run(*arguments: str, stdin: str = "", **settings: object) -> Result:
    return taskgate("client", *arguments, stdin=stdin, **settings)


def token_status(url: str, client_id: str, secret: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return httpx2.post(f"{url}/oauth/token", data=form).status_code


def made_up(output: str) -> str:
    return output.partition("client_secret: ")[2].strip()


def name() -> str:
    return unique("program").replace(" ", "-")


def test_a_client_is_added_with_a_secret_that_is_shown_once_listed_and_disabled(
    server: Server,
) -> None:
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    client_id = name()
    added = run("add", client_id, "--role", "viewer", **login)
    assert added.exit_code == 0, added.stderr
    secret = made_up(added.stdout)
    assert len(secret) > 30
    assert token_status(server.url, client_id, secret) == 200
    listed = run("list", **login).stdout
    assert client_id in listed
    assert secret not in listed
    assert run("disable", client_id, **login).exit_code == 0
    assert token_status(server.url, client_id, secret) == 401


def test_a_secret_of_ones_own_is_read_and_not_shown(server: Server) -> None:
    client_id = name()
    login: dict[str, Any] = {"url": server.url, "password": PASSWORD}
    flags = ("--for-user", "administrator", "--secret-stdin")
    added = run("add", client_id, *flags, stdin="my own secret\n", **login)
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
        assert token_status(server.url, "program", made_up(added.stdout)) == 200
        refused = run("add", "more", "--role", "viewer", "--offline", **where)
        assert refused.exit_code == 1
        assert "Another taskgate serves" in refused.stderr
