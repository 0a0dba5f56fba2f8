from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.cli.query import query

if TYPE_CHECKING:
    from typer.testing import Result


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(query, arguments, input=text, env={"NO_COLOR": "1", "COLUMNS": "400"})


def test_a_correct_filter_is_called_correct() -> None:
    result = run("check", "name = 'a'", "--type", "User")
    assert (result.exit_code, result.stdout) == (0, "The filter is correct.\n")


@pytest.mark.parametrize("type_name", ["User", "UserType", "Assignment", "ObjectReferenceType"])
def test_a_type_may_be_named_in_short(type_name: str) -> None:
    assert run("check", "# exists", "--type", type_name).exit_code in {0, 1}


def test_an_unknown_type_is_a_wrong_use() -> None:
    result = run("check", "name = 'a'", "--type", "Usr")
    assert result.exit_code == 2
    assert "did you mean 'UserType'?" in result.stderr


def test_a_fault_is_shown_in_its_line_with_a_caret_and_what_was_meant() -> None:
    result = run("check", "name = 'a' and\n  givenNam = 'b'", "--type", "User")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: Path givenNam is not present in type UserType",
        "2:3 |   givenNam = 'b'",
        "        ^",
        "did you mean: givenName",
    ]


def test_a_syntax_error_lists_what_could_have_stood_there() -> None:
    result = run("check", "name", "--type", "User")
    assert "expected: a comparison" in result.stderr
    assert "a blank and a filter name" in result.stderr


def test_the_excerpt_is_coloured_on_a_terminal() -> None:
    result = CliRunner().invoke(
        query, ["check", "nam = 'a'", "--type", "User"], env={"FORCE_COLOR": "1", "TERM": "xterm"}
    )
    assert "\x1b[1;31m" in result.stderr


def test_what_is_not_served_says_so() -> None:
    result = run("check", "name = `x`", "--type", "User")
    assert result.exit_code == 1
    assert result.stderr.startswith("not served: Expressions")


def test_a_filter_may_come_from_standard_input_and_as_json() -> None:
    assert run("check", "-", "--type", "User", text="name = 'a'\n").exit_code == 0
    clause = '{"equal": {"path": "nam", "value": "a"}}'
    result = run("check", "-", "--type", "User", text=clause)
    assert result.exit_code == 1
    assert "(at filter/equal/path)" in result.stderr
    assert run("check", "{", "--type", "User").exit_code == 1


def test_an_explanation_has_tree_text_sql_and_plan() -> None:
    text = "name = 'a' or not (assignment matches (order = 1) and locality exists)"
    result = run("explain", text, "--type", "User")
    assert result.exit_code == 0
    for part in (
        "or",
        "├── name = 'a'",
        "assignment matches",
        "Canonical text",
        "name = 'a' or not (assignment matches (order = '1') and locality exists)",
        "SQL",
        'Parameters\n  [1,"a"]',
        "Plan",
    ):
        assert part in result.stdout


@pytest.mark.parametrize(
    ("text", "type_name", "is_carried"),
    [
        ("name = 'a'", "User", True),
        ("name startsWith 'a'", "User", True),
        ("name =[polyStringNorm] 'a'", "User", True),
        ("name =[origIgnoreCase] 'A'", "User", True),
        ("name startsWith[origIgnoreCase] 'A'", "User", True),
        ("name contains 'abc'", "User", True),
        ("name contains[polyStringNorm] 'abc'", "User", True),
        ("name endsWith 'abc'", "User", True),
        ("name contains 'abc' or # = 'x'", "User", True),
        ("name contains 'abc' and description = 'a'", "Object", True),
        ("linkRef/@/name contains 'abc'", "User", True),
        ("# = 'x'", "User", True),
        ("assignment/targetRef matches (oid = 'x')", "User", True),
        ("roleMembershipRef/@/name = 'x'", "User", True),
        (". inOrg 'x'", "User", True),
        ("executionState = 'running'", "Task", True),
        ("description = 'a'", "User", False),
        ("name contains 'ab'", "User", False),
        ("name not contains 'abc'", "User", False),
        ("name contains 'abc' or description = 'a'", "User", False),
        ("not (name = 'a')", "User", False),
    ],
)
def test_an_explanation_says_whether_an_index_carries_the_filter(
    text: str, type_name: str, is_carried: bool
) -> None:
    result = run("explain", text, "--type", type_name)
    assert result.exit_code == 0
    assert ("An index carries it." in result.stdout) is is_carried


def test_what_selects_everything_has_no_plan() -> None:
    result = run("explain", '{"undefined": {}}')
    assert (result.exit_code, result.stdout) == (0, "The filter selects everything.\n")


def test_what_has_no_text_says_so() -> None:
    result = run("explain", '{"none": {}}')
    assert "Everything and nothing have no text" in result.stdout
    assert result.exit_code == 0


def test_a_query_for_values_is_explained_by_the_objects_that_hold_them() -> None:
    text = "@/name = 'x' and . ownedBy (@type = UserType and @path = linkRef)"
    result = run("explain", text, "--type", "ObjectReferenceType")
    assert result.exit_code == 0
    assert "json_each" in result.stdout
