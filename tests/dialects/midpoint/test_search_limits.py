"""A search that takes longer than TASKGATE_SEARCH_SECONDS is refused; the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.serving import assert_operation_result

if TYPE_CHECKING:
    from tests.conftest import ServerFactory

#: Looks at every object, more than a thousand times.
EXPENSIVE = " or ".join(f"description contains 'no such {number}'" for number in range(1_500))


def test_a_search_beyond_the_limit_is_a_400_that_says_what_to_do(
    make_server: ServerFactory,
) -> None:
    server = make_server(search_seconds=0.000001)
    with server.client() as client:
        body = {"query": {"filter": {"text": EXPENSIVE}}}
        result = assert_operation_result(client.post("/archetypes/search", json=body), 400)
        assert result["messageCode"] == "too_expensive"
        assert "too expensive" in result["message"]
        assert "Narrow it" in result["message"]
        cheap = {"query": {"filter": {"text": "name = 'administrator'"}}}
        found = client.post("/users/search", json=cheap)
        assert found.json()["object"]["object"][0]["name"] == "administrator"


def test_without_a_limit_an_expensive_search_is_answered(make_server: ServerFactory) -> None:
    server = make_server("--search-seconds", "0")
    with server.client() as client:
        body = {"query": {"filter": {"text": EXPENSIVE}}}
        assert client.post("/archetypes/search", json=body).status_code == 200
