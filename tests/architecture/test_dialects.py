"""A vendor's name stands in its own dialect; who writes a further one touches nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.dialects import DIALECTS, load_dialects
from gateway.http.dialect import ApiDialect
from tests.architecture.test_imports import PACKAGE, shown

if TYPE_CHECKING:
    from pathlib import Path

VENDORS = re.compile("midpoint|sailpoint|itential|evolveum", re.IGNORECASE)
SHARED = (*(p for p in (PACKAGE / "http").rglob("*") if p.suffix in (".py", ".js", ".css")),)
#: Own readers of what `gateway.http` reads in one place.
COPIES = re.compile(
    r"isascii\(\) and \w+\.isdigit\(\)|partition\(\";\"\)\[0\]|removeprefix\(b\"W/\""
)
AT_HOME = {"numerals.py", "negotiation.py", "validators.py", "reply.py"}
ROOMS = ("api.py", "calls.py", "dialect.py", "errors.py", "openapi", "views", "wire")


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if pattern.search(line)]


def test_there_are_as_many_shared_modules_as_there_seem_to_be() -> None:
    assert len(SHARED) > 30


@pytest.mark.parametrize("path", [*SHARED, PACKAGE / "app.py"], ids=shown)
def test_what_all_dialects_share_names_no_vendor(path: Path) -> None:
    assert lines_with(VENDORS, path) == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "http").rglob("*.py")), ids=shown)
def test_http_reads_numbers_media_types_and_validators_in_one_place(path: Path) -> None:
    assert path.name in AT_HOME or lines_with(COPIES, path) == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "dialects").rglob("*.py")), ids=shown)
def test_dialects_read_numbers_media_types_and_validators_as_http_does(path: Path) -> None:
    assert path.name in AT_HOME or lines_with(COPIES, path) == []


def test_every_package_of_a_dialect_is_in_the_table() -> None:
    packages = {path.parent.name for path in (PACKAGE / "dialects").glob("*/__init__.py")}
    assert packages == set(DIALECTS)
    assert [dialect.name for dialect in load_dialects()] == list(DIALECTS)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("room", ROOMS)
def test_every_dialect_has_the_same_rooms(name: str, room: str) -> None:
    assert (PACKAGE / "dialects" / name / room).exists()


def test_every_dialect_goes_the_common_way() -> None:
    assert load_dialects()
    made = {each.__module__ for each in ApiDialect.__subclasses__()}
    assert made >= {f"gateway.dialects.{name}.api" for name in DIALECTS}
