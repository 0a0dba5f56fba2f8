"""The worlds that the tests of this folder ask."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.query.crew import fill_crew
from tests.conformance.query.population import fill
from tests.conformance.query.world import ROOT, World, open_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CORPUS = ROOT / "tests" / "corpus" / "query-corpus.jsonl"


@pytest.fixture
def empty_world(tmp_path: Path) -> Iterator[World]:
    opened = open_world(tmp_path / "few.db")
    yield opened
    opened.connection.close()


@pytest.fixture(scope="session")
def corpus() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = open_world(tmp_path_factory.mktemp("world") / "many.db")
    fill(opened, random.Random(7))
    yield opened
    opened.connection.close()


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = open_world(tmp_path_factory.mktemp("crew") / "crew.db")
    fill_crew(opened)
    yield opened
    opened.connection.close()
