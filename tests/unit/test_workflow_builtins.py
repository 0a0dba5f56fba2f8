"""What each built-in step makes of its inputs."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.workflow.builtins import BUILTINS, Done, StepContext, StepFailed

SITUATION = StepContext(
    variables={"user": "jdoe", "n": 3},
    outputs={"a1": {"found": [1, 2]}},
    written=frozenset({"data_to_merge", "evaluation_groups"}),
)


def done(name: str, /, **inputs: Any) -> Done:
    return BUILTINS[name].work(inputs, SITUATION)


@pytest.mark.parametrize(
    ("name", "inputs", "state", "outputs"),
    [
        ("newVariable", {"name": "x", "value": 1}, "success", {"value": 1}),
        (
            "merge",
            {"data_to_merge": [{"key": "k", "value": {"task": "job", "variable": "user"}}]},
            "success",
            {"merged_object": {"k": "jdoe"}},
        ),
        (
            "merge",
            {"data_to_merge": [{"key": "k", "value": {"task": "static", "value": 7}}]},
            "success",
            {"merged_object": {"k": 7}},
        ),
        (
            "query",
            {"query": "a.b[1].c", "obj": {"a": {"b": [0, {"c": 5}]}}},
            "success",
            {"return_data": 5},
        ),
        ("query", {"query": "a.b", "obj": {}}, "failure", {"return_data": None}),
        (
            "query",
            {"query": "a", "obj": {}, "pass_on_null": True},
            "success",
            {"return_data": None},
        ),
        ("stringConcat", {"str": "a", "stringN": ["b", 1, None]}, "success", {"result": "ab1"}),
        ("split", {"str": "a,b", "separator": ","}, "success", {"result": ["a", "b"]}),
        ("join", {"arr": ["a", 1], "separator": "-"}, "success", {"result": "a-1"}),
        ("push", {"arr": [1], "item": 2}, "success", {"result": [1, 2]}),
        ("arrayLength", {"arr": [1, 2]}, "success", {"result": 2}),
        (
            "setObjectKey",
            {"obj": {"a": 1}, "key": "b", "value": 2},
            "success",
            {"result": {"a": 1, "b": 2}},
        ),
        ("keys", {"obj": {"a": 1}}, "success", {"result": ["a"]}),
    ],
)
def test_a_step_gives_what_its_inputs_come_to(
    name: str, inputs: dict[str, Any], state: str, outputs: dict[str, Any]
) -> None:
    finish = done(name, **inputs).finish
    assert (finish.state, finish.outputs) == (state, outputs)


def test_a_new_variable_is_one_of_the_jobs() -> None:
    assert done("newVariable", name="x", value=[1]).variables == {"x": [1]}


@pytest.mark.parametrize(
    ("sign", "right", "state"),
    [
        ("==", 3, "success"),
        ("!=", 3, "failure"),
        ("<", 4, "success"),
        (">=", 4, "failure"),
        (">", 2, "success"),
        ("<=", 2, "failure"),
    ],
)
def test_an_evaluation_that_does_not_hold_is_a_failure(sign: str, right: int, state: str) -> None:
    evaluation = {
        "operand_1": {"task": "job", "variable": "n"},
        "operator": sign,
        "operand_2": {"task": "static", "variable": right},
    }
    finish = done("evaluation", evaluation_groups=[{"evaluations": [evaluation]}]).finish
    assert finish.state == state


def test_evaluations_hold_together_or_one_by_one() -> None:
    def holds(wanted: str) -> dict[str, Any]:
        return {
            "operand_1": {"task": "a1", "variable": "found"},
            "operator": wanted,
            "operand_2": {"task": "static", "variable": 1},
        }

    pair = [holds("contains"), holds("!contains")]
    group = {"all_true_flag": False, "evaluations": pair}
    assert done("evaluation", evaluation_groups=[group]).finish.state == "success"
    group = {"all_true_flag": True, "evaluations": pair}
    assert done("evaluation", evaluation_groups=[group]).finish.state == "failure"


def test_a_delay_is_over_later() -> None:
    assert done("delay", time=1.5).delay == 1.5


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("newVariable", {"name": 1, "value": 1}),
        ("merge", {"data_to_merge": "x"}),
        ("merge", {"data_to_merge": [{}]}),
        ("query", {"query": None, "obj": {}}),
        ("evaluation", {"evaluation_groups": ["x"]}),
        ("evaluation", {"evaluation_groups": [{"evaluations": [{"operator": "~"}]}]}),
        ("evaluation", {"evaluation_groups": [{"evaluations": [{"operator": "<"}]}]}),
        ("delay", {"time": "1"}),
        ("delay", {"time": True}),
        ("delay", {"time": -1}),
        ("stringConcat", {"str": "a", "stringN": [{}]}),
        ("split", {"str": 1, "separator": ","}),
        ("join", {"arr": None, "separator": ","}),
        ("push", {"arr": {}, "item": 1}),
        ("setObjectKey", {"obj": [], "key": "a", "value": 1}),
    ],
)
def test_inputs_that_make_no_sense_are_an_error_that_says_so(
    name: str, inputs: dict[str, Any]
) -> None:
    with pytest.raises(StepFailed, match=r"must|needs|operator|concatenated|cannot"):
        done(name, **inputs)
