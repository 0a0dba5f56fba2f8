"""From text to canonical values: what each type accepts and refuses (midpoint-rest 4.3)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.model.schema import Item, Kind
from gateway.model.types import SCHEMA
from gateway.model.values import bare_name, convert, to_instant

LONG = 2**63


def item(type_name: str) -> Item:
    return Item(name="thing", kind=Kind.PROPERTY, type=type_name)


STATE = SCHEMA["TaskType"].items["schedulingState"]
UNPAUSE = SCHEMA["TaskType"].items["unpauseAction"]


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("string", " as it is ", " as it is "),
        ("polystring", "Ján", "Ján"),
        ("path", " activity/work ", "activity/work"),
        ("uri", " http://x ", "http://x"),
        ("int", "5", 5),
        ("int", " -5 ", -5),
        ("int", "+5", 5),
        ("int", "2147483647", 2**31 - 1),
        ("int", "-2147483648", -(2**31)),
        ("long", "9223372036854775807", LONG - 1),
        ("long", "-9223372036854775808", -LONG),
        ("decimal", "1.5", 1.5),
        ("decimal", ".5", 0.5),
        ("decimal", "-1.5e3", -1500.0),
        ("boolean", "true", True),
        ("boolean", " False ", False),
        ("duration", "PT5M", "PT5M"),
        ("duration", " -P1Y2M3DT4H5M6.7S ", "-P1Y2M3DT4H5M6.7S"),
        ("qname", "c:UserType", "UserType"),
        ("qname", "org:manager", "manager"),
        ("qname", "UserType", "UserType"),
        (
            "qname",
            "http://midpoint.evolveum.com/xml/ns/public/common/common-3#UserType",
            "UserType",
        ),
        ("qname", "http://example.com/UserType", "UserType"),
        ("qname", "ri:account", "ri:account"),
        ("dateTime", "2025-01-31T08:00:00Z", "2025-01-31T08:00:00.000Z"),
    ],
)
def test_a_value_is_converted_by_its_type(type_name: str, text: str, expected: object) -> None:
    converted = convert(item(type_name), text)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("type_name", "text", "reason"),
    [
        ("int", "x", "not an integer"),
        ("int", "", "not an integer"),
        ("int", "1.0", "not an integer"),
        ("int", "1e3", "not an integer"),
        ("int", "٣", "not an integer"),
        ("int", "1_000", "not an integer"),
        ("int", "2147483648", "out of range"),
        ("int", "-2147483649", "out of range"),
        ("int", "9" * 5_000, "not an integer"),
        ("long", "9223372036854775808", "out of range"),
        ("decimal", "x", "not a number"),
        ("decimal", "1e999", "not a number"),
        ("decimal", "nan", "not a number"),
        ("decimal", "inf", "not a number"),
        ("boolean", "yes", "not a boolean"),
        ("boolean", "1", "not a boolean"),
        ("duration", "P", "not a duration"),
        ("duration", "PT", "not a duration"),
        ("duration", "5 minutes", "not a duration"),
        ("qname", "", "not a qualified name"),
        ("qname", "c:", "not a qualified name"),
        ("qname", "two words", "not a qualified name"),
        ("dateTime", "yesterday", "not a date-time"),
        ("dateTime", "2025-02-30", "not a date-time"),
        ("dateTime", "2025-01-31T25:00:00Z", "not a date-time"),
        ("dateTime", "2025-01-31 08:00:00", "not a date-time"),
        ("dateTime", "0000-01-01", "not a date-time"),
        ("dateTime", "9999-12-31T23:59:59-14:00", "not a date-time"),
        ("dateTime", "0001-01-01T00:00:00+14:00", "not a date-time"),
    ],
)
def test_what_is_no_value_of_the_type_is_refused_with_a_reason(
    type_name: str, text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        convert(item(type_name), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-31", "2025-01-31T00:00:00.000Z"),
        ("2025-01-31T08:00:00", "2025-01-31T08:00:00.000Z"),
        ("2025-01-31T08:00:00.5", "2025-01-31T08:00:00.500Z"),
        ("2025-01-31T08:00:00.123456789Z", "2025-01-31T08:00:00.123Z"),
        ("2025-01-31T08:00:00+02:00", "2025-01-31T06:00:00.000Z"),
        (" 2025-01-31T08:00:00-05:30 ", "2025-01-31T13:30:00.000Z"),
    ],
)
def test_an_instant_is_kept_in_utc_with_milliseconds(text: str, expected: str) -> None:
    assert to_instant(text) == expected


def test_an_instant_without_a_zone_is_in_the_servers_zone() -> None:
    prague = ZoneInfo("Europe/Prague")
    assert to_instant("2025-07-01T08:00:00", prague) == "2025-07-01T06:00:00.000Z"
    assert to_instant("2025-01-01", prague) == "2024-12-31T23:00:00.000Z"
    assert to_instant("2025-07-01T08:00:00Z", prague) == "2025-07-01T08:00:00.000Z"


@pytest.mark.parametrize("text", ["ready", " ready ", "READY"])
def test_an_enum_reads_its_word_and_its_constant(text: str) -> None:
    assert convert(STATE, text) == "ready"


def test_the_constant_of_a_word_in_camel_case_has_underscores() -> None:
    assert convert(UNPAUSE, "EXECUTE_IMMEDIATELY") == "executeImmediately"


@pytest.mark.parametrize("text", ["Ready", "rEADY", "", "TASK_READY"])
def test_other_spellings_of_an_enum_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a value of schedulingState"):
        convert(STATE, text)


def test_a_misspelt_enum_names_the_nearest_word() -> None:
    with pytest.raises(ValueError, match="did you mean 'ready'"):
        convert(STATE, "reddy")


def test_an_enum_that_resembles_nothing_names_all_its_words() -> None:
    with pytest.raises(ValueError, match="one of ready, waiting, suspended, closed"):
        convert(STATE, "xyz")


def test_a_long_text_is_cut_in_the_message() -> None:
    with pytest.raises(ValueError, match="not an integer") as caught:
        convert(item("int"), "x" * 100_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("given", "expected"), [("c:UserType", "UserType"), ("http://x#T", "T"), ("T", "T")]
)
def test_a_bare_name_has_neither_prefix_nor_namespace(given: str, expected: Any) -> None:
    assert bare_name(given) == expected
