"""The SailPoint document says what the routes do, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openapi_spec_validator import validate

from gateway.dialects.sailpoint.api import FAMILIES, routes_of
from gateway.dialects.sailpoint.openapi.document import (
    BODIES,
    EXAMPLES,
    PARAMETERS,
    SUMMARIES,
    build_document,
)
from gateway.dialects.sailpoint.openapi.responses import SUCCESS
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.settings import SAILPOINT_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server

METHODS = {"get", "head", "post", "patch", "put", "delete"}
EXPERIMENTAL = "X-SailPoint-Experimental"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return build_document({"v2024"})


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, entry in described["paths"].items():
        for method in METHODS & entry.keys():
            yield path, method, entry[method]


def test_the_document_is_openapi(described: dict[str, Any]) -> None:
    validate(described)


def test_every_route_is_documented_and_every_documented_operation_is_a_route(
    described: dict[str, Any],
) -> None:
    routed = {
        (path, method.lower())
        for version in VERSIONS
        for path, methods in routes_of(version).items()
        for method in methods
    }
    of_oauth = {("/oauth/token", "post"), ("/oauth/info", "get")}
    assert {(path, method) for path, method, _ in operations(described)} == routed | of_oauth


def test_every_fact_belongs_to_a_route() -> None:
    handlers = {route.handler for _, methods in FAMILIES.values() for route in methods.values()}
    assert handlers == PARAMETERS.keys() == SUMMARIES.keys() == SUCCESS.keys()
    assert BODIES.keys() == EXAMPLES.keys()
    assert BODIES.keys() <= handlers


def test_operations_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("asked", [set(), {"v2024"}, {"v2025", "v1"}])
def test_the_experimental_header_is_documented_where_it_is_asked_for(asked: set[str]) -> None:
    for path, _, operation in operations(build_document(asked)):
        if not path.startswith("/oauth"):
            names = {each["name"] for each in operation["parameters"]}
            assert (EXPERIMENTAL in names) is bool(asked & set(operation["tags"])), path


def test_settings_and_routes_know_the_same_versions() -> None:
    assert {version.name for version in VERSIONS} == set(SAILPOINT_VERSIONS)


def test_the_served_document_is_this_one(server: Server, described: dict[str, Any]) -> None:
    served = httpx2.get(f"{server.url}/openapi/sailpoint.json")
    assert served.json() == json.loads(json.dumps(described))


def test_all_documents_are_in_the_index_and_on_the_docs_page(server: Server) -> None:
    index = httpx2.get(f"{server.url}/openapi.json").json()
    names = ("midpoint", "sailpoint", "itential")
    assert index == {name: f"/openapi/{name}.json" for name in names}
    assert "<option>sailpoint</option>" in httpx2.get(f"{server.url}/docs").text
