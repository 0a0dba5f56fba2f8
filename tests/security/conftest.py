"""People with few rights, at the shared server and over the worlds of the query tests."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.conformance.query.conftest import crew, empty_world, world
from tests.dialects.itential.operators import Office
from tests.dialects.midpoint.people import People
from tests.dialects.sailpoint.conftest import speaker_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Api, Server

__all__ = ["crew", "empty_world", "speaker_at", "world"]


@pytest.fixture(scope="module")
def people(server: Server, api: Api) -> Iterator[People]:
    """Makes people at the shared server."""
    with ExitStack() as stack:
        yield People(server, api, stack)


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    """Makes people who work on jobs."""
    opened = Office(server)
    yield opened
    opened.close()
