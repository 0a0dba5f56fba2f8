"""What may be installed is a range, what is tested is pinned, and the one lies within the other."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.serving import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIRED = [
    Requirement(line)
    for line in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
]
PINNED = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PINS = {
    canonicalize_name(each.name): specifier.version
    for each in PINNED
    for specifier in each.specifier
}


@pytest.mark.parametrize("required", REQUIRED, ids=lambda each: each.name)
def test_a_dependency_is_a_range_with_its_pin_inside(required: Requirement) -> None:
    operators = {each.operator for each in required.specifier}
    # A zone's new rules are no new interface.
    assert operators == ({">="} if required.name == "tzdata" else {">=", "<"})
    assert required.specifier.contains(PINS[canonicalize_name(required.name)])


@pytest.mark.parametrize("pinned", PINNED, ids=lambda each: each.name)
def test_a_pin_is_exact_and_what_is_installed_here(pinned: Requirement) -> None:
    assert [each.operator for each in pinned.specifier] == ["=="]
    try:
        installed = version(pinned.name)
    except PackageNotFoundError:
        return  # of another extra
    assert installed == PINS[canonicalize_name(pinned.name)], "make .venv/.tested"


def test_every_installation_of_the_makefile_keeps_to_the_pins() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installing = [line for line in lines if "pip install" in line]
    [free] = [line for line in installing if "--constraint constraints.txt" not in line]
    assert ".venv-constraints" in free  # the one that makes the pins
