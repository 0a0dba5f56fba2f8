"""Fixtures that every kind of test shares: a real server, its client, a store on a file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from gateway.clock import ManualClock
from gateway.store.sqlite.store import SqliteStore
from tests import programs
from tests.naming import Names
from tests.serving import Api, Server, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx2


class ServerFactory(Protocol):
    """Starts further servers; they end with the test."""

    def __call__(self, *flags: str, database: Path | None = None, **settings: object) -> Server:
        """A running server, with a database of its own unless one is named."""
        ...


#: What tests have named at the shared server.
NAMES = pytest.StashKey[Names]()
#: Tests that need a browser, nginx and the like are marked; see there.
pytest_configure = programs.pytest_configure
pytest_runtest_setup = programs.pytest_runtest_setup


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that may take longest, so that none of them is waited for at the end."""
    items.sort(key=lambda item: -_allowed(item))


def _allowed(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None else 0.0


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Server]:
    """A server that all tests share which bring their own objects."""
    with serving(tmp_path_factory.mktemp("server") / "taskgate.db") as running:
        pytestconfig.stash[NAMES] = Names(running.database)
        yield running


@pytest.fixture(autouse=True)
def _no_fixed_name_on_the_shared_server(request: pytest.FixtureRequest) -> Iterator[None]:
    """A name that is not unique fails the test that brought it, not the one that wants it next."""
    yield
    names = request.config.stash.get(NAMES, None)
    if names is not None and "server" in request.fixturenames:
        fixed = names.new_fixed()
        assert not fixed, f"fixed names at the shared server; use unique(): {fixed}"


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[ServerFactory]:
    """For tests that need settings or a database of their own."""
    with ExitStack() as stack:

        def make(*flags: str, database: Path | None = None, **settings: object) -> Server:
            path = database or tmp_path / "own.db"
            return stack.enter_context(serving(path, *flags, **settings))

        yield make


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx2.Client]:
    """The administrator at the shared server."""
    with server.client() as opened:
        yield opened


@pytest.fixture(scope="session")
def api(client: httpx2.Client) -> Api:
    """Short calls to the shared server."""
    return Api(client)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteStore]:
    """A store on a file of its own."""
    opened = await SqliteStore.open(tmp_path / "store.db", clock, synchronous="NORMAL")
    yield opened
    await opened.close()
