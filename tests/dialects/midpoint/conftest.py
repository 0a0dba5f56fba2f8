"""A server that answers exactly as midPoint does, and people with roles of their own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.dialects.midpoint.people import People
from tests.serving import Api, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server


@pytest.fixture(scope="session")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with midPoint's own status codes; only there a task may have no state."""
    database = tmp_path_factory.mktemp("exact") / "exact.db"
    with serving(database, midpoint_exact=True) as running, running.client() as client:
        yield Api(client)


@pytest.fixture(scope="module")
def people(server: Server, api: Api) -> Iterator[People]:
    """Makes people at the shared server."""
    with ExitStack() as stack:
        yield People(server, api, stack)
