"""What SailPoint's SDKs read: one task, pages of tasks, filtered and in order, and all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.sailpoint import LOGIN, MANY
from tests.serving import NOWHERE, Api, unique

if TYPE_CHECKING:
    from tests.clients.sailpoint import Sdk
    from tests.serving import Server


@pytest.fixture(scope="session")
def finished(midpoint: Api) -> list[tuple[str, str]]:
    """Name and oid of tasks that succeeded, oldest first."""
    tasks = []
    for _ in range(5):
        name = unique("finished")
        oid = midpoint.task(name=name, schedulingState="ready")
        midpoint.when_closed(oid)  # no two of them are made in one millisecond
        tasks.append((name, oid))
    return tasks


def among(tasks: list[tuple[str, str]]) -> str:
    """The filter that selects them."""
    return f"id in ({','.join(quoted(oid) for _, oid in tasks)})"


def quoted(value: str) -> str:
    return f'"{value}"'


# ---- one task --------------------------------------------------------------------------------------------


def test_a_task_is_read_without_a_complaint(sdk: Sdk, midpoint: Api) -> None:
    name = unique("read")
    oid = midpoint.task(name=name, description="to be read", schedulingState="ready")
    midpoint.when_closed(oid)
    answer = sdk.get(oid)
    [model] = answer.models
    assert (model["id"], model["uniqueName"], model["description"]) == (oid, name, "to be read")
    assert (model["completionStatus"], model["percentComplete"]) == ("SUCCESS", 100)
    assert answer.warnings == ()
    assert answer.header("Content-Type").startswith("application/json")


def test_a_task_that_was_never_started_is_read_without_a_complaint(sdk: Sdk, midpoint: Api) -> None:
    answer = sdk.get(midpoint.task())
    [model] = answer.models
    assert (model["completionStatus"], model["launched"], model["progress"]) == (None, None, None)
    assert model["percentComplete"] == 0
    assert answer.warnings == ()


def test_a_task_that_is_not_there_is_not_found(sdk: Sdk) -> None:
    answer = sdk.get(NOWHERE)
    assert answer.status == 404
    assert answer.raised == ("NotFoundException" if sdk.release.is_python else "AxiosError")
    assert set(answer.data) == {"detailCode", "trackingId", "messages", "causes"}
    assert answer.data["detailCode"] == "404 Not found"


def test_an_id_with_a_slash_is_an_id_that_is_not_there(sdk: Sdk) -> None:
    assert sdk.get("a b/c").status == 404


# ---- pages -----------------------------------------------------------------------------------------------


def test_pages_of_a_list_follow_each_other(sdk: Sdk, finished: list[tuple[str, str]]) -> None:
    asked = {"filters": among(finished), "sorters": "created", "limit": 2}
    pages = [sdk.tasks(offset=offset, **asked) for offset in (0, 2, 4, 6)]
    names = [page.names for page in pages]
    assert names == [[name for name, _ in finished][at : at + 2] for at in (0, 2, 4, 6)]
    assert all(page.warnings == () for page in pages)


def test_a_list_counts_its_tasks_only_when_asked(sdk: Sdk, finished: list[tuple[str, str]]) -> None:
    counted = sdk.tasks(filters=among(finished), limit=1, offset=4, count=True)
    assert (counted.total, len(counted.models)) == (5, 1)
    silent = sdk.tasks(filters=among(finished), limit=1)
    assert "x-total-count" not in {name.lower() for name in silent.headers}


def test_a_count_alone_brings_no_task(sdk: Sdk, finished: list[tuple[str, str]]) -> None:
    answer = sdk.tasks(filters=among(finished), limit=0, count=True)
    assert (answer.data, answer.total) == ([], 5)


def test_a_list_is_sorted_by_creation_both_ways(sdk: Sdk, finished: list[tuple[str, str]]) -> None:
    names = [name for name, _ in finished]
    assert sdk.tasks(filters=among(finished), sorters="created").names == names
    assert sdk.tasks(filters=among(finished), sorters="-created").names == names[::-1]


# ---- filters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ('completionStatus eq "Success"', 5),
        ('completionStatus in ("ERROR","TempError")', 0),
        ('type eq "QUEUED_TASK"', 5),
        ('type in ("QUARTZ","QPOC")', 0),
        ('not type eq "QUARTZ"', 5),
        ('(type eq "QUARTZ" or completionStatus eq "SUCCESS")', 5),
    ],
)
def test_a_list_is_narrowed(
    sdk: Sdk, finished: list[tuple[str, str]], narrowed: str, found: int
) -> None:
    assert len(sdk.tasks(filters=f"{among(finished)} and {narrowed}").models) == found


def test_a_list_is_narrowed_to_one_id(sdk: Sdk, finished: list[tuple[str, str]]) -> None:
    name, oid = finished[2]
    assert sdk.tasks(filters=f"id eq {quoted(oid)}").names == [name]


def test_tasks_that_are_not_completed_are_listed_where_the_version_does_so(
    sdk: Sdk, midpoint: Api
) -> None:
    name = unique("waiting")
    filters = f"id eq {quoted(midpoint.waiting(name=name))}"
    assert sdk.tasks(filters=filters).names == ([name] if sdk.release.lists_pending else [])


def test_completion_is_asked_for_by_isnull_where_the_version_does_so(
    sdk: Sdk, midpoint: Api, finished: list[tuple[str, str]]
) -> None:
    tasks = [*finished, (unique("waiting"), midpoint.waiting())]
    answer = sdk.tasks(filters=f"{among(tasks)} and completionStatus isnull")
    if sdk.release.lists_pending:
        assert [each["id"] for each in answer.models] == [tasks[-1][1]]
    else:
        assert (answer.status, answer.data["detailCode"]) == (400, "400.1.3 Illegal value")


@pytest.mark.parametrize(
    "filters", ['uniqueName eq "a"', 'id sw "a"', 'id eq "a" and', "id eq 'a'", "id EQ a"]
)
def test_a_filter_that_is_not_served_is_refused_by_name(sdk: Sdk, filters: str) -> None:
    answer = sdk.tasks(filters=filters)
    assert answer.status == 400
    assert answer.raised == ("BadRequestException" if sdk.release.is_python else "AxiosError")
    assert [each["localeOrigin"] for each in answer.data["messages"]] == ["DEFAULT", "REQUEST"]


def test_a_sorter_that_is_not_served_is_refused(sdk: Sdk) -> None:
    assert sdk.tasks(sorters="uniqueName").status == 400


# ---- all of them -----------------------------------------------------------------------------------------


def test_a_page_holds_as_much_as_the_paginators_suppose(process: Sdk, crowded: Server) -> None:
    assert process.connect(crowded.url, **LOGIN)
    assert len(process.tasks().models) == 250


def test_the_paginator_gathers_every_task_once(process: Sdk, crowded: Server) -> None:
    assert process.connect(crowded.url, **LOGIN)
    found = process.paginate(10_000, sorters="created")
    gathered = sorted(each["uniqueName"] for each in found)
    assert gathered == [f"crowded {n:03}" for n in range(MANY)]


def test_the_paginator_stops_where_it_is_told_to(process: Sdk, crowded: Server) -> None:
    assert process.connect(crowded.url, **LOGIN)
    assert len(process.paginate(200)) == 250
