"""Transformations: what documents make of values, what is refused, and that everything ends."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.workflow.limits import WorkBudget
from gateway.engine.workflow.transformations import (
    Options,
    TransformationFailed,
    read_options,
    read_transformation,
    run,
)
from gateway.engine.workflow.transformations.method import Surroundings
from gateway.engine.workflow.transformations.methods import CHOICES, METHODS
from tests.transforming import Draft, made

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "corpus" / "transformations.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def performed(case: dict[str, Any]) -> dict[str, Any]:
    reading = read_transformation(case["document"])
    if reading.transformation is None:
        raise TransformationFailed(reading.flaws[0].message)
    return run(reading.transformation, case["inputs"], read_options(case["options"]))


@pytest.mark.parametrize(
    "case",
    [case for case in CORPUS if case.get("expect") != "error"],
    ids=lambda case: f"{case['id']} {case['title']}",
)
def test_a_document_makes_of_values_what_the_vendor_makes_of_them(case: dict[str, Any]) -> None:
    before = json.dumps(case["inputs"])
    found = performed(case)
    assert json.dumps(found, sort_keys=True) == json.dumps(case["expected"], sort_keys=True)
    assert json.dumps(case["inputs"]) == before


@pytest.mark.parametrize(
    "case",
    [case for case in CORPUS if case.get("expect") == "error"],
    ids=lambda case: f"{case['id']} {case['title']}",
)
def test_what_cannot_be_done_is_refused_with_a_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(TransformationFailed, match=r".{10,}\."):
        performed(case)


# ---- single methods ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("Array.new Array", [], []),
        ("Array.concat", [[1], [[2]], 3], [1, [2], 3]),
        ("Array.fill", [[1, 2, 3], 0, -1], [1, 2, 0]),
        ("Array.from", ["ab"], ["a", "b"]),
        ("Array.from", [{"length": 2}], [None, None]),
        ("Array.getIndex", [[1], 5], "nothing"),
        ("Array.includes", [[1], True], False),
        ("Array.indexOf", [[1, 2, 1], 1, 1], 2),
        ("Array.indexOf", [[1, 2, 1], 1, -1], 2),
        ("Array.join", [[1, [2, 3], {}]], "1,2,3,[object Object]"),
        ("Array.pop", [[]], {"array": []}),
        ("Array.setIndex", [[1], 3, 9], [1, None, None, 9]),
        ("Array.slice", [[1, 2, 3], -2], [2, 3]),
        ("Array.slice", [[1, 2, 3], 2, 1], []),
        ("Array.sort", [["b", "a", 10, 9]], [10, 9, "a", "b"]),
        ("Array.splice", [[1, 2, 3], 1], {"array": [1], "spliced": [2, 3]}),
        ("Array.splice", [[1, 2], -1, 0, 8, 9], {"array": [1, 8, 9, 2], "spliced": []}),
        ("Array.toString", [[1, [2]]], "1,2"),
        ("Set.new Set", [[1, "1", 1, True, True]], [1, "1", True]),
        ("Set.new Set", [], []),
        ("Object.new Object", [[1]], [1]),
        ("Object.getProperty", [[5, 6], "length"], 2),
        ("Object.setProperty", ["text", "k", 1], "text"),
        ("Object.setProperty", [[1], 0, 9], [9]),
        ("Object.deleteProperty", [{"a": 1}, "b"], {"a": 1}),
        ("Object.entries", [["x"]], [["0", "x"]]),
        ("Object.keys", [{"b": 1, "1": 1}], ["1", "b"]),
        ("Object.hasOwnProperty", [{"a": None}, "a"], True),
        ("Object.optional chaining", [{"a": None}, "a", "b"], "nothing"),
        ("JSON.stringify", [{"a": 1, "b": 2}, ["b"]], '{"b":2}'),
        ("JSON.type of", [], "undefined"),
        ("String.new String", [5], "5"),
        ("String.concat", [1, None, "x"], "1x"),
        ("String.split", ["a1b2c", "1"], ["a", "b2c"]),
        ("String.split", ["abc", ""], ["a", "b", "c"]),
        ("String.split", ["abc"], ["abc"]),
        ("String.replace", ["aa", "a", "[$&]"], "[a]a"),
        ("String.replace", ["abc", "b", "$`|$'|$$|$1"], "aa|c|$|$1c"),
        ("String.substring", ["abc", 2, 0], "ab"),
        ("String.indexOf", ["abcabc", "c", 3], 5),
        ("String.charAt", ["abc", 7], ""),
        ("String.trim", ["\ufeff a\u00a0"], "a"),
        ("String.search", ["abc", "c$"], 2),
        ("String.match", ["abc", "(z)?b"], ["b", None]),
        ("String.match", ["abc", "z"], None),
        ("RegExp.test", ["^a.c$", "abc"], True),
        ("RegExp.exec", ["(b)(c)?", "ab"], ["b", "b", None]),
        ("Math.add", [1, [2]], "12"),
        ("Math.add", [None, True], None),
        ("Math.add", [0.1, 0.2], 0.30000000000000004),
        ("Math.divide", [1, 0], None),
        ("Math.divide", ["9", 3], 3),
        ("Math.exponentiation", [2, 1024], None),
        ("Math.exponentiation", [2, -1], 0.5),
        ("Math.round", [-1.5], -1),
        ("Math.round", [0.49999999999999994], 0),
        ("Math.max", [], None),
        ("Math.max", [1, "3", 2], 3),
        ("Math.min", [1, "x"], None),
        ("Number.parseInt", ["ff", 16], 255),
        ("Number.isInteger", [5.0], True),
        ("Number.isInteger", ["5"], False),
        ("Number.toString", [255, 16], "ff"),
        ("Boolean.new Boolean", ["false"], False),
        ("Boolean.new Boolean", [[]], True),
        ("Boolean.new Boolean", [], False),
        ("Logical.not", [""], True),
        ("Logical.and", ["", 5], ""),
        ("Logical.or", ["", 5], 5),
        ("Logical.nullish", ["", 5], ""),
        ("Equality.equality", ["1", 1], True),
        ("Relational.lessThan", ["10", "9"], True),
        ("Relational.lessThanOrEqual", [2, 2], True),
        ("WorkFlowEngine.query", [True, "gone", {"a": 1}], {"a": 1}),
        ("WorkFlowEngine.query", [False, "gone", {"a": 1}], None),
    ],
)
def test_a_method_gives(name: str, arguments: list[Any], value: Any) -> None:
    found = run(made(Draft().calling(name, *arguments).to("r")), {}, Options(extracts=True))
    assert found == ({} if value == "nothing" else {"r": value})
    assert isinstance(found.get("r"), bool) == isinstance(value, bool)


def test_a_pattern_splits_and_replaces() -> None:
    draft = Draft("s")
    pattern = draft.call("RegExp.new RegExp", r"\s*([,;])\s*", "g")
    draft.to("parts", draft.call("String.split", draft.input("s"), pattern))
    draft.to("new", draft.call("String.replace", draft.input("s"), pattern, "<$1>$01$2"))
    found = run(made(draft), {"s": "a , b;c"})
    assert found == {"parts": ["a", ",", "b", ";", "c"], "new": "a<,>,$2b<;>;$2c"}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Array.push", ["text", 1], "a list as argument 1, not a text"),
        ("Array.reduce", [[], "f"], "a first value for an empty list"),
        ("Array.setIndex", [[], -1, 1], "a position"),
        ("Object.keys", [None], "a value as argument 1, not undefined"),
        ("Object.fromEntries", [[1]], "pairs of key and value"),
        ("Object.new Object", ["{"], "a JSON text"),
        ("JSON.stringify", [{}, "f"], "a list of keys"),
        ("String.trim", [{"a": 1}], "a text as argument 1, not an object"),
        ("String.match", ["a", "("], "another pattern"),
        ("RegExp.new RegExp", ["a", "q"], "another pattern"),
        ("Number.toString", [1, 99], "a base from 2 to 36"),
        ("Date.getTime", ["2026"], "a date as argument 1"),
        ("WorkFlowEngine.query", [False, "list[*m~/+/]", {}], "another query"),
    ],
)
def test_a_method_that_cannot_work_says_which_argument_is_wrong(
    name: str, arguments: list[Any], message: str
) -> None:
    draft = Draft().with_function("f", 3).calling(name, *arguments).to("r")
    with pytest.raises(
        TransformationFailed, match=rf"^Transformation 'draft': step 1 \(.*{message}"
    ):
        run(made(draft), {})


def test_a_date_that_is_none_cannot_be_written() -> None:
    draft = Draft()
    date = draft.call("Date.new Date", "tomorrow", overload=2)
    draft.to("r", draft.call("Date.toISOString", date))
    with pytest.raises(TransformationFailed, match="a valid date"):
        run(made(draft), {})


def test_now_and_random_come_from_the_surroundings() -> None:
    draft = Draft().calling("Date.now").to("now")
    draft.to("random", draft.call("Math.random"))
    surroundings = Surroundings(now=lambda: 1234.9, random=lambda: 0.25)
    assert run(made(draft), {}, surroundings=surroundings) == {"now": 1234, "random": 0.25}


def test_a_list_is_sorted_as_a_function_compares() -> None:
    draft = Draft("a").with_function("compare", 2, "Math.subtract")
    draft.to("r", draft.call("Array.sort", draft.input("a"), "compare"))
    assert run(made(draft), {"a": [10, 9, 1]}, Options(extracts=True)) == {"r": [1, 9, 10]}


# ---- documents ----------------------------------------------------------------------------------------


def flaws(**changes: Any) -> list[tuple[str, str]]:
    document = {"name": "d", "incoming": [], "outgoing": [{"$id": "r"}], "steps": []} | changes
    return [(flaw.place, flaw.message) for flaw in read_transformation(document).flaws]


def link(source: dict[str, Any], target: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "assign", "from": source, "to": target, **more}


IN = {"location": "incoming", "name": "a", "ptr": ""}
OUT = {"location": "outgoing", "name": "r", "ptr": ""}
STEP = {"id": 1, "type": "method", "library": "Array", "method": "length", "args": [None]}
FROM_STEP = {"location": "method", "name": 1, "ptr": "/return"}
TO_STEP = {"location": "method", "name": 1, "ptr": "/args/0/value"}


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"incoming": None}, "/incoming", "'incoming' must be a list"),
        ({"incoming": [{}]}, "/incoming/0", "needs its name"),
        ({"outgoing": [{"$id": "r"}] * 2}, "/outgoing/1", "'r' is there already"),
        ({"steps": [7]}, "/steps/0", "must be an object"),
        ({"steps": [STEP | {"id": "1"}]}, "/steps/0", "needs an 'id'"),
        ({"steps": [STEP | {"id": True}]}, "/steps/0", "needs an 'id'"),
        ({"steps": [STEP, STEP]}, "/steps/1", "is there already"),
        ({"steps": [STEP | {"args": {}}]}, "/steps/0", "'args' of step 1 must be a list"),
        ({"steps": [STEP | {"type": "macro"}]}, "/steps/0", "of the type 'macro'"),
        ({"steps": [STEP | {"method": "lenght"}]}, "/steps/0", "did you mean 'Array.length'"),
        ({"steps": [STEP | {"method": "map"}]}, "/steps/0", "needs the id of a function"),
        (
            {"steps": [STEP | {"method": "map", "args": [[], "f"]}]},
            "/steps/0",
            "calls the function 'f', which is not there",
        ),
        ({"steps": [{"id": 1, "type": "function", "function": "f"}]}, "/steps/0", "'f', which is"),
        ({"steps": [STEP | {"context": "#/x"}]}, "/steps/0", "is written as # or"),
        ({"steps": [STEP | {"context": "#/9[0]"}]}, "/steps/0", "names step 9, which does not"),
        ({"steps": [link(IN, OUT)]}, "/steps/0", "'a', which is not declared in 'incoming'"),
        ({"steps": [link(FROM_STEP, OUT)]}, "/steps/0", "comes from step 1, which is not there"),
        (
            {"incoming": [{"$id": "a"}], "steps": [link(IN, OUT | {"name": "z"})]},
            "/steps/0",
            "'z', which is not declared in 'outgoing'",
        ),
        (
            {"incoming": [{"$id": "a"}], "steps": [link(IN, TO_STEP)]},
            "/steps/0",
            "goes to step 1, which is not there",
        ),
        ({"steps": [STEP, link(FROM_STEP, TO_STEP)]}, "/steps/0", "need one another in a circle"),
        ({"steps": [link({}, OUT)]}, "/steps/0", "cannot come from the location"),
        ({"steps": [link(IN, {})]}, "/steps/0", "cannot go to the location"),
        ({"steps": [{"type": "assign"}]}, "/steps/0", "needs 'from'"),
        ({"steps": [link(IN | {"ptr": "a"}, OUT)]}, "/steps/0", "must be a JSON pointer"),
        ({"steps": [link(FROM_STEP | {"ptr": "/x"}, OUT)]}, "/steps/0", "begins with /return"),
        ({"steps": [link(FROM_STEP | {"name": "1"}, OUT)]}, "/steps/0", "the id of a step"),
        ({"steps": [link(IN, TO_STEP | {"ptr": "/args/999/value"})]}, "/steps/0", "N below 256"),
        ({"functions": [{"id": "f"}]}, "/functions/0/steps", "'steps' must be a list"),
        ({"functions": 5}, "/functions", "'functions' must be a list"),
        (
            {"functions": [{"id": "f", "incoming": [], "outgoing": [], "steps": []}] * 2},
            "/functions/1",
            "with the id 'f' is there already",
        ),
    ],
)
def test_a_flaw_of_a_document_is_told_with_its_place(
    changes: dict[str, Any], place: str, message: str
) -> None:
    assert any(where == place and message in text for where, text in flaws(**changes))


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_object_is_no_transformation(document: Any) -> None:
    assert read_transformation(document).flaws[0].place == ""


PARTS: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        0,
        1,
        -1,
        True,
        "",
        "#",
        "#/1[0]",
        "r",
        "a",
        "method",
        "incoming",
        "/return",
        [],
        {},
        [[]],
    ]
)
KEYS = ["id", "type", "args", "context", "from", "to", "library", "method", "name", "ptr", "return"]
STEPS = st.lists(
    st.dictionaries(
        st.sampled_from(KEYS), PARTS | st.dictionaries(st.sampled_from(KEYS), PARTS, max_size=4)
    ),
    max_size=4,
)


@given(STEPS, PARTS, PARTS)
def test_any_document_is_read_or_has_flaws(steps: list[Any], incoming: Any, functions: Any) -> None:
    document = {"incoming": [{"$id": "a"}, incoming], "outgoing": [{"$id": "r"}]}
    reading = read_transformation(document | {"steps": steps, "functions": functions})
    assert (reading.transformation is None) == bool(reading.flaws)


@given(st.sampled_from([*METHODS, *CHOICES]), st.lists(PARTS, max_size=4))
def test_any_method_takes_any_arguments_or_says_why_not(name: str, arguments: list[Any]) -> None:
    calls_back = name in METHODS and METHODS[name].calls_back
    given_arguments = [arguments[0] if arguments else [1, 2], "f", 0] if calls_back else arguments
    draft = Draft().with_function("f", 3).calling(name, *given_arguments).to("r")
    try:
        json.dumps(run(made(draft), {}, budget=WorkBudget(work=20_000)), allow_nan=False)
    except TransformationFailed as fault:
        assert str(fault).startswith("Transformation 'draft': ")  # noqa: PT017  either is right


# ---- options ----------------------------------------------------------------------------------------


def test_a_default_of_an_output_stands_where_nothing_goes() -> None:
    draft = Draft().to("r", default=7)
    assert run(made(draft), {}, Options(extracts=True, uses_defaults=True)) == {"r": 7}
    assert run(made(draft), {}, Options(extracts=True)) == {}


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, 1.5, "must be of type integer"),
        ({"type": ["string", "null"]}, True, "must be of type string or null, not a boolean"),
        ({"const": 1}, True, "must be 1"),
        ({"enum": ["a"]}, "b", "must be one of 'a'"),
        ({"required": ["x"]}, {}, "'v' needs 'x'"),
        (
            {"properties": {"x": {"properties": {"y": {"type": "array"}}}}},
            {"x": {"y": 1}},
            "'v/x/y'",
        ),
    ],
)
def test_an_input_that_does_not_fit_its_schema_is_refused_if_that_is_asked(
    schema: dict[str, Any], value: Any, message: str
) -> None:
    draft = Draft()
    draft.to("r", draft.input("v", **schema))
    with pytest.raises(TransformationFailed, match=message):
        run(made(draft), {"v": value}, Options(validates=True))
    assert run(made(draft), {"v": value}, Options(extracts=True)) == {"r": value}


@pytest.mark.parametrize("written", [None, "", {}, {"extractOutput": ""}])
def test_options_that_say_nothing_are_none(written: Any) -> None:
    assert read_options(written) == Options()


@pytest.mark.parametrize("written", [[], "x", {"extract": True}, {"extractOutput": 1}])
def test_options_that_are_none_are_refused(written: Any) -> None:
    with pytest.raises(TransformationFailed, match="option"):
        read_options(written)


# ---- hostile documents ------------------------------------------------------------------------------


def stopped(draft: Draft, message: str, **inputs: Any) -> None:
    with pytest.raises(TransformationFailed, match=message):
        run(made(draft), inputs)


@contextmanager
def measured() -> Iterator[None]:
    """At most 600 MiB are taken inside."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 600 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_function_that_calls_itself_without_end_is_stopped() -> None:
    draft = Draft().with_function("f", 1, "function f")
    stopped(draft.calling("function f", 1).to("r"), "functions more than 40 deep")


def test_a_long_way_of_steps_is_gone() -> None:
    draft = Draft()
    value: Any = draft.call("Math.add", 0, 1)
    for _ in range(5_000):
        value = draft.call("Math.add", value, 1)
    assert run(made(draft.to("r", value)), {}, Options(extracts=True)) == {"r": 5_001}


def test_functions_that_multiply_their_calls_are_stopped() -> None:
    draft = Draft("a").with_function("f", 3, "Math.add")
    values = draft.input("a")
    for _ in range(30):
        values = draft.call("Array.map", values, "f")
    stopped(draft.to("r", values), "more than 100000 calls", a=list(range(5_000)))


def test_a_text_that_doubles_is_stopped() -> None:
    draft = Draft()
    value: Any = "x" * 1_000
    for _ in range(60):
        value = draft.call("String.concat", value, value)
    with measured():
        stopped(draft.to("r", value), "larger than")


def test_a_list_that_holds_itself_twice_again_and_again_is_stopped() -> None:
    draft = Draft()
    value: Any = "x" * 1_000
    for _ in range(60):
        value = draft.call("Array.new Array", value, value)
    stopped(draft.to("r", value), "larger than")
    stopped(draft.to("r", draft.call("JSON.stringify", value)), "larger than")


def test_lists_that_are_copied_for_each_of_their_elements_are_stopped() -> None:
    draft = Draft("a").with_function("grow", 3, "Array.push", order=(2, 0))
    draft.to("r", draft.call("Array.map", draft.input("a"), "grow"))
    with measured():
        stopped(draft, "larger than", a=list(range(50_000)))


def folding(*calls: tuple[Any, ...]) -> Draft:
    """A fold in which each call has what it is given by place: `acc`, `each`, or the call before."""
    draft, inner = Draft("a"), Draft()
    known = {name: inner.input(name) for name in ("acc", "each", "index", "list")}
    for name, *arguments in calls:
        written = [known.get(each, each) if isinstance(each, str) else each for each in arguments]
        known["last"] = inner.call(name, *written)
    draft.functions.append({"id": "f"} | inner.to("r").document)
    return draft.to("r", draft.call("Array.reduce", draft.input("a"), "f", []))


def test_a_list_may_grow_element_by_element() -> None:
    draft = folding(("Array.push", "acc", "each"))
    values = list(range(3_000))
    budget = WorkBudget(made=8_000_000)
    assert run(made(draft), {"a": values}, Options(extracts=True), budget=budget) == {"r": values}


@pytest.mark.parametrize(
    "calls",
    [
        [("Array.push", "list", "acc")],
        [("Array.concat", "list", [0]), ("Array.push", "acc", "last")],
        [("Array.concat", "list", "acc"), ("Array.new Array", "last")],
    ],
)
def test_what_is_kept_inside_of_a_value_that_grows_is_counted(calls: list[Any]) -> None:
    with pytest.raises(TransformationFailed, match="larger than"):
        run(made(folding(*calls)), {"a": list(range(2_000))}, budget=WorkBudget(made=8_000_000))


def test_a_length_without_measure_is_refused() -> None:
    draft = Draft().calling("Array.new Array", 4e9, overload=1).to("r")
    stopped(draft, "a length from 0 to")
    stopped(Draft().calling("Array.setIndex", [], 4e9, 1).to("r"), "a position")


def test_a_pattern_without_end_is_stopped() -> None:
    draft = Draft().calling("RegExp.test", "^(a|a|a)*$", "a" * 60 + "b").to("r")
    stopped(draft, r"step 1 \(RegExp.test\): Its patterns search longer than 1 s")


def test_a_document_of_too_many_steps_or_too_deep_functions_is_refused() -> None:
    many = [STEP | {"id": index} for index in range(20_001)]
    assert "at most 20000 steps" in flaws(steps=many)[0][1]
    inner: dict[str, Any] = {"id": "f", "incoming": [], "outgoing": [], "steps": []}
    for _ in range(50):
        inner = inner | {"functions": [inner]}
    assert any("16 deep" in message for _, message in flaws(functions=[inner]))


def test_a_large_document_is_read() -> None:
    steps = [STEP | {"id": index, "summary": "x" * 1_000} for index in range(10_000)]
    assert flaws(steps=steps) == []
