"""The seed pages' three answers against schemas of their shapes: keys, types, enums, formats.

The schemas are written from operations-manager 1.3, 1.4 and 4; further keys are allowed.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from tests.dialects.itential.operators import sample
from tests.serving import ROOT

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.itential.operators import Office

LEAVER = "Approve a leaver"
SCHEMAS = ROOT / "tests" / "dialects" / "itential" / "schemas"
SAMPLES = (
    "approve-a-leaver",
    "child-job",
    "error-handler-and-retry",
    "loop-over-users",
    "recompute-a-role-and-notify",
)


def validator(name: str) -> Draft202012Validator:
    schema = orjson.loads((SCHEMAS / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, body: Any) -> list[str]:
    """Where an answer is not as its page says."""
    return [f"{each.json_path}: {each.message}" for each in validator(name).iter_errors(body)]


def assert_fits(name: str, answer: httpx2.Response) -> None:
    assert answer.status_code == 200, answer.text
    assert faults(name, answer.json()) == []


@pytest.fixture
def answers(office: Office) -> dict[str, httpx2.Response]:
    """A real answer of each of the routes."""
    engineer = office.of("engineering")
    options = {"description": "ticket 4711", "variables": {"user": "jdoe"}}
    start = engineer.asked("/jobs/start", {"workflow": LEAVER, "options": options})
    item = engineer.waiting(start.json()["data"])
    claim, release = (engineer.asked(f"/tasks/{item}/{verb}") for verb in ("claim", "release"))
    return {"start": start, "claim": claim, "release": release}


@pytest.mark.parametrize("name", ["start", "claim", "release"])
def test_each_seed_route_answers_as_its_page_says(
    answers: dict[str, httpx2.Response], name: str
) -> None:
    assert_fits(name, answers[name])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_job_of_every_sample_is_shown_in_that_shape_to_its_end(office: Office, name: str) -> None:
    document = sample(name)
    office.keep(*(sample(each) for each in SAMPLES))
    engineer = office.of("engineering")
    given = {"variables": {"users": ["ada"], "role": "none"}}
    start = engineer.asked("/jobs/start", {"workflow": document["name"], "options": given})
    assert_fits("start", start)
    job = start.json()["data"]
    manual = [key for key, task in document["tasks"].items() if task.get("type") == "manual"]
    if manual:
        engineer.waiting(job, manual[0])
    else:
        engineer.over(job)
    assert_fits("start", engineer.client.get(f"/operations-manager/jobs/{job['_id']}"))


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("start", ("_id",), "3a1f"),
        ("start", ("status",), "cancelled"),
        ("start", ("metrics", "start_time"), "2026-01-05T09:15:01.100Z"),
        ("start", ("created",), 1_767_604_500_000),
        ("start", ("tasks", "a1", "start_time"), 1_767_604_500_000),
        ("start", ("tasks", "a1", "type"), "human"),
        ("start", ("tasks", "workflow_end", "endTasks"), None),
        ("claim", ("_id",), "3A1F"),
        ("claim", ("metrics", "claim_time"), 1_767_604_500_000),
        ("claim", ("metrics", "end_time"), "2026-01-05T09:15:01.100Z"),
        ("release", ("metrics", "owner"), "0" * 24),
    ],
)
def test_the_schemas_notice_what_is_wrong(
    answers: dict[str, httpx2.Response], name: str, path: tuple[str, ...], value: Any
) -> None:
    body = deepcopy(answers[name].json())
    place = body["data"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert faults(name, body)
