"""Programs of the machine that groups of tests need: a marker each, and how to find the program.

A test that is marked is skipped, with a sentence, where the program is missing. A marker that
is named in TASKGATE_TESTS_REQUIRE (words with spaces between) makes its tests fail instead:
whoever installs the programs wants to hear that one of them is not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIRE = "TASKGATE_TESTS_REQUIRE"


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a group of tests needs, in words, and where it is (None: nowhere)."""

    needs: str
    find: Callable[[], str | None]


def _on_path(*names: str) -> Callable[[], str | None]:
    """The first that is there; daemons are looked for where only root's PATH leads, too."""
    return lambda: next(filter(None, map(_which, names)), None)


def _all_on_path(*names: str) -> Callable[[], str | None]:
    """The first one, if the others are there as well."""
    return lambda: next(iter(found), None) if all(found := [*map(_which, names)]) else None


def _which(name: str) -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    return shutil.which(name, path=path)


def _ip_with_namespaces() -> str | None:
    """The `ip` command, where this user may make a network namespace."""
    found, unshare = _which("ip"), _which("unshare")
    if found is None or unshare is None:
        return None
    tried = subprocess.run([unshare, "--net", "true"], capture_output=True, check=False)
    return found if tried.returncode == 0 else None


PROGRAMS = {
    "browser": Program(
        needs="Chromium and its driver", find=_all_on_path("chromium", "chromedriver")
    ),
    "nginx": Program(needs="nginx and openssl", find=_all_on_path("nginx", "openssl")),
    "postgresql15": Program(
        needs="the server of PostgreSQL 15",
        find=_on_path("/usr/lib/postgresql/15/bin/postgres"),
    ),
    "netns": Program(
        needs="the command ip and the right to make network namespaces", find=_ip_with_namespaces
    ),
}


@cache
def program(marker: str) -> str | None:
    """The path of the program that tests with the marker need; None where it is missing."""
    return PROGRAMS[marker].find()


def required() -> frozenset[str]:
    """The markers that must not be skipped here; a usage error for a name that is none."""
    names = frozenset(os.environ.get(REQUIRE, "").split())
    if unknown := sorted(names - set(PROGRAMS)):
        raise pytest.UsageError(f"{REQUIRE} names {unknown}; there are {sorted(PROGRAMS)}")
    return names


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and look at what is required before anything runs."""
    required()
    for marker, wanted in PROGRAMS.items():
        config.addinivalue_line("markers", f"{marker}: needs {wanted.needs}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail before any fixture is set up."""
    for marker, wanted in PROGRAMS.items():
        if item.get_closest_marker(marker) is None or program(marker) is not None:
            continue
        if marker in required():
            pytest.fail(f"{REQUIRE} names {marker}, but {wanted.needs} is missing", pytrace=False)
        pytest.skip(f"needs {wanted.needs}, which this machine does not have")
