"""People of every role at the shared server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dialects.itential.operators import Office, sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server


@pytest.fixture(scope="session")
def office(server: Server) -> Iterator[Office]:
    """The sample workflows, and whoever works on them."""
    opened = Office(server)
    opened.keep(sample("approve-a-leaver"))
    yield opened
    opened.close()
