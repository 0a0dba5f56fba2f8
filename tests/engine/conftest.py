"""An engine for each test, and others over the same database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.world import World
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file for an engine."""
    return tmp_path / "engine.db"


@pytest.fixture
async def world(database: Path) -> AsyncIterator[World]:
    """An engine with one worker that commits ten items at a time."""
    async with opened(database, slice_size=10) as made:
        yield made
