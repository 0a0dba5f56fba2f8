"""Scripts that are refused at create, each by the name of what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.executing import each, objects, once, refusal
from tests.serving import NOWHERE, delta

if TYPE_CHECKING:
    from tests.serving import Api

Document = dict[str, Any]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({}, "no action"),
        ({"pipeline": []}, "no action"),
        ({"execute": {"script": {"code": "1"}}}, "'execute' is not supported"),
        ({"action": {"type": "execute-script"}}, "'execute-script' is not supported"),
        ({"s:search": {"type": "UserType"}}, "'search' is not supported"),
        ({"@type": "s:LogActionExpressionType"}, "'log' is not supported"),
        ({"@type": "s:SearchExpressionType"}, "'search' is not supported"),
        ({"@type": "s:ExecuteScriptType"}, "no action"),
        ({"generateValue": {}}, "'generateValue' is not supported"),
        ({"evaluate": {}}, "'evaluate' is not supported"),
        ({"add": {}}, "'add' is not supported in 'iterativeScripting'"),
        ({"assign": {}}, "needs targetRef or role"),
        ({"assign": {"construction": {}}}, "'construction'"),
        ({"assign": {"resourceRef": {"oid": NOWHERE}}}, "'resourceRef'"),
        ({"assign": {"targetRef": {"type": "RoleType"}}}, "needs an oid"),
        ({"assign": {"targetRef": {"oid": NOWHERE}, "relation": "any"}}, "one relation"),
        ({"unassign": {"filter": {"text": "targetRef is null"}}}, "'filter'"),
        ({"modify": {}}, "needs delta"),
        ({"modify": {"delta": {"itemDelta": delta("add", "colour", "red")}}}, "colour"),
        ({"modify": {"delta": {"changeType": "delete"}}}, "changeType"),
        ({"modify": {"raw": True, "delta": {"itemDelta": []}}}, "'raw'"),
        ({"notify": {"handler": {}}}, "'handler'"),
        ({"disable": "now"}, "must be a JSON object"),
        ({"disable": {}, "variables": {}}, "variables"),
        ({"disable": {}, "options": {"continueOnAnyError": True}}, "continueOnAnyError"),
        (
            {"action": {"type": "assign", "parameter": [{"name": "role", "expression": {}}]}},
            "'expression'",
        ),
        ({"action": {"type": "assign", "parameter": [{"value": "x"}]}}, "parameter/name"),
        ({"action": {"parameter": []}}, "action/type"),
    ],
)
def test_what_is_no_part_of_the_vocabulary_is_refused_by_name(
    api: Api, script: Document, words: str
) -> None:
    assert words in refusal(api, each(objects("name = 'nobody'"), script))


def test_a_script_that_goes_on_without_end_is_refused(api: Api) -> None:
    script: Document = {"disable": {}}
    for _ in range(30):
        script = {"pipeline": [script]}
    assert "nested too deeply" in refusal(api, each(objects("name = 'nobody'"), script))


def test_a_task_without_its_script_is_refused(api: Api) -> None:
    assert "scriptExecutionRequest" in refusal(api, {"nonIterativeScripting": {}})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"@type": "c:TaskType", "name": "x"}, "TaskType"),
        ({"@type": "c:UserType"}, "no name"),
        ({"oid": NOWHERE}, "needs a type"),
        ({"type": "c:UserType", "query": {"filter": {"text": "nmae = 'x'"}}}, "nmae"),
        ("a text", "must be a JSON object"),
    ],
)
def test_input_that_cannot_be_is_refused(api: Api, value: Any, words: str) -> None:
    assert words in refusal(api, once({"disable": {}}, value))
