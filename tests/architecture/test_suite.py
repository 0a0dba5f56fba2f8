"""What the suite asks of its own tests, so that it fails only when something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import NAMES
from tests.naming import Names, is_unique
from tests.serving import unique

if TYPE_CHECKING:
    import httpx2

    from tests.serving import Api, Server


@pytest.fixture
def looking(server: Server) -> Names:
    """The names that are taken now; what comes is new."""
    return Names(server.database)


def test_a_name_from_unique_may_be_used_on_the_shared_server(looking: Names, api: Api) -> None:
    api.create("orgs", {"name": unique("org")})
    api.task(name="tasks may share a name")
    assert looking.new_fixed() == []


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/users", {"user": {"name": "fixed on purpose"}}),
        ("/-/accounts", {"name": "fixed account", "password": "a password", "roles": ["viewer"]}),
        ("/-/clients", {"name": "fixed-client", "secret": "a secret", "roles": ["viewer"]}),
        ("/tasks", {"task": {"name": "task", "taskIdentifier": "fixed number"}}),
    ],
)
def test_a_fixed_name_on_the_shared_server_is_seen_whatever_brought_it(
    looking: Names,
    server: Server,
    client: httpx2.Client,
    pytestconfig: pytest.Config,
    route: str,
    body: dict[str, object],
) -> None:
    base = server.url if route.startswith("/-/") else ""
    made = client.post(f"{base}{route}", json=body)
    assert made.status_code in (201, 202), made.text
    assert len(looking.new_fixed()) == 1
    assert len(pytestconfig.stash[NAMES].new_fixed()) == 1


def test_a_name_that_only_looks_like_one_from_unique_is_fixed() -> None:
    assert is_unique(unique("somebody"))
    assert not is_unique("somebody 1 1")
