"""People of every kind at the shared server: with roles of their own, and with Itential's."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.dialects.itential.operators import Office
from tests.dialects.midpoint.people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Api, Server


@pytest.fixture(scope="module")
def people(server: Server, api: Api) -> Iterator[People]:
    """Makes people with roles of their own."""
    with ExitStack() as stack:
        yield People(server, api, stack)


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    """People with Itential's roles."""
    opened = Office(server)
    yield opened
    opened.close()
