"""The vocabulary of scripts: every action has its row, and every parameter what reads it."""

from __future__ import annotations

import pytest

from gateway.engine.objects.open_values import flag, list_values, members, raw_option, text
from gateway.engine.scripting.actions import ACTIONS, NAMED
from gateway.engine.scripting.reading import PARAMETERS
from gateway.errors import SchemaViolation, Unsupported


def test_the_vocabulary_is_the_one_that_is_promised() -> None:
    assert set(ACTIONS) == set(
        "add modify delete assign unassign enable disable recompute resume suspend notify".split()
    )


@pytest.mark.parametrize("row", ACTIONS.values(), ids=lambda row: row.name)
def test_every_parameter_of_an_action_can_be_read_and_given(row: object) -> None:
    assert set(row.parameters) <= set(PARAMETERS)  # type: ignore[attr-defined]
    assert set(row.needed) <= set(row.parameters)  # type: ignore[attr-defined]


def test_no_name_stands_for_two_actions() -> None:
    assert len(NAMED) == sum(1 + len(row.aliases) for row in ACTIONS.values())


@pytest.mark.parametrize("given", [True, "true", " TRUE ", {"@type": "boolean", "@value": True}])
def test_a_flag_is_understood_as_it_is_written(given: object) -> None:
    assert flag(given, "raw")


@pytest.mark.parametrize("given", ["yes", 1, None, []])
def test_what_is_no_flag_is_refused_with_its_place(given: object) -> None:
    with pytest.raises(SchemaViolation, match="'options/raw'"):
        flag(given, "options/raw")


def test_one_value_and_a_list_of_one_are_the_same() -> None:
    assert list_values("x") == list_values(["x"]) == ["x"]
    assert list_values(None) == []


def test_an_unknown_member_is_refused_with_its_place_and_a_suggestion() -> None:
    with pytest.raises(SchemaViolation, match="Did you mean 'itemDelta'") as caught:
        members({"itemDetla": 1}, ("itemDelta", "oid"), "delta")
    assert caught.value.path == "delta/itemDetla"


def test_prefixes_and_annotations_do_not_count() -> None:
    assert members({"t:oid": 1, "@ns": "x"}, ("oid",), "delta") == {"oid": 1}


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(SchemaViolation):
        text("  ", "name")


def test_options_without_anything_to_act_on_are_taken_and_others_refused_by_name() -> None:
    assert raw_option({"reconcile": True, "raw": True}, "executionOptions")
    assert raw_option(None, "executionOptions", default=True)
    with pytest.raises(Unsupported, match="'overwrite'"):
        raw_option({"overwrite": True}, "executionOptions")
