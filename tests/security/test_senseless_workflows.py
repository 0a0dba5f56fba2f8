"""Settings and parameters that make no sense are refused by name, and break no run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.security.workflows import imported, step, workflow

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office

SETTINGS = {"state": ["error"], "autoRetry": True, "limit": 1, "delay": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delay", 1e300),
        ("delay", 1e308),
        ("delay", 366 * 86_400_000 + 1),
        ("delay", -1),
        ("delay", "1"),
        ("delay", True),
        ("limit", 1e308),
        ("limit", 1_001),
        ("limit", -1),
        ("limit", None),
    ],
)
def test_retry_settings_out_of_bounds_are_refused_by_name(
    office: Office, name: str, value: Any
) -> None:
    document = workflow(step("noOp", {}, retrySettings=SETTINGS | {name: value}))
    outcome = imported(office.of("engineering"), document)
    assert outcome["success"] is False
    assert f"tasks/a1/retrySettings/{name}" in outcome["message"]


def test_the_largest_retry_settings_are_taken_and_read_back(office: Office) -> None:
    settings = SETTINGS | {"limit": 1_000, "delay": 366 * 86_400_000}
    document = workflow(step("noOp", {}, retrySettings=settings))
    person = office.of("engineering")
    assert imported(person, document)["success"] is True
    path = f"/automation-studio/workflows/detailed/{document['name']}"
    assert person.client.get(path).json()["tasks"]["a1"]["retrySettings"] == settings
    assert person.over(person.start(document["name"]))["status"] == "complete"


SELECTING = (
    "recomputation",
    "iterativeScripting",
    "deletion",
    "iterativeChangeExecution",
    "triggerScan",
    "objectIntegrityCheck",
    "focusValidityScan",
)


@pytest.mark.parametrize(
    "objects",
    [7, "all", [1], True, {"type": 7}, {"query": 7}, {"query": {"filter": 7}}],
    ids=lambda each: orjson.dumps(each).decode(),
)
@pytest.mark.parametrize("name", SELECTING)
def test_objects_that_are_no_set_of_objects_are_an_error_of_the_step(
    office: Office, name: str, objects: Any
) -> None:
    inputs = {"objects": "$var.job.objects"}
    if name == "iterativeScripting":
        inputs["scriptExecutionRequest"] = {"pipeline": [{"@element": "disable"}]}  # type: ignore[assignment]
    document = workflow(step(name, inputs))
    office.keep(document)
    person = office.of("operations")
    done = person.over(person.start(document["name"], variables={"objects": objects}))
    assert (done["status"], done["tasks"]["a1"]["status"]) == ("error", "error")
    [said] = [each for each in done["error"] if each["task"] == "a1"]
    assert "internal error" not in str(said["message"])


def test_a_variable_without_a_value_does_not_mean_everybody(office: Office) -> None:
    document = workflow(step("recomputation", {"objects": "$var.job.nothing"}))
    office.keep(document)
    person = office.of("operations")
    done = person.over(person.start(document["name"]))
    assert (done["status"], done["tasks"]["a1"]["status"]) == ("error", "error")
