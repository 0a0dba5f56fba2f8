"""The document says what the routes do, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openapi_spec_validator import validate

from gateway.dialects.midpoint.api import ROOT_ROUTES, routes_of
from gateway.dialects.midpoint.openapi.document import EXAMPLES, build_document
from gateway.dialects.midpoint.openapi.operations import FACTS
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.engine.activities.base import nameable
from gateway.model.types import SCHEMA
from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return build_document()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, entry in described["paths"].items():
        for method in METHODS & entry.keys():
            yield path, method, entry[method]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_openapi(described: dict[str, Any]) -> None:
    validate(described)


def test_every_route_is_documented_and_every_documented_operation_is_a_route(
    described: dict[str, Any],
) -> None:
    routed = {
        (path, method.lower())
        for table in (*map(routes_of, COLLECTIONS), ROOT_ROUTES)
        for path, methods in table.items()
        for method in methods
    }
    assert {(path, method) for path, method, _ in operations(described)} == routed


def test_every_fact_belongs_to_a_route() -> None:
    tables = (*routes_of("tasks").values(), *ROOT_ROUTES.values())
    handlers = {route.handler for methods in tables for route in methods.values()}
    assert handlers == FACTS.keys()


def test_operations_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))


def test_every_component_is_used(described: dict[str, Any]) -> None:
    used = set(references(described))
    defined = {
        f"#/components/{kind}/{name}"
        for kind, components in described["components"].items()
        if kind != "securitySchemes"
        for name in components
    }
    assert defined - used == set()


@pytest.mark.parametrize("type_name", [name for name, _ in COLLECTIONS.values()])
def test_requests_offer_no_item_that_the_server_maintains_or_refuses(
    described: dict[str, Any], type_name: str
) -> None:
    offered = described["components"]["schemas"][f"{type_name}.Input"]["properties"]
    kept_out = {
        name
        for name, item in SCHEMA[type_name].items.items()
        if item.operational or item.removed or item.refused
    }
    assert not kept_out & offered.keys()
    assert {"oid", "version", "name", "description"} <= offered.keys()
    assert ("assignment" in offered) == ("assignment" in SCHEMA[type_name].items)


@pytest.mark.parametrize("type_name", [name for name, _ in COLLECTIONS.values()])
def test_answers_hold_every_item_that_is_served(described: dict[str, Any], type_name: str) -> None:
    shown = described["components"]["schemas"][type_name]["properties"]
    assert SCHEMA[type_name].offered.keys() == shown.keys() - {"@type", "oid", "version"}


SENTENCES = [
    (declared.name, item.name)
    for declared in SCHEMA.types()
    for item in declared.own
    if item.description and item.name in declared.offered
]


@pytest.mark.parametrize(("type_name", "name"), SENTENCES)
def test_what_a_row_of_the_schema_says_is_said_of_the_item(
    described: dict[str, Any], type_name: str, name: str
) -> None:
    schemas = described["components"]["schemas"]
    sentence = SCHEMA[type_name].items[name].description
    concrete = [*SCHEMA.concrete(type_name), type_name]
    shown = [schemas[each]["properties"][name] for each in concrete if each in schemas]
    taken = [
        schema["properties"][name]
        for each in concrete
        for schema in (variant(schemas.get(f"{each}.Input", {})),)
        if name in schema.get("properties", {})
    ]
    assert shown or taken
    assert {each["description"] for each in (*shown, *taken)} == {sentence}


def variant(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, or the first of several."""
    found: dict[str, Any] = schema.get("anyOf", [schema])[0]
    return found


def test_every_kind_of_work_is_described_or_shown_by_example(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    shown = {each["required"][0] for each in schemas["WorkDefinitionsType.Input"]["oneOf"]}
    examples = schemas["ActivityDefinitionType.Input"]["anyOf"][1]["enum"]
    shown |= {name for each in examples for name in each.get("work", {})}
    # The same under an older name, and once instead of for each.
    assert set(nameable()) - shown == {"nonIterativeChangeExecution", "nonIterativeScripting"}


@pytest.mark.parametrize(
    ("name", "body"),
    [(name, body) for bodies in EXAMPLES.values() for name, body in bodies.items()],
)
def test_examples_are_the_samples(name: str, body: dict[str, Any]) -> None:
    sample = (ROOT / "samples" / "rest" / f"{name}.json").read_text(encoding="utf-8")
    assert json.loads(sample) == body


def test_the_served_document_is_this_one(server: Server, described: dict[str, Any]) -> None:
    served = httpx2.get(f"{server.url}/openapi/midpoint.json")
    assert served.json() == json.loads(json.dumps(described))


@pytest.mark.parametrize("path", ["/docs", "/docs/docs.css", "/docs/docs.js"])
def test_the_docs_page_fetches_nothing_from_outside(server: Server, path: str) -> None:
    answer = httpx2.get(f"{server.url}{path}")
    assert answer.status_code == 200
    assert "//" not in answer.text.replace("// ", "").replace("http://www.w3.org", "")


def test_the_docs_page_runs_only_its_own_script(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/docs")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert 'src="docs/docs.js"' in answer.text
    assert "style=" not in answer.text
