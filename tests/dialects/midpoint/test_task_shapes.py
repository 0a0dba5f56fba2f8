"""Task definitions of many shapes are understood in every form: they run, or are refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml

from gateway.dialects.midpoint.wire.forms import BY_NAME
from tests.serving import ROOT, Api, assert_operation_result

if TYPE_CHECKING:
    import httpx2

SHAPES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "samples" / "tasks" / "shapes.yaml").read_text(encoding="utf-8")
)["objects"]["task"]
REFUSED: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests" / "corpus" / "refused-tasks.yaml").read_text(encoding="utf-8")
)
FORMS = sorted(BY_NAME)


def body(task: dict[str, Any], form: str) -> bytes:
    """The task in a form."""
    return BY_NAME[form].one("TaskType", orjson.dumps(task)[1:-1])


def sent(client: httpx2.Client, task: dict[str, Any], form: str) -> httpx2.Response:
    headers = {"content-type": f"application/{form}"}
    return client.post("/tasks", content=body(task, form), headers=headers)


def name_of(task: dict[str, Any]) -> str:
    name = task["name"]
    return str(name["orig"] if isinstance(name, dict) else name)


def test_there_are_enough_shapes() -> None:
    assert len({name_of(each) for each in SHAPES}) == len(SHAPES) >= 60


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("task", SHAPES, ids=name_of)
def test_a_task_of_any_shape_is_understood_and_runs(
    client: httpx2.Client, api: Api, task: dict[str, Any], form: str
) -> None:
    made = sent(client, task, form)
    assert made.status_code == 202, made.text
    oid = made.headers["location"].rpartition("/")[2]
    found = api.get("tasks", oid)
    assert found["activity"].keys() == task["activity"].keys()
    if task["schedulingState"] == "ready":
        assert api.when_closed(oid)["resultStatus"] == "success"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("given", REFUSED, ids=lambda given: given["task"]["name"])
def test_what_is_not_understood_is_refused_by_name(
    client: httpx2.Client, given: dict[str, Any], form: str
) -> None:
    result = assert_operation_result(sent(client, given["task"], form), 400)
    assert given["says"] in result["message"] + result.get("details", "")
