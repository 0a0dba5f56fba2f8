"""The command line as operators use it: exit codes, accounts, and what a bad setting says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.journeys.commands import taskgate
from tests.serving import PASSWORD, ROOT, environment, unique

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory
    from tests.serving import Server

NEW_PASSWORD = "another long password"


def _serve(**settings: object) -> subprocess.CompletedProcess[str]:
    """A server that does not start."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )


def _add(server: Server, name: str, *roles: str, password: str = NEW_PASSWORD) -> int:
    flags = [flag for role in roles for flag in ("--role", role)]
    command = ("user", "add", name, *flags, "--password-stdin")
    return taskgate(*command, stdin=f"{password}\n", url=server.url, password=PASSWORD).exit_code


def test_a_user_who_was_added_can_log_in_with_his_role(server: Server) -> None:
    name = unique("victor")
    assert _add(server, name, "viewer") == 0
    with server.client(name, NEW_PASSWORD) as victor:
        assert victor.get("/users").status_code == 200
        assert victor.post("/users", json={"user": {"name": unique("x")}}).status_code == 403


def test_a_disabled_user_is_out_at_once(server: Server) -> None:
    name = unique("victor")
    _add(server, name, "viewer")
    with server.client(name, NEW_PASSWORD) as victor:
        assert victor.get("/users").status_code == 200
        disabled = taskgate("user", "disable", name, url=server.url, password=PASSWORD)
        assert disabled.exit_code == 0, disabled.stderr
        assert victor.get("/users").status_code == 401


def test_the_list_of_users_shows_roles_and_no_password(server: Server) -> None:
    name = unique("victor")
    _add(server, name, "viewer")
    listed = taskgate("user", "list", url=server.url, password=PASSWORD)
    assert listed.exit_code == 0
    assert name in listed.stdout
    assert "viewer" in listed.stdout
    assert "argon2" not in listed.stdout


def test_an_unknown_role_or_a_short_password_is_refused_with_1(server: Server) -> None:
    assert _add(server, unique("victor"), "owner-of-everything") == 1
    assert _add(server, unique("victor"), "viewer", password="short") == 1


def test_users_are_managed_offline_in_a_stopped_servers_database(
    tmp_path: Path, make_server: ServerFactory
) -> None:
    database = tmp_path / "offline.db"
    url = f"sqlite:///{database}"
    added = taskgate(
        "user",
        "add",
        "olga",
        "--role",
        "superuser",
        "--password-stdin",
        "--offline",
        stdin=f"{NEW_PASSWORD}\n",
        database_url=url,
    )
    assert added.exit_code == 0, added.stderr
    assert "olga" in taskgate("user", "list", "--offline", database_url=url).stdout
    server = make_server(database=database)
    with server.client("olga", NEW_PASSWORD) as olga:
        assert olga.post("/users", json={"user": {"name": unique("x")}}).status_code == 201


def test_offline_work_on_the_database_of_a_running_server_is_refused(
    make_server: ServerFactory,
) -> None:
    server = make_server()
    refused = taskgate("user", "list", "--offline", database_url=f"sqlite:///{server.database}")
    assert refused.exit_code == 1
    assert "Another taskgate serves own.db" in refused.stderr


def test_an_unreachable_server_is_exit_code_3() -> None:
    failed = taskgate("user", "list", url="http://127.0.0.1:1", password="x")
    assert failed.exit_code == 3
    assert "cannot be reached" in failed.stderr


def test_a_missing_password_is_a_usage_error() -> None:
    assert taskgate("user", "list", password="", admin_password="").exit_code == 2
    assert taskgate("user", "add", "victor").exit_code == 2
    assert taskgate("user", "add", "victor", "--password-stdin", password="x").exit_code == 2


def test_a_bad_setting_is_named_and_is_a_usage_error() -> None:
    bad = _serve(timezone="Nowhere/Land", port="99999999")
    assert bad.returncode == 2
    assert "timezone" in bad.stderr
    assert "port" in bad.stderr


def test_an_unserved_database_is_a_usage_error() -> None:
    bad = _serve(database_url="oracle://somewhere")
    assert bad.returncode == 2
    assert "only sqlite:///PATH is served" in bad.stderr


def test_a_first_start_without_a_password_makes_one_up_and_shows_it_once(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    database = tmp_path / "fresh.db"
    first = make_server(database=database, admin_password="")
    shown = first.log.read_text()
    password = shown.split("shown this once: ")[1].split()[0]
    with first.client(password=password) as client:
        assert client.get("/users").status_code == 200
    first.stop()
    second = make_server(database=database, admin_password="")
    assert second.log.read_text().count("shown this once") == 1


def test_a_misspelt_setting_is_warned_about(make_server: ServerFactory) -> None:
    server = make_server(worker_count="3")
    assert "TASKGATE_WORKER_COUNT is not a setting" in server.log.read_text()
