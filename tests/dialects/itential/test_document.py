"""The document says what the routes do, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx2
from openapi_spec_validator import validate

from gateway.dialects.itential.api import ROUTES
from gateway.dialects.itential.openapi.document import build_document
from gateway.dialects.itential.openapi.schemas import ANSWERS, BODIES

if TYPE_CHECKING:
    from tests.serving import Server

NAMES = {route.operation for methods in ROUTES.values() for route in methods.values()}


def test_the_document_is_openapi_and_is_served(server: Server) -> None:
    validate(build_document())
    with httpx2.Client(base_url=server.url) as client:
        assert client.get("/openapi/itential.json").json() == build_document()
        assert "itential" in client.get("/openapi.json").json()


def test_every_route_is_described_under_a_name_of_its_own() -> None:
    described = build_document()["paths"]
    found = {(p, m.upper()) for p, entry in described.items() for m in entry if m != "parameters"}
    assert found == {(path, method) for path, methods in ROUTES.items() for method in methods}
    names: list[Any] = [
        operation["operationId"]
        for entry in described.values()
        for method, operation in entry.items()
        if method != "parameters"
    ]
    assert sorted(names) == sorted(NAMES)


def test_every_body_and_answer_belongs_to_a_route() -> None:
    assert BODIES.keys() <= NAMES
    assert ANSWERS.keys() <= NAMES


def test_every_operation_has_a_summary_that_is_a_sentence() -> None:
    for entry in build_document()["paths"].values():
        for method, operation in entry.items():
            if method != "parameters":
                assert re.fullmatch(r"[A-Z].*\.", operation["summary"])
