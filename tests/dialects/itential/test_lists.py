"""Lists of jobs and tasks: the query language, paging, projections (operations-manager 2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office


class Listing:
    """Some jobs of one workflow, and short ways to ask for them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.engineer = office.of("engineering")
        self.name = office.manual("a1")
        descriptions = ("first ticket", "second ticket", "third")
        self.jobs = [self.engineer.start(self.name, description=d) for d in descriptions]
        for job in self.jobs:
            self.engineer.waiting(job)
        self.engineer.finish(self.jobs[0])
        self.engineer.when(self.jobs[0], "complete")

    def page(self, path: str = "/jobs", /, **parameters: Any) -> dict[str, Any]:
        answer = self.engineer.client.get(f"/operations-manager{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def found(self, **parameters: Any) -> list[int]:
        """Which of the jobs match, by their place."""
        ids = [job["_id"] for job in self.jobs]
        data = self.page(**{"equals[name]": self.name, "limit": 100} | parameters)["data"]
        return [ids.index(each["_id"]) for each in data]


@pytest.fixture(scope="module")
def listing(office: Office) -> Listing:
    return Listing(office)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"equals[status]": "complete"}, [0]),
        ({"in[status]": "running,paused"}, [1, 2]),
        ({"not-in[status]": "running,paused"}, [0]),
        ({"contains[description]": "ticket"}, [0, 1]),
        ({"starts-with[description]": "second"}, [1]),
        ({"ends-with[description]": "rd"}, [2]),
        ({"gt[metrics.progress]": "0.5"}, [0]),
        ({"lte[metrics.progress]": 0}, [1, 2]),
        ({"exists[metrics.end_time]": "true"}, [0]),
        ({"exists[metrics.end_time]": "false"}, [1, 2]),
        ({"gte[metrics.start_time]": "2020-01-01T00:00:00"}, [0, 1, 2]),
        ({"lt[metrics.start_time]": "1577836800000"}, []),
        ({"sort": "description", "order": -1}, [2, 1, 0]),
        ({"sort": "metrics.start_time"}, [0, 1, 2]),
        ({"status": "running"}, [0, 1, 2]),
        ({"q": json.dumps({"not": {"equals": {"status": "running"}}})}, [0]),
        (
            {
                "q": json.dumps(
                    {
                        "or": [
                            {"equals": {"status": "complete"}},
                            {"equals": {"description": "third"}},
                        ]
                    }
                )
            },
            [0, 2],
        ),
    ],
)
def test_jobs_are_selected(
    listing: Listing, parameters: dict[str, Any], expected: list[int]
) -> None:
    assert listing.found(**parameters) == expected


def test_jobs_are_selected_by_id_lineage_and_person(listing: Listing) -> None:
    job = listing.jobs[1]
    assert listing.found(**{"equals[_id]": job["_id"]}) == [1]
    assert listing.found(**{"equals[ancestors]": job["_id"]}) == [1]
    assert listing.found(**{"equals[metrics.user]": listing.engineer.id}) == [0, 1, 2]
    assert listing.found(**{"equals[metrics.user]": "0" * 24}) == []
    start = job["metrics"]["start_time"]
    assert 1 in listing.found(**{"gte[metrics.start_time]": start})


def test_tasks_are_the_queue_of_waiting_work(listing: Listing) -> None:
    asked = {
        "equals[type]": "manual",
        "equals[status]": "running",
        "equals[job.name]": listing.name,
    }
    page = listing.page("/tasks", **asked)
    assert {each["job"]["_id"] for each in page["data"]} == {j["_id"] for j in listing.jobs[1:]}
    assert page["metadata"]["total"] == 2
    mine = listing.page("/tasks", **asked, **{"equals[metrics.owner]": listing.engineer.id})
    assert mine["data"] == []
    (item, *_) = page["data"]
    listing.engineer.post(f"/tasks/{item['_id']}/claim")
    mine = listing.page("/tasks", **asked, **{"equals[metrics.owner]": listing.engineer.id})
    assert [each["_id"] for each in mine["data"]] == [item["_id"]]
    listing.engineer.post(f"/tasks/{item['_id']}/release")


def test_pages_add_up_to_the_total_and_point_to_each_other(listing: Listing) -> None:
    asked = {"equals[name]": listing.name, "limit": 2}
    first, second = (listing.page(**asked, skip=skip) for skip in (0, 2))
    assert first["metadata"] == {
        "skip": 0,
        "limit": 2,
        "nextPageSkip": 2,
        "previousPageSkip": None,
        "total": 3,
        "currentPageSize": 2,
        "hints": [],
    }
    assert second["metadata"]["nextPageSkip"] is None
    assert second["metadata"]["previousPageSkip"] == 0
    ids = [each["_id"] for page in (first, second) for each in page["data"]]
    assert ids == [job["_id"] for job in listing.jobs]
    assert listing.page(**asked, skip=50)["data"] == []


def test_a_projection_shows_the_wanted_keys_and_the_id(listing: Listing) -> None:
    asked = {"equals[name]": listing.name, "limit": 1}
    (only,) = listing.page(**asked, include="name,metrics.user")["data"]
    assert set(only) == {"_id", "name", "metrics"}
    assert set(only["metrics"]) == {"user"}
    (less,) = listing.page(**asked, include="name", exclude="_id")["data"]
    assert set(less) == {"name"}
    (without,) = listing.page(**asked, exclude="tasks,metrics.user")["data"]
    assert "tasks" not in without
    assert "user" not in without["metrics"]
    job = listing.engineer.get(f"/jobs/{listing.jobs[0]['_id']}", include="status")
    assert job == {"_id": listing.jobs[0]["_id"], "status": "complete"}


def test_a_parameter_that_is_unknown_is_ignored_with_a_hint(listing: Listing) -> None:
    page = listing.page(
        **{"equals[name]": listing.name, "enabled": "true", "none": "", "token": "x"}
    )
    assert len(page["data"]) == 3
    assert [hint.split("'")[1] for hint in page["metadata"]["hints"]] == ["enabled", "none"]


def test_a_get_with_a_body_is_a_query_too(listing: Listing) -> None:
    query = {"limit": 25, "include": "name,status", "in": {"status": "running"}}
    answer = listing.engineer.client.request(
        "GET",
        "/operations-manager/jobs",
        params={"equals[name]": listing.name},
        json={"queryParameters": query},
    )
    assert [set(each) for each in answer.json()["data"]] == [{"_id", "name", "status"}] * 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"equals": "x"}, "needs a field"),
        ({"equals[exclude]": "x"}, "Parameter 'equals' received invalid property paths"),
        ({"in[parent.job]": "x"}, "target document type: parent.job"),
        ({"include": "name", "exclude": "status"}, "may only be '_id'"),
        ({"dereference": "accounts"}, "Unsupported dereference target(s): accounts"),
        ({"limit": 0}, "'limit' must be a number from 1 to 1000"),
        ({"limit": 1001}, "'limit' must be a number from 1 to 1000"),
        ({"skip": -1}, "'skip' must be a number"),
        ({"order": 2}, "'order' must be"),
        ({"sort": "variables"}, "are sorted by one of"),
        ({"gt[metrics.start_time]": "yesterday"}, "is no time"),
        ({"gt[metrics.progress]": "half"}, "is no number"),
        ({"q": "{"}, "is not JSON"),
        ({"q": "[]"}, "is an object"),
        ({"q": '{"xor": []}'}, "no such place"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    listing: Listing, parameters: dict[str, Any], message: str
) -> None:
    answer = listing.engineer.client.get("/operations-manager/jobs", params=parameters)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_paths_are_found_with_slashes_too_many(listing: Listing) -> None:
    client = listing.engineer.client
    for path in ("//operations-manager/jobs", "/operations-manager/jobs/"):
        assert client.get(f"{client.base_url}".rstrip("/") + path).status_code == 200


def test_large_data_is_said_to_stand_in_the_job(listing: Listing) -> None:
    for path in ("/operations-manager/large-data/1f", "//operations_manager/large-data/1f/"):
        url = f"{listing.engineer.client.base_url}".rstrip("/") + path
        answer = listing.engineer.client.get(url)
        assert answer.status_code == 404
        assert "the variables of the job" in answer.json()["message"]
        assert answer.json()["data"] is None


def test_a_wrong_method_says_which_ones_are_served(listing: Listing) -> None:
    answer = listing.engineer.client.put("/operations-manager/jobs/start")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
