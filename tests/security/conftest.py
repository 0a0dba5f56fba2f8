"""A real browser for tests that are marked so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver

from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

#: What a browser needs in a container, and what it would otherwise send to its maker.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


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
