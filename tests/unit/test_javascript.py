"""What JavaScript makes of values: facts of the language, as its engines print them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.workflow.javascript import texts
from gateway.engine.workflow.javascript.comparing import (
    equals_deeply,
    equals_loosely,
    equals_strictly,
    is_less,
    is_less_or_equal,
)
from gateway.engine.workflow.javascript.dates import Date, date_at, date_of_parts, parse_date
from gateway.engine.workflow.javascript.numbers import (
    number,
    parse_float,
    parse_int,
    read_number,
    write_in_base,
    write_number,
)
from gateway.engine.workflow.javascript.patterns import BadPattern, matches, pattern_of, search
from gateway.engine.workflow.javascript.stringify import NoJson, parse_json, plain, stringify
from gateway.engine.workflow.javascript.values import (
    UNDEFINED,
    is_truthy,
    own_keys,
    to_number,
    to_text,
    type_of,
)
from gateway.engine.workflow.limits import TooMuch, WorkBudget

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


# ---- numbers and texts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000, "123456789012345680000"),
        (1.5e-7, "1.5e-7"),
        (0.000001, "0.000001"),
        (1e-6 / 10, "1e-7"),
        (-1.25, "-1.25"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(value: float, text: str) -> None:
    assert write_number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_read_back(value: float) -> None:
    assert read_number(write_number(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        (" \n", 0),
        (" 12 ", 12),
        ("1.50", 1.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", 15),
        ("-Infinity", -math.inf),
        ("12px", None),
        ("1_000", None),
        ("0x", None),
        ("--1", None),
        ("+-Infinity", None),
        ("nan", None),
        ("٣", None),
    ],
)
def test_a_whole_text_is_a_number_or_none(text: str, value: float | None) -> None:
    found = read_number(text)
    assert math.isnan(found) if value is None else found == value


def test_the_start_of_a_text_is_parsed_as_a_number() -> None:
    assert [parse_float(each) for each in ("12.5kB", " -3e2x", "Infinityx")] == [
        12.5,
        -300,
        math.inf,
    ]
    assert [parse_int(each) for each in ("12.5kB", "0x1f", "-7up", "010")] == [12, 31, -7, 10]
    assert [parse_int("ff", 16), parse_int("101", 2), parse_int("z", 36)] == [255, 5, 35]
    assert all(
        map(math.isnan, (parse_float("x1"), parse_int(""), parse_int("9", 8), parse_int("1", 37)))
    )
    assert parse_int("9" * 5_000) == math.inf


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (255, 16, "ff"),
        (-255, 2, "-11111111"),
        (0.5, 2, "0.1"),
        (0.1, 3, "0.0022002200220022002200220022002201"),
        (-722.4651632021937, 7, "-2051.3153566620236205"),
        (2**70, 16, "400000000000000000"),
        (0.9999999999999999, 3, "0.222222222222222222222222222222222"),
        (3.75, 8, "3.6"),
        (math.nan, 2, "NaN"),
        (0, 36, "0"),
    ],
)
def test_a_number_is_written_in_another_base(value: float, base: int, text: str) -> None:
    assert write_in_base(value, base) == text


def test_numbers_are_doubles() -> None:
    assert number(2**53 + 1) == float(2**53)
    assert isinstance(number(2**60), float)
    assert number(10**400) == math.inf
    assert (number(4.0), type(number(4.0))) == (4, int)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (UNDEFINED, "undefined"),
        (True, "true"),
        ([1, None, [2, UNDEFINED, "x"]], "1,,2,,x"),
        ({"a": 1}, "[object Object]"),
        ([{}], "[object Object]"),
        (pattern_of("a/b", "gi"), "/a/b/gi"),
        (Date(0), "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)"),
        (Date(math.nan), "Invalid Date"),
    ],
)
def test_a_value_is_a_text(value: Any, text: str) -> None:
    assert to_text(value, WorkBudget()) == text


def test_a_value_is_a_number() -> None:
    values: list[Any] = [None, True, "7", [], [5], Date(9)]
    assert [to_number(each, WorkBudget()) for each in values] == [0, 1, 7, 0, 5, 9]
    strange: list[Any] = [UNDEFINED, {}, [1, 2], "x"]
    for value in strange:
        assert math.isnan(to_number(value, WorkBudget()))


def test_empty_lists_and_objects_are_true_and_empty_texts_are_not() -> None:
    assert all(map(is_truthy, ([], {}, "0", "false", -1, 0.5, Date(math.nan))))
    assert not any(map(is_truthy, ("", 0, 0.0, math.nan, None, UNDEFINED, False)))


def test_types_are_those_of_the_language() -> None:
    values: tuple[Any, ...] = (None, [], {}, "", 1, True, UNDEFINED, Date(0))
    assert [type_of(each) for each in values] == [
        *["object"] * 3,
        "string",
        "number",
        "boolean",
        "undefined",
        "object",
    ]


def test_lengths_and_positions_count_units() -> None:
    assert (texts.length("a😀b"), texts.cut("a😀b", 1, 3), texts.position("a😀b", 2)) == (
        4,
        "😀",
        3,
    )
    assert len(texts.split_units("😀")) == 2


def test_keys_that_are_whole_numbers_come_first() -> None:
    assert own_keys({"b": 1, "10": 1, "9": 1, "01": 1, "a": 1}) == ["9", "10", "b", "01", "a"]


# ---- comparing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "is_equal"),
    [
        ("1", 1, True),
        ("1.0", 1, True),
        (True, "1", True),
        (True, "true", False),
        (None, UNDEFINED, True),
        (None, 0, False),
        ("", 0, True),
        ([1], 1, True),
        ([1, 2], "1,2", True),
        ([], "", True),
        ({}, "[object Object]", True),
        ([1], [1], False),
        (math.nan, math.nan, False),
        (1, 1.0, True),
        (True, 1, True),
    ],
)
def test_loose_equality_converts(left: Any, right: Any, is_equal: bool) -> None:
    assert equals_loosely(left, right, WorkBudget()) is is_equal
    assert equals_loosely(right, left, WorkBudget()) is is_equal


def test_strict_equality_does_not_convert() -> None:
    assert equals_strictly(1, 1.0)
    assert not any(
        equals_strictly(left, right)
        for left, right in (("1", 1), (True, 1), (None, UNDEFINED), ([], []), (math.nan, math.nan))
    )


@given(JSON)
def test_a_value_is_deeply_equal_to_its_copy_and_to_no_longer_one(value: Any) -> None:
    assert equals_deeply(value, json.loads(json.dumps(value)), WorkBudget())
    assert not equals_deeply(value, [value], WorkBudget())


def test_true_is_not_deeply_equal_to_one() -> None:
    assert not equals_deeply({"a": [True]}, {"a": [1]}, WorkBudget())


@pytest.mark.parametrize(
    ("left", "right", "is_smaller"),
    [
        ("10", "9", True),
        ("10", 9, False),
        (2, "10", True),
        ("a", 1, False),
        (None, 1, True),
        (UNDEFINED, 1, False),
        ("\U0001f600", "\uffff", True),
        (Date(1), Date(2), True),
    ],
)
def test_texts_are_ordered_by_units_and_others_as_numbers(
    left: Any, right: Any, is_smaller: bool
) -> None:
    assert is_less(left, right, WorkBudget()) is is_smaller
    assert is_less_or_equal(left, right, WorkBudget()) is is_smaller


# ---- JSON -----------------------------------------------------------------------------------------


@given(JSON)
def test_json_is_written_so_that_it_is_read_back(value: Any) -> None:
    text = stringify(value, WorkBudget())
    assert text is not None
    assert parse_json(text, WorkBudget()) == value
    assert json.loads(stringify(value, WorkBudget(), indent=2) or "") == value


@pytest.mark.parametrize(
    ("value", "more", "text"),
    [
        ({"b": 1, "2": 2, "1": UNDEFINED}, {}, '{"2":2,"b":1}'),
        ([UNDEFINED, math.nan, 1e21, -0.0], {}, "[null,null,1e+21,0]"),
        ({"a": [1, {}], "b": []}, {"indent": 2}, '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'),
        ([1], {"indent": "--"}, "[\n--1\n]"),
        ([1], {"indent": 99}, f"[\n{' ' * 10}1\n]"),
        ({"a": {"a": 1, "b": 2}, "b": 3}, {"only": ["a"]}, '{"a":{"a":1}}'),
        ({"a": 1}, {"only": []}, "{}"),
        (Date(0), {}, '"1970-01-01T00:00:00.000Z"'),
        (pattern_of("a"), {}, "{}"),
        ("é\u2028\x7f\n\ud800", {}, '"é\u2028\x7f\\n\\ud800"'),
    ],
)
def test_json_is_written_as_the_language_writes_it(
    value: Any, more: dict[str, Any], text: str
) -> None:
    assert stringify(value, WorkBudget(), **more) == text


def test_undefined_is_no_json() -> None:
    assert stringify(UNDEFINED, WorkBudget()) is None


@pytest.mark.parametrize("text", ["", "{oops}", "[1,]", "NaN", "01", '{"a":1} x', "'a'"])
def test_a_text_that_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(NoJson, match="at character"):
        parse_json(text, WorkBudget())


def test_values_that_nest_too_deep_are_refused_everywhere() -> None:
    deep = nested(10_000)
    for work in (
        lambda: stringify(deep, WorkBudget()),
        lambda: to_text(deep, WorkBudget()),
        lambda: plain(deep),
        lambda: equals_deeply(deep, nested(10_000), WorkBudget()),
        lambda: parse_json("[" * 10_000 + "]" * 10_000, WorkBudget()),
    ):
        with pytest.raises(TooMuch, match="nests deeper"):
            work()


def test_a_value_that_would_be_too_large_when_written_is_refused() -> None:
    doubled: Any = ["x" * 1000]
    for _ in range(30):
        doubled = [doubled, doubled]
    for work in (lambda: stringify(doubled, WorkBudget()), lambda: plain(doubled)):
        with pytest.raises(TooMuch, match=r"larger|looks at"):
            work()


def test_half_a_character_is_not_given_to_those_who_write_it() -> None:
    with pytest.raises(TooMuch, match="middle of a character"):
        plain(["\ud83d"])


# ---- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-03-09T12:00:00.000Z", 1773057600000),
        ("2026-03-09", 1773014400000),
        ("2026-03", 1772323200000),
        ("2026", 1767225600000),
        ("2026-03-09T12:00+02:00", 1773050400000),
        ("2026-03-09 12:00:00", 1773057600000),
        ("2026-03-09T24:00:00Z", 1773100800000),
        ("03/09/2026", 1773014400000),
        ("March 9, 2026", 1773014400000),
        ("Mon Mar 09 2026 12:00:00 GMT+0100 (CET)", 1773054000000),
        ("Mon, 09 Mar 2026 12:00:00 GMT", 1773057600000),
        ("0001-01-01T00:00:00Z", -62135596800000),
    ],
)
def test_a_date_is_read(text: str, milliseconds: int) -> None:
    assert parse_date(text) == milliseconds


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-02-30", "2026-01-01T25:00Z"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert math.isnan(parse_date(text))


def test_parts_beyond_their_range_carry_over() -> None:
    assert date_of_parts([2026, 12, 1]).iso == "2027-01-01T00:00:00.000Z"
    assert date_of_parts([2026, 0, 0, -1]).iso == "2025-12-30T23:00:00.000Z"
    assert date_of_parts([99, 0]).iso == "1999-01-01T00:00:00.000Z"
    assert date_of_parts([12026, 0]).iso == "+012026-01-01T00:00:00.000Z"
    assert date_of_parts([-1, 0]).iso == "-000001-01-01T00:00:00.000Z"
    assert date_of_parts([1e9, 0]).is_invalid


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_moment_is_read_from_what_it_is_written_as(milliseconds: int) -> None:
    assert parse_date(date_at(milliseconds).iso) == milliseconds


# ---- patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "flags", "text", "found"),
    [
        (r"^\d+$", "", "12\n", None),
        (r"^\d+$", "m", "12\n", "12"),
        (".", "", "\n", None),
        (".", "s", "\n", "\n"),
        ("[^]", "", "\n", "\n"),
        ("[]", "", "a", None),
        ("[[]", "", "[", "["),
        (r"\/x", "", "a/x", "/x"),
        (r"\d", "", "٣", None),
        (r"\w+", "", "été", "t"),
        (r"\s", "", "\ufeff", "\ufeff"),
        (r"[^\S]", "", "\u00a0", "\u00a0"),
        (r"[\D]", "", "1a", "a"),
        (r"[\W]", "", "a_-", "-"),
        (r"\u0041\x42\cJ", "", "AB\n", "AB\n"),
        (r"\u{1F600}", "u", "😀", "😀"),
        (r"\A", "", "A", "A"),
        (r"\Z", "", "xZ", "Z"),
        ("a{,2}", "", "a{,2}", "a{,2}"),
        ("a{", "", "a{", "a{"),
        ("(?:foo){e<=1}", "", "foo{e<=1}", "foo{e<=1}"),
        ("(?<year>[0-9]{4})-\\k<year>", "", "x2026-2026", "2026-2026"),
        (r"(a)\1", "", "aa", "aa"),
        (r"(?<=a+)b", "", "aab", "b"),
        (r"(?<!a)b", "", "ab b", "b"),
        (r"\bcat\b", "", "a cat", "cat"),
        (r"A", "i", "xa", "a"),
        (r"[a-z]+?", "", "abc", "a"),
        (r"#  x", "", "#  x", "#  x"),
    ],
)
def test_a_pattern_means_what_it_means_in_the_language(
    source: str, flags: str, text: str, found: str | None
) -> None:
    match = search(pattern_of(source, flags), text, WorkBudget())
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("(", ""),
        ("a**", ""),
        ("*a", ""),
        ("a++", ""),
        ("[b-a]", ""),
        ("[a", ""),
        ("(?i)a", ""),
        ("(?P<a>b)", ""),
        ("(?>a)", ""),
        ("a\\", ""),
        ("a", "q"),
        ("a", "gg"),
        ("a", "y"),
        ("(" * 3_000 + ")" * 3_000, ""),
        ("a" * 5_000, ""),
        (r"\u{110000}", "u"),
    ],
)
def test_a_pattern_that_the_language_does_not_know_is_refused(source: str, flags: str) -> None:
    with pytest.raises(BadPattern):
        pattern_of(source, flags)


def test_a_global_pattern_finds_all() -> None:
    found = matches(pattern_of("[0-9]+", "g"), "a12b3", WorkBudget())
    assert [each[0] for each in found] == ["12", "3"]


def test_behind_an_empty_match_the_search_goes_on_one_place_further() -> None:
    found = matches(pattern_of("b*|.", "g"), "xb", WorkBudget())
    assert [each[0] for each in found] == ["", "b", ""]


def test_patterns_of_one_evaluation_share_the_time_that_they_have() -> None:
    budget = WorkBudget(patience=0.05)
    slow = pattern_of("^(a|a|a)*$")
    with pytest.raises(TooMuch):
        search(slow, "a" * 60 + "b", budget)
    assert budget.patience <= 0
    with pytest.raises(TooMuch):
        search(slow, "a" * 60 + "b", budget)
