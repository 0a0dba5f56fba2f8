"""A server of their own, and every SDK at work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.sailpoint import LOGIN, MANY, RELEASES, running
from tests.serving import Api, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.sailpoint import Sdk
    from tests.serving import Server


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose tasks only the SDKs' tests make."""
    database = tmp_path_factory.mktemp("gateway") / "gateway.db"
    with serving(database) as started:
        yield started


@pytest.fixture(scope="session")
def midpoint(gateway: Server) -> Iterator[Api]:
    """The same server's other side, where tasks are made."""
    with gateway.client() as client:
        yield Api(client)


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose tasks do not fit into a page."""
    database = tmp_path_factory.mktemp("crowded") / "crowded.db"
    with serving(database) as started, started.client() as client:
        api = Api(client)
        for number in range(MANY):
            api.task(name=f"crowded {number:03}", schedulingState="closed")
        yield started


@pytest.fixture(scope="session", params=RELEASES, ids=str)
def process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sdk]:
    """An SDK; reading its own thousand models takes the older ones ten seconds."""
    with running(request.param, tmp_path_factory.mktemp("sdk")) as started:
        yield started


@pytest.fixture
def sdk(process: Sdk, gateway: Server) -> Sdk:
    """An SDK that is logged in."""
    assert process.connect(gateway.url, **LOGIN)
    return process
