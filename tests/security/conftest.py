"""People with few rights, at the shared server and over the worlds of the query tests; and a real browser."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver

from tests.conformance.query.conftest import crew, empty_world, world
from tests.dialects.itential.operators import Office
from tests.dialects.midpoint.people import People
from tests.dialects.sailpoint.conftest import speaker_at
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from tests.serving import Api, Server

__all__ = ["crew", "empty_world", "speaker_at", "world"]

#: What a browser needs in a container, and what it would otherwise send to its maker.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


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


@pytest.fixture
def browser() -> Iterator[Chrome]:
    """A browser that nobody has used before; it takes certificates that nobody vouches for."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("browser") or ""
    options.accept_insecure_certs = True
    for flag in FLAGS:
        options.add_argument(flag)
    # With a path of its own, nothing is looked for on the network.
    driver = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, driver) as opened:
        opened.set_page_load_timeout(60)
        yield opened
