"""A value that somebody gives to a job selects what it says, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dialects.itential.operators import Office, sample
from tests.security.workflows import step, workflow
from tests.serving import unique

if TYPE_CHECKING:
    from tests.serving import Api


@pytest.mark.parametrize(
    "value",
    [
        "x') or name contains 'i",
        "x') or name exists or ('' = '",
        "x\\') or name contains 'i",
        "'",
        "\\",
        "$var.job.pw",
    ],
)
def test_a_value_of_the_sample_selects_no_members_of_other_roles(
    office: Office, api: Api, value: str
) -> None:
    office.keep(sample("recompute-a-role-and-notify"))
    api.create("users", {"name": unique("i")})
    person = office.of("operations")
    done = person.over(person.start("Recompute a role and notify", variables={"role": value}))
    assert done["variables"].get("message", "Members recomputed: 0") == "Members recomputed: 0"


@pytest.mark.parametrize(
    ("value", "text"),
    [("plain", "'plain'"), ("it's", "'it\\'s'"), ("a\\b", "'a\\\\b'"), (7, "'7'"), ("", "''")],
)
def test_quote_writes_a_text_of_the_query_language(
    office: Office, value: object, text: str
) -> None:
    quote = step("quote", {"value": "$var.job.value"}, app="WorkFlowEngine")
    quote["variables"]["outgoing"] = {"result": "$var.job.text"}
    document = workflow(quote)
    office.keep(document)
    person = office.of("operations")
    done = person.over(person.start(document["name"], variables={"value": value}))
    assert (done["status"], done["variables"]["text"]) == ("complete", text)


@pytest.mark.parametrize("value", [None, True, ["x"], {"x": 1}])
def test_quote_takes_nothing_but_texts_and_numbers(office: Office, value: object) -> None:
    document = workflow(step("quote", {"value": value}, app="WorkFlowEngine"))
    office.keep(document)
    person = office.of("operations")
    assert person.over(person.start(document["name"]))["status"] == "error"
