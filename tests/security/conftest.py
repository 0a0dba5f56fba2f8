"""Programs that some tests need beside Python, and who insists on them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

#: By mark, the programs; those in parentheses in the sentence are Debian's packages.
NEEDED = {"browser": ("chromium", "chromedriver"), "nginx": ("nginx", "openssl")}
PACKAGES = {"browser": "chromium chromium-driver", "nginx": "nginx-light openssl"}
#: What a browser needs in a container, and what it would otherwise send to its maker.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


def programs(mark: str) -> tuple[str, ...]:
    """Where the programs of a mark are; without them the test is skipped, or fails where it is required."""
    found = [shutil.which(name) for name in NEEDED[mark]]
    missing = [name for name, path in zip(NEEDED[mark], found, strict=True) if path is None]
    if missing:
        reason = f"{' and '.join(missing)} is not installed (apt-get install {PACKAGES[mark]})"
        if mark in os.environ.get("TASKGATE_TESTS_REQUIRE", "").split():
            pytest.fail(reason)
        pytest.skip(reason)
    return tuple(path for path in found if path is not None)


@pytest.fixture
def browser() -> Iterator[Chrome]:
    """A real browser that nobody has used before; it takes certificates that nobody vouches for."""
    chromium, driver = programs("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.accept_insecure_certs = True
    for flag in FLAGS:
        options.add_argument(flag)
    with webdriver.Chrome(options, webdriver.ChromeService(driver)) as opened:
        opened.set_page_load_timeout(60)
        yield opened
