"""Methods of the workflow engine: what each makes of its inputs, and how it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.workflow.applications import ENGINE, ROWS, MethodContext, MethodOutcome, perform
from gateway.engine.workflow.applications.moments import BadMoment, read_moment, write_moment
from gateway.engine.workflow.applications.pairs import read_pair
from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.javascript.values import UNDEFINED
from gateway.engine.workflow.transformations.method import Surroundings
from gateway.model.workflow import ERROR, FAILURE, SUCCESS

VARIABLES: dict[str, Any] = {
    "user": "jdoe",
    "n": 3,
    "list": [1, 2],
    "empty": [],
    "nothing": None,
    "answer": {"state": {"code": 200}},
    "log": "booted v9.2(4)",
    "yes": True,
}
OUTPUTS: dict[str, dict[str, Any]] = {"a1": {"found": {"x": [5]}}}
#: 2025-06-15T15:06:40.123Z
SURROUNDINGS = Surroundings(now=lambda: 1_750_000_000_123.0, random=lambda: 0.5)


def situation() -> MethodContext:
    return MethodContext(
        variables=VARIABLES,
        read=lambda pair: read_pair(pair, VARIABLES, OUTPUTS),
        surroundings=SURROUNDINGS,
    )


def outcome(name: str, /, **inputs: Any) -> MethodOutcome:
    return perform(ROWS[ENGINE, name], inputs, situation())


def job(name: str) -> dict[str, str]:
    return {"task": "job", "variable": name}


def static(value: Any) -> dict[str, Any]:
    return {"task": "static", "variable": value}


def merged(*pairs: tuple[Any, Any]) -> Any:
    entries = [{"value": value} | ({} if key is None else {"key": key}) for key, value in pairs]
    return outcome("merge", data_to_merge=entries)


# ---- what each gives --------------------------------------------------------------------------------

GIVEN: list[tuple[str, dict[str, Any], Any]] = [
    ("query", {"query": "a[*n=1].m", "obj": {"a": [{"n": 1, "m": 2}]}}, [2]),
    ("query", {"query": "a", "obj": {"a": None}, "pass_on_null": False}, None),
    ("query", {"query": "a.b", "obj": {}, "pass_on_null": "false"}, None),
    ("query", {"query": "a", "obj": {"b": 1}, "pass_on_null": True}, {"b": 1}),
    ("query", {"query": "", "obj": {"b": 1}}, {"b": 1}),
    ("modify", {"object_to_update": {"a": 1}, "query": "b.c", "new_value": 2}, {"a": 1, "b": {"c": 2}}),
    ("newVariable", {"name": "x", "value": None}, None),
    ("push", {"job_variable": "list", "item_to_push": [3]}, [1, 2, [3]]),
    ("push", {"job_variable": "new", "item_to_push": 3}, [3]),
    ("pop", {"job_variable": "list"}, 2),
    ("shift", {"job_variable": "list"}, 1),
    ("delay", {"time": 5}, "5000"),
    ("delay", {"time": "0.5"}, "500"),
    ("updateJobDescription", {"description": {"a": 1}}, '{"a":1}'),
    ("stub", {"type": "success", "delay": "", "response": {"a": 1}}, {"a": 1}),
    ("makeData", {"input": "<!a!>-<!b!>-<!c!>", "outputType": "string", "variables": {"a": 1, "b": [2]}}, "1-[2]-<!c!>"),
    ("makeData", {"input": {"a": "<!x!>"}, "outputType": "json", "variables": {"x": "y"}}, {"a": "y"}),
    ("makeData", {"input": " 4.0", "outputType": "number", "variables": ""}, 4),
    ("makeData", {"input": "true", "outputType": "boolean"}, True),
    ("setObjectKey", {"obj": {"s": {"age": 30}}, "path": ["s", "rank"], "value": "mate"}, {"s": {"age": 30, "rank": "mate"}}),
    ("setObjectKey", {"obj": {}, "path": ["a", "b"], "value": None}, {"a": {"b": None}}),
    ("setObjectKey", {"obj": {"l": [1, 2]}, "path": ["l", 1], "value": 9}, {"l": [1, 9]}),
    ("stringConcat", {"str": "crate ", "stringN": ["7", "b"]}, "crate 7b"),
    ("stringConcat", {"str": "a", "stringN": 5}, "a5"),
    ("replace", {"str": "aXbX", "substr": "X", "newSubstr": ""}, "abX"),
    ("replace", {"str": "aXbx", "substr": "/x/gi", "newSubstr": "-"}, "a-b-"),
    ("replace", {"str": "a/b", "substr": "/", "newSubstr": "."}, "a.b"),
    ("split", {"str": "a,b,c", "separator": ",", "limit": ""}, ["a", "b", "c"]),
    ("split", {"str": "a,b,c", "separator": ",", "limit": "2"}, ["a", "b"]),
    ("substring", {"str": "hello", "indexStart": 1, "indexEnd": ""}, "ello"),
    ("toLowerCase", {"str": "ÄB"}, "äb"),
    ("toUpperCase", {"str": "äb"}, "ÄB"),
    ("stringLength", {"str": "a😀"}, 3),
    ("parse", {"text": '{"a": [1]}'}, {"a": [1]}),
    ("objectToString", {"value": {"a": 1, "b": 2}, "replacer": "", "space": ""}, '{"a":1,"b":2}'),
    ("objectToString", {"value": {"a": 1, "b": 2}, "replacer": '["a"]', "space": 1}, '{\n "a": 1\n}'),
    ("objectToString", {"value": {"a": 1}, "replacer": []}, "{}"),
    ("numberToString", {"num": 255, "radix": 16}, "ff"),
    ("numberToString", {"num": 4.0, "radix": ""}, "4"),
    ("arrayLength", {"arr": [1, [2]]}, 2),
    ("arrayPush", {"arr": [1], "elementN": [2]}, [1, [2]]),
    ("unshift", {"arr": [1], "elementN": 0}, [0, 1]),
    ("arrayConcat", {"arr": [1], "arrayN": [2]}, [1, 2]),
    ("arrayToString", {"arr": [1, None, [2, 3]]}, "1,,2,3"),
    ("arrayIncludes", {"arr": [1, 2], "searchElement": "2", "fromIndex": ""}, False),
    ("arrayIncludes", {"arr": [1, 2], "searchElement": 2}, True),
    ("arrayIndexOf", {"arr": [1, 2, 1], "searchElement": 1, "fromIndex": 1}, 2),
    ("join", {"arr": ["a", 1, None], "separator": "-"}, "a-1-"),
    ("join", {"arr": ["a", "b"], "separator": ""}, "ab"),
    ("join", {"arr": ["a", "b"]}, "a,b"),
    ("slice", {"arr": [1, 2, 3], "begin": 1}, [2, 3]),
    ("getTime", {"timezone": "", "offsetDuration": "", "format": ""}, {"time": "2025-06-15T15:06:40.123000+0000", "formatString": "YYYY-MM-DDTHH:mm:ss.SSSSSSZZ"}),
    ("getTime", {"timezone": "(UTC-04:00) Santiago", "offsetDuration": {"days": 1, "months": 8}, "format": "D MMM YYYY h:mm A Z"}, {"time": "16 Feb 2026 11:06 AM -04:00", "formatString": "D MMM YYYY h:mm A Z"}),
    ("convertTimeFormat", {"inputTime": {"time": "09/03/2026 1:05 pm", "formatString": "DD/MM/YYYY h:mm a"}, "newFormatString": "dddd, MMMM Do [at] HH:mm"}, {"time": "Monday, March 9th at 13:05", "formatString": "dddd, MMMM Do [at] HH:mm"}),
    ("addDuration", {"inputTime": {"time": "2024-01-31", "formatString": "YYYY-MM-DD"}, "offsetDuration": {"months": 1}}, {"time": "2024-02-29", "formatString": "YYYY-MM-DD"}),
    ("addDuration", {"inputTime": {"time": "10", "formatString": "X"}, "offsetDuration": 2000}, {"time": "12", "formatString": "X"}),
    ("convertTimezone", {"inputTime": {"time": "12:00", "formatString": "HH:mm"}, "NewTimezone": "(UTC+02:00) Cairo"}, {"time": "14:00", "formatString": "HH:mm"}),
    ("convertTimeToEpoch", {"inputTime": {"time": "1970-01-02 +0000", "formatString": "YYYY-MM-DD ZZ"}, "EpochFormat": "Seconds"}, 86_400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "value"), GIVEN, ids=lambda each: str(each)[:60])
def test_a_step_gives_its_only_output_under_the_vendor_s_name(
    name: str, inputs: dict[str, Any], value: Any
) -> None:
    before = json.dumps(inputs)
    found = outcome(name, **inputs)
    assert found.state == SUCCESS, found
    assert found.outputs == {ROWS[ENGINE, name].outputs[0]: value}
    assert isinstance(next(iter(found.outputs.values())), bool) == isinstance(value, bool)
    assert json.dumps(inputs) == before


def test_the_difference_of_two_times_is_told_in_each_unit() -> None:
    first = {"time": "2026-03-09 12:00", "formatString": "YYYY-MM-DD HH:mm"}
    second = {"time": "2026-03-08 12:00", "formatString": "YYYY-MM-DD HH:mm"}
    assert outcome("calculateTimeDiff", firstTime=first, secondTime=second).outputs == {
        "timeDiff": {
            "milliseconds": 86_400_000,
            "seconds": 86_400,
            "minutes": 1_440,
            "hours": 24,
            "days": 1,
        }
    }


def test_outputs_have_the_names_that_documents_bind() -> None:
    names = {name: row.outputs[0] for (_, name), row in ROWS.items()}
    assert names["stringConcat"] == "combinedStrings"
    assert names["setObjectKey"] == "object"
    assert names["arrayPush"] == "pushedArray"
    assert {"pushedArray", "joinedElements", "splitArray"} <= set(names.values())
    assert [name for name, output in names.items() if output == "result"] == ["arrayIncludes"]


def test_methods_go_by_application_and_name() -> None:
    assert ("Ledger", "query") not in ROWS
    assert all(row.app == app and row.name == name for (app, name), row in ROWS.items())


# ---- what else comes of it ------------------------------------------------------------------------------


def test_steps_that_name_a_variable_set_it_whatever_their_outputs_are_bound_to() -> None:
    assert outcome("newVariable", name="x", value=1).variables == {"x": 1}
    assert outcome("push", job_variable="list", item_to_push=3).variables == {"list": [1, 2, 3]}
    assert outcome("pop", job_variable="list").variables == {"list": [1]}
    assert outcome("shift", job_variable="list").variables == {"list": [2]}
    assert VARIABLES["list"] == [1, 2]
    assert {row.name for row in ROWS.values() if row.sets} == {
        "newVariable",
        "push",
        "pop",
        "shift",
    }


def test_a_wait_a_description_and_an_error_are_told() -> None:
    assert outcome("delay", time=2).delay == 2
    assert outcome("updateJobDescription", description=5).description == "5"
    stub = outcome("stub", type="error", delay=3, response={"icode": "AD.1"})
    assert (stub.state, stub.error, stub.delay, stub.outputs) == (ERROR, {"icode": "AD.1"}, 3, {})
    assert outcome("stub", type="failure").outputs == {"response": None}


FAILING: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("query", {"query": "gone", "obj": {"a": 1}}, {"return_data": None}),
    ("query", {"query": "a", "obj": UNDEFINED}, {"return_data": None}),
    ("query", {"query": "l[*m~/+/]", "obj": {}}, {"return_data": None}),
    ("modify", {"object_to_update": {"a": 5}, "query": "a.b", "new_value": 1}, {}),
    ("pop", {"job_variable": "empty"}, {}),
    ("shift", {"job_variable": "empty"}, {}),
]


@pytest.mark.parametrize(("name", "inputs", "outputs"), FAILING)
def test_a_step_without_a_result_fails(
    name: str, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    found = outcome(name, **inputs)
    assert (found.state, found.outputs) == (FAILURE, outputs)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("newVariable", {"name": "x"}, "'value' must be given."),
    ("newVariable", {"name": "", "value": 1}, "'name' must be the name of a variable, not ''."),
    ("push", {"job_variable": "$var.job.list", "item_to_push": 1}, "the name of a variable"),
    ("push", {"job_variable": "user", "item_to_push": 1}, "'user' must be a list, not a text."),
    ("push", {"job_variable": "nothing", "item_to_push": 1}, "must be a list, not null."),
    ("pop", {"job_variable": "gone"}, "must be a list, not null."),
    ("delay", {"time": -1}, "from 0 to"),
    ("delay", {"time": "soon"}, "'time' must be a number, not a text."),
    ("delay", {"time": True}, "'time' must be a number, not a boolean."),
    ("stub", {"type": "maybe"}, "'type' must be success, failure or error, not 'maybe'."),
    ("makeData", {"input": "x", "outputType": "xml"}, "'outputType' must be one of"),
    ("makeData", {"input": "x", "outputType": "json"}, "no JSON"),
    ("makeData", {"input": "", "outputType": "number"}, "is no number."),
    ("makeData", {"input": "yes", "outputType": "boolean"}, "neither true nor false."),
    ("setObjectKey", {"obj": {}, "path": [], "value": 1}, "at least one key."),
    ("setObjectKey", {"obj": [], "path": ["a"], "value": 1}, "'obj' must be an object, not a list."),
    ("setObjectKey", {"obj": {}, "path": ["a"] * 999, "value": 1}, "nests deeper"),
    ("stringConcat", {"str": "a", "stringN": [None]}, "'stringN' must be texts, not null."),
    ("stringConcat", {"str": None, "stringN": "a"}, "'str' must be a text, not null."),
    ("replace", {"str": "a", "substr": "/(/", "newSubstr": ""}, "cannot be read"),
    ("parse", {"text": "{"}, "no JSON"),
    ("numberToString", {"num": 1, "radix": 1}, "'radix' must be from 2 to 36."),
    ("arrayLength", {"arr": "text"}, "'arr' must be a list, not a text."),
    ("arrayLength", {}, "'arr' must be a list, not null."),
    ("arrayConcat", {"arr": [], "arrayN": 1}, "'arrayN' must be a list, not a number."),
    ("join", {"arr": [], "separator": [1]}, "'separator' must be a text, not a list."),
    ("merge", {"data_to_merge": [{"key": "a"}]}, "an object with a 'value'."),
    ("deepmerge", {"data_to_merge": [{"value": {"task": "job", "variable": "n"}}]}, "must be an object, not a number."),
    ("getTime", {"timezone": "Mars"}, "is not known"),
    ("getTime", {"offsetDuration": {"eons": 1}}, "is no unit of time."),
    ("getTime", {"offsetDuration": {"days": 1e12}}, "beyond the years"),
    ("getTime", {"offsetDuration": {"months": 1e12}}, "beyond the years"),
    ("getTime", {"format": "YYYY Q"}, "has 'Q', which is not supported."),
    ("convertTimeFormat", {"inputTime": {"time": "x", "formatString": "YYYY"}, "newFormatString": "YY"}, "does not fit the format"),
    ("convertTimeFormat", {"inputTime": {}, "newFormatString": "YY"}, "'time' and 'formatString'."),
    ("convertTimeToEpoch", {"inputTime": {"time": "1", "formatString": "X"}, "EpochFormat": "Days"}, "Seconds or Milliseconds."),
    ("decision", {"decisionArray": []}, "No entry of 'decisionArray' holds."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "message"), REFUSED, ids=lambda each: str(each)[:60])
def test_a_step_that_cannot_be_done_ends_in_an_error_that_tells_where_and_why(
    name: str, inputs: dict[str, Any], message: str
) -> None:
    found = outcome(name, **inputs)
    assert found.state == ERROR
    assert found.error["IAPerror"]["origin"] == f"WorkFlowEngine-{name}"
    assert message in found.error["IAPerror"]["displayString"]


ANY: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1e300, "", "a", "$var.job.x", "[1]", [], [[]], {}, {"a": 1}]
)


@given(st.sampled_from(list(ROWS.values())), st.data())
def test_any_inputs_end_in_an_outcome(row: Any, data: Any) -> None:
    names = [each.name for each in row.parameters]
    inputs = data.draw(st.dictionaries(st.sampled_from(names), ANY))
    found = perform(row, inputs, situation())
    assert found.state in {SUCCESS, FAILURE, ERROR}
    json.dumps([dict(found.outputs), dict(found.variables), found.error])


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("makeData", {"input": "hush", "outputType": "number"}),
        ("makeData", {"input": "hush", "outputType": "json"}),
        ("parse", {"text": '{"a": hush'}),
        ("delay", {"time": "hush"}),
        ("replace", {"str": "a", "substr": "/(hush/", "newSubstr": ""}),
        ("getTime", {"timezone": "hush"}),
        ("convertTimeFormat", {"inputTime": {"time": "hush", "formatString": "YYYY"}, "newFormatString": "YY"}),
        ("evaluation", {"evaluation_groups": [{"evaluations": [{"operator": "contains", "operand_1": "a", "operand_2": "(hush"}]}]}),
        ("query", {"obj": {}, "query": "hush[*m~/+hush/]"}),
    ],
)  # fmt: skip
def test_no_value_is_told_to_those_who_read_errors_and_warnings(
    name: str, inputs: dict[str, Any]
) -> None:
    found = outcome(name, **inputs)
    assert found.state in {FAILURE, ERROR}
    assert found.error or found.warnings
    assert "hush" not in f"{found.error} {found.warnings}"


# ---- merge ------------------------------------------------------------------------------------------


def test_merge_makes_an_object_of_keys_and_a_list_without_any() -> None:
    assert merged(("a", job("user"))).outputs == {"merged_object": {"a": "jdoe"}}
    assert merged((None, job("n")), ("", static(7))).outputs == {"merged_object": [3, 7]}


def test_merge_leaves_out_what_was_never_set_and_keeps_what_is_null() -> None:
    found = merged(
        ("a", job("gone")), ("b", job("nothing")), ("c", {"task": "a1", "variable": "x"})
    )
    assert found.outputs == {"merged_object": {"b": None, "c": None}}


def test_merge_makes_a_list_of_what_has_the_same_key() -> None:
    assert merged(("a", static(1)), ("a", static(2))).outputs == {"merged_object": {"a": [1, 2]}}


def test_merge_refuses_keys_for_only_some() -> None:
    assert merged(("a", static(1)), (None, static(2))).state == ERROR


def test_deepmerge_folds_objects_and_replaces_the_rest() -> None:
    values = [{"a": {"x": 1, "l": [1]}}, {"a": {"y": 2, "l": [2]}}, {"a": {"x": {"z": 3}}}]
    entries = [{"key": "", "value": static(value)} for value in values]
    found = outcome("deepmerge", data_to_merge=[*entries, {"key": "k", "value": job("n")}])
    assert found.outputs == {"merged_object": {"a": {"x": {"z": 3}, "l": [2], "y": 2}, "k": 3}}


# ---- evaluation -------------------------------------------------------------------------------------


def compared(left: Any, operator: str, right: Any, **more: Any) -> MethodOutcome:
    evaluation = {"operand_1": static(left), "operator": operator, "operand_2": static(right)}
    group = {"all_true_flag": True, "evaluations": [evaluation | more]}
    return outcome("evaluation", all_true_flag=True, evaluation_groups=[group], options="")


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("1", "==", 1),
        (0, "==", "0"),
        (True, "==", "true"),
        ("true", "==", True),
        ("1.0", "==", 1),
        ("null", "==", None),
        ('{"a": [1]}', "==", {"a": [1]}),
        ([1], "==", "[1]"),
        ("a", "!=", 1),
        (None, "!=", 0),
        ("5", "==", "5"),
        ("007", "!=", 7),
        (True, "!=", 1),
        (2, "<", "10"),
        ("a", "<", "b"),
        ("10", ">", "9"),
        (3, ">=", 3),
        (3, "<=", 3),
        ("booted v9.2(4)", "contains", r"v9\.2"),
        (1234, "contains", "23"),
        ([1, {"a": 1}], "contains", {"a": 1}),
        ({"a": 1}, "contains", "a"),
        ([1], "!contains", "1"),
        (None, "!contains", "x"),
    ],
)
def test_a_comparison_holds(left: Any, operator: str, right: Any) -> None:
    found = compared(left, operator, right)
    assert (found.state, found.outputs, found.warnings) == (SUCCESS, {"return_value": True}, ())


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("a", "==", 1),
        (True, "==", 1),
        ([1], "==", [True]),
        (None, "==", ""),
        (None, "<", 5),
        (True, "<", False),
        ("a", "<", 5),
        ([], "<", [1]),
        (None, "contains", "x"),
        ({"a": 1}, "contains", 1),
        ([1], "contains", "1"),
    ],
)
def test_a_comparison_that_does_not_hold_is_a_failure_without_output(
    left: Any, operator: str, right: Any
) -> None:
    found = compared(left, operator, right)
    assert (found.state, found.outputs, found.warnings) == (FAILURE, {}, ())


@pytest.mark.parametrize(
    ("evaluation", "warning"),
    [
        ({"operator": "~="}, "The operator is not one of"),
        ({"operator": ["=="]}, "The operator is not one of"),
        ({"operator": "contains", "operand_1": "a", "operand_2": "("}, "cannot be read"),
        ({"operator": "!contains", "operand_1": "a", "operand_2": "("}, "cannot be read"),
        ({"operator": "==", "operand_1": {"l": []}, "query": "l[*a~/+/]"}, "repeats nothing"),
        ("nothing", "The operator is not one of"),
    ],
)
def test_an_evaluation_that_makes_no_sense_fails_and_warns(evaluation: Any, warning: str) -> None:
    found = outcome("evaluation", evaluation_groups=[{"evaluations": [evaluation]}])
    assert found.state == FAILURE
    assert warning in found.warnings[0]


@pytest.mark.parametrize("groups", [None, [], "text", [None], [{"evaluations": []}]])
def test_an_evaluation_of_nothing_fails(groups: Any) -> None:
    assert outcome("evaluation", evaluation_groups=groups).state == FAILURE


def test_queries_lead_into_both_operands() -> None:
    right = {"operand_2": job("answer"), "rightQuery": "state.code"}
    evaluation = {"operand_1": job("answer"), "query": "state.code", "operator": "=="}
    group = {"all_true_flag": False, "evaluations": [evaluation | right]}
    assert outcome("evaluation", evaluation_groups=[group]).state == SUCCESS
    assert compared({"a": 1}, "==", None, query="gone").state == SUCCESS


@pytest.mark.parametrize(
    ("outer", "inner", "state"),
    [
        (True, True, FAILURE),
        (True, False, FAILURE),
        (False, True, SUCCESS),
        (False, False, SUCCESS),
    ],
)
def test_flags_say_whether_all_or_one_must_hold(outer: bool, inner: bool, state: str) -> None:
    holds = {"operand_1": 1, "operator": "==", "operand_2": 1}
    fails = holds | {"operand_2": 2}
    groups = [
        {"all_true_flag": inner, "evaluations": [fails, fails]},
        {"all_true_flag": inner, "evaluations": [holds, holds]},
    ]
    assert outcome("evaluation", all_true_flag=outer, evaluation_groups=groups).state == state


def test_a_decision_names_the_step_of_the_first_entry_that_holds() -> None:
    def entry(value: str, key: str) -> dict[str, Any]:
        evaluation = {"operand_1": job("n"), "operator": "==", "operand_2": static(value)}
        return {"all_true_flag": True, "evaluations": [evaluation], "taskId": key}

    found = outcome("decision", decisionArray=[entry("1", "a"), entry("3", "b"), entry("3", "c")])
    assert (found.outputs, found.next_step) == ({"return_value": "b"}, "b")


# ---- pairs and moments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        (job("user"), "jdoe"),
        ({"task": "job", "value": "user"}, "jdoe"),
        (job("gone"), UNDEFINED),
        (static("$var.job.user"), "$var.job.user"),
        ({"task": "a1", "variable": "gone"}, None),
        ({"task": "a1", "variable": "found#/x/0"}, 5),
        (job("answer#/state/code"), 200),
        ("text", "text"),
        ({"other": 1}, {"other": 1}),
    ],
)
def test_a_pair_means(pair: Any, value: Any) -> None:
    assert read_pair(pair, VARIABLES, OUTPUTS) == value


def test_a_way_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(
        InputRefused, match=r"^Query failed for task incoming variables: answer#/gone$"
    ):
        read_pair(job("answer#/gone"), VARIABLES, OUTPUTS)
    assert merged(("a", job("answer#/gone"))).state == ERROR


@pytest.mark.parametrize(
    "written",
    [
        "YYYY-MM-DDTHH:mm:ss.SSSZZ",
        "YY/M/D H:m:s.SSS Z",
        "dddd, MMMM Do YYYY, h:mm:ss.SSS a Z",
        "DDDD YYYY hh A mm ss SSS ZZ",
        "x",
    ],
)
@given(milliseconds=st.integers(0, 3_000_000_000_000))
def test_a_moment_is_read_back_from_its_format(written: str, milliseconds: int) -> None:
    moment = read_moment(str(milliseconds), "x")
    if "YY/" not in written or moment.year < 2069:
        assert read_moment(write_moment(moment, written), written) == moment


def test_a_format_that_says_something_twice_cannot_be_read_by() -> None:
    with pytest.raises(BadMoment, match="says the same twice"):
        read_moment("1" * 100, "DD" * 100)
