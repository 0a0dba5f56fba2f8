"""What SailPoint's SDKs are refused: without a login, without the header, too often."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.driving import ClientRaised
from tests.clients.sailpoint import LOGIN, RELEASES
from tests.serving import ADMINISTRATOR, NOWHERE, serving, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.sailpoint import Sdk
    from tests.conftest import ServerFactory
    from tests.serving import Server

PYTHON = [release for release in RELEASES if release.is_python]
GATED = [release for release in PYTHON if release.version == "v2024"]
UNGATED = [release for release in PYTHON if release.version in {"beta", "v2025", "v1"}]


# ---- logins ----------------------------------------------------------------------------------------------


def test_a_wrong_secret_is_no_token(process: Sdk, gateway: Server) -> None:
    wrong = LOGIN | {"client_secret": "not the secret"}
    if process.release.is_python:
        # The SDK prints why, keeps no token, and every call after that dies.
        assert not process.connect(gateway.url, **wrong)
        assert "Unauthorized" in process.client.log.read_text()
    else:
        with pytest.raises(ClientRaised, match="401"):
            process.connect(gateway.url, **wrong)


def test_a_token_of_somebody_else_is_refused(process: Sdk, gateway: Server) -> None:
    assert process.connect(gateway.url, access_token="eyJhbGciOiJIUzI1NiJ9.e30.e30")
    answer = process.get(NOWHERE)
    assert answer.status == 401
    assert answer.raised == ("UnauthorizedException" if process.release.is_python else "AxiosError")
    assert list(answer.data) == ["error"]
    assert answer.data["error"].startswith("JWT")


# ---- the header for what is experimental -----------------------------------------------------------------


@pytest.mark.parametrize("process", GATED, indirect=True, ids=str)
def test_a_version_with_the_gate_wants_the_header(process: Sdk, gateway: Server) -> None:
    for headers in (None, {"X-SailPoint-Experimental": "false"}):
        process.log_in({"base_url": gateway.url} | LOGIN, headers)
        answer = process.get(NOWHERE)
        assert (answer.status, answer.raised) == (400, "BadRequestException")
        assert answer.data == {"error": "Experimental Header is missing or invalid."}


@pytest.mark.parametrize("process", UNGATED, indirect=True, ids=str)
def test_a_version_without_the_gate_does_not(process: Sdk, gateway: Server) -> None:
    process.log_in({"base_url": gateway.url} | LOGIN, None)
    assert process.tasks().status == 200


# ---- too often -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets a client ask twenty times a minute."""
    database = tmp_path_factory.mktemp("limited") / "limited.db"
    with serving(database, rate_limit="20/60") as started:
        yield started


@pytest.fixture
def login(limited: Server) -> dict[str, str]:
    """A client of its own: others have asked for the same versions."""
    login = {"client_id": unique("asking").replace(" ", "-"), "client_secret": "a secret"}
    body = {"name": login["client_id"], "secret": login["client_secret"], "user": ADMINISTRATOR}
    with limited.client() as client:
        assert client.post(f"{limited.url}/-/clients", json=body).status_code == 201
    return login


def test_a_client_that_asks_too_often_is_told_to_wait(
    process: Sdk, limited: Server, login: dict[str, str]
) -> None:
    assert process.connect(limited.url, **login)
    began, served = time.monotonic(), 0
    # The SDKs never repeat a change.
    while (answer := process.patch(NOWHERE)).status == 404:
        served += 1
    assert served == 20 or time.monotonic() - began > 60
    assert answer.status == 429
    assert answer.data == {"message": " Rate Limit Exceeded "}
    assert 1 <= int(answer.header("Retry-After")) <= 60
    assert answer.raised == ("ApiException" if process.release.is_python else "AxiosError")


@pytest.mark.parametrize("process", PYTHON, indirect=True, ids=str)
def test_a_client_that_waits_as_told_is_served(process: Sdk, make_server: ServerFactory) -> None:
    server = make_server(rate_limit="2/1")
    assert process.connect(server.url, **LOGIN)
    began = time.monotonic()
    # The SDK itself reads Retry-After, waits and asks again.
    assert [process.tasks().status for _ in range(5)] == [200] * 5
    assert time.monotonic() - began >= 1
