"""All that every generation of SailPoint's SDKs can do, with tasks of kinds that older ones stumble over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.sailpoint import GENERATIONS, LOGIN, MANY
from tests.serving import Api, unique

if TYPE_CHECKING:
    from tests.clients.sailpoint import Sdk
    from tests.serving import Server

pytestmark = pytest.mark.parametrize("process", GENERATIONS, indirect=True, ids=str)
USER = "c:UserType"


@pytest.fixture(scope="session")
def bare(midpoint: Api) -> dict[str, Any]:
    """Items of a task that says as little as a task can: its archetype has no description."""
    oid = midpoint.create("archetypes", {"name": unique("bare")})
    return {"assignment": [{"targetRef": {"oid": oid, "type": "c:ArchetypeType"}}]}


@pytest.fixture(scope="session")
def various(midpoint: Api, bare: dict[str, Any]) -> dict[str, str | None]:
    """Tasks in several states, with the status that each of them has."""
    waits = midpoint.waiting(**bare)
    planned = midpoint.task(**bare, schedule={"cronLikePattern": "0 0 3 * * ?"})
    closed = midpoint.task(**bare, schedulingState="closed")
    ran = midpoint.task(**bare, schedulingState="ready", objectRef={"oid": waits, "type": USER})
    midpoint.when_closed(ran)
    return {waits: None, planned: None, closed: "TERMINATED", ran: "SUCCESS"}


def test_every_generation_lists_gets_patches_counts_and_processes(
    process: Sdk, gateway: Server, crowded: Server, midpoint: Api, various: dict[str, str | None]
) -> None:
    # In one test: an SDK takes seconds to start, and the parts none.
    assert process.connect(crowded.url, **LOGIN)
    found = process.paginate(10_000, sorters="created")
    assert sorted(each["uniqueName"] for each in found) == [f"crowded {n:03}" for n in range(MANY)]
    assert process.connect(gateway.url, **LOGIN)
    _reads_tasks_of_any_kind_alone_and_in_lists(process, various)
    _finds_and_counts_what_is_pending(process, various)
    _clears_a_task(process, midpoint.waiting())
    _has_identities_processed(process, midpoint)


def _reads_tasks_of_any_kind_alone_and_in_lists(sdk: Sdk, various: dict[str, str | None]) -> None:
    for oid, status in various.items():
        answer = sdk.get(oid)
        assert (answer.status, answer.warnings) == (200, ())
        [model] = answer.models
        assert (model["id"], model.get("completionStatus")) == (oid, status)
        assert model["taskDefinitionSummary"]["description"] == ""
    waits, planned, closed, ran = various
    listed = sdk.tasks(filters=f'id in ("{waits}", "{planned}", "{closed}", "{ran}")', count=True)
    shown = {closed, ran} | ({waits} if sdk.release.lists_pending else set())
    assert {each["id"] for each in listed.models} == shown
    assert listed.total == len(shown)


def _finds_and_counts_what_is_pending(sdk: Sdk, various: dict[str, str | None]) -> None:
    waits, planned, *_ = various
    if sdk.release.knows_pending:
        pending = sdk.pending(count=True)
        assert sdk.pending_headers(count=True).total == pending.total
    else:
        pending = sdk.tasks(filters="completionStatus isnull", count=True)
    found = {each["id"] for each in pending.models}
    assert waits in found
    assert planned not in found
    assert pending.total == len(found)


def _clears_a_task(sdk: Sdk, oid: str) -> None:
    told = [
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": "2024-05-17T19:33:16.470Z"},
    ]
    [model] = sdk.patch(oid, *told).models
    assert (model["id"], model["completionStatus"]) == (oid, "ERROR")


def _has_identities_processed(sdk: Sdk, midpoint: Api) -> None:
    oid = sdk.process(midpoint.create("users", {"name": unique("identity")}))
    midpoint.when_closed(oid)
    [model] = sdk.get(oid).models
    assert (model["completionStatus"], model["progress"]) == ("SUCCESS", "1 of 1")
