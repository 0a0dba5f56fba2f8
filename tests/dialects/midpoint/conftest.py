"""A server that answers exactly as midPoint does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving import Api, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with midPoint's own status codes; only there a task may have no state."""
    database = tmp_path_factory.mktemp("exact") / "exact.db"
    with serving(database, midpoint_exact=True) as running, running.client() as client:
        yield Api(client)
