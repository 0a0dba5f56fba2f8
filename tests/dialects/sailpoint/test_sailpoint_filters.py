"""Collection filters: what is read, what is refused, and that SQL selects what the rules say (7, 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.dialects.sailpoint.collection_filters import DEEPEST, LONGEST, parse_filter
from gateway.dialects.sailpoint.errors import IllegalValue, LimitExceeded
from gateway.dialects.sailpoint.filters import resolve_condition
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.query.ast import And, Condition, Literal, Not, Or, Values
from tests.dialects.sailpoint.speaking import PREFIXES, Speaker, assert_error

if TYPE_CHECKING:
    from gateway.query.ast import Filter

BY_NAME = {version.name: version for version in VERSIONS if version.prefix}


def shown(tree: Filter) -> Any:
    """The tree as nested tuples."""
    if isinstance(tree, Condition):
        argument = tree.argument
        value: Any = argument.text if isinstance(argument, Literal) else None
        if isinstance(argument, Values):
            value = [each.text for each in argument.members if isinstance(each, Literal)]
        plain = (str(tree.path), tree.operator, value)
        return ("not", plain) if tree.negated else plain
    if isinstance(tree, Not):
        return ("not", shown(tree.part))
    assert isinstance(tree, And | Or)
    return ("and" if isinstance(tree, And) else "or", *map(shown, tree.parts))


A, B, C = (("a", "eq", "x"), ("b", "eq", "y"), ("c", "eq", "z"))
READ = {
    "not a eq x or b eq y and c eq z": ("or", ("not", A), ("and", B, C)),
    "not (a eq x or b eq y) and c eq z": ("and", ("not", ("or", A, B)), C),
    "a eq x and b eq y or c eq z": ("or", ("and", A, B), C),
    "not(a eq x)and(b eq y)": ("and", ("not", A), B),
    "not not a eq x": A,
    "((a eq x))": A,
    'sourceId eq"2c91"': ("sourceId", "eq", "2c91"),
    "id in (id0, id1)": ("id", "in", ["id0", "id1"]),
    'id in("a","b")': ("id", "in", ["a", "b"]),
    "tags ca (a)": ("tags", "ca", ["a"]),
    "pr name": ("name", "pr", None),
    "name isnull": ("name", "isnull", None),
    "created gt 2018-12-18T23:05:55Z": ("created", "gt", "2018-12-18T23:05:55Z"),
    "created gt 2018-12-18T23:05:55+01:00": ("created", "gt", "2018-12-18T23:05:55+01:00"),
    "startDate gt 2018": ("startDate", "gt", "2018"),
    "n le -1.5": ("n", "le", "-1.5"),
    "flag eq true": ("flag", "eq", "true"),
    "target.name sw Ac": ("target.name", "sw", "Ac"),
    r'a eq "say \"hi\" \\ now"': ("a", "eq", r'say "hi" \ now'),
    'a eq "(and) or, not"': ("a", "eq", "(and) or, not"),
    'a eq ""': ("a", "eq", ""),
    "order eq 1": ("order", "eq", "1"),
    "notes eq 1": ("notes", "eq", "1"),
    "prior eq in": ("prior", "eq", "in"),
    "a\teq\nx": A,
    "a ne x": ("a", "ne", "x"),
}


@pytest.mark.parametrize("text", READ)
def test_a_filter_is_read(text: str) -> None:
    assert shown(parse_filter(text)) == READ[text]


REFUSED = [
    "",
    "   ",
    "a",
    "a eq",
    "a EQ x",
    "a eq x AND b eq y",
    "NOT a eq x",
    "a eq 'x'",
    "a eq x y",
    "a eq x b eq y",
    "a in ()",
    "a in x",
    'a in ("x",)',
    'a in ("x" "y")',
    "(a eq x",
    "a eq x)",
    "a eq and",
    "and a eq x",
    "a pr",
    "isnull a",
    "1a eq x",
    'a eq "x',
    r'a eq "\n"',
    "a = x",
    "a eq x;",
    "a eqx",
    "#",
    "a eq x or",
    "not",
    "a eq ä",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_filter_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(IllegalValue, match=r"^The filter (is empty|cannot be read at .+)\.$"):
        parse_filter(text)


def test_a_refusal_says_where_and_what_could_stand_there() -> None:
    with pytest.raises(IllegalValue, match=r"at \'EQ x\' \(character 4\); expected eq, ne"):
        parse_filter("id EQ x")


def test_a_filter_has_its_limits() -> None:
    deep = "(" * DEEPEST + "a eq x" + ")" * DEEPEST
    assert shown(parse_filter(deep)) == A
    with pytest.raises(LimitExceeded, match="nests deeper than 32"):
        parse_filter(f"({deep})")
    longest = "a eq " + "x" * (LONGEST - 5)
    parse_filter(longest)
    with pytest.raises(LimitExceeded, match="at most 4096"):
        parse_filter(longest + "x")
    values = ",".join(["1"] * 500)
    parse_filter(f"a in ({values})")
    with pytest.raises(LimitExceeded, match="at most 500"):
        parse_filter(f"a in ({values},1)")


def test_parentheses_in_texts_do_not_nest() -> None:
    parse_filter('a eq "' + "(" * 100 + '"')


@pytest.mark.parametrize("version", BY_NAME)
@pytest.mark.parametrize("field", ["id", "sourceId", "completionStatus", "type", "launcher"])
@pytest.mark.parametrize("operator", ["eq", "in", "isnull", "ne", "co", "sw", "gt", "ca", "pr"])
def test_each_version_has_its_fields_and_operators(version: str, field: str, operator: str) -> None:
    served = operator in ("eq", "in") or (operator, field) == ("isnull", "completionStatus")
    if version in ("beta", "v2024") and operator == "isnull":
        served = False
    if version in ("beta", "v2024", "v2025") and field == "launcher":
        served = False
    text = f"{field} {operator} (x)" if operator in ("in", "ca") else f"{field} {operator} x"
    text = {"isnull": f"{field} isnull", "pr": f"pr {field}"}.get(operator, text)
    if served:
        resolve_condition(text, BY_NAME[version])
    else:
        with pytest.raises(IllegalValue, match=rf"Supported in {version}: id: eq, in; "):
            resolve_condition(text, BY_NAME[version])


@pytest.mark.parametrize("version", PREFIXES)
@pytest.mark.parametrize("text", ["", "a EQ x", "progress eq x", "id eq 'x'", "created gt 2018"])
def test_a_refused_filter_is_an_illegal_value(sailpoint: Speaker, version: str, text: str) -> None:
    answer = sailpoint.ask("GET", PREFIXES[version], params={"filters": text})
    assert_error(answer, 400, "400.1.3 Illegal value")


def test_a_filter_on_an_unknown_field_says_so_as_the_vendor_does(sailpoint: Speaker) -> None:
    answer = sailpoint.ask("GET", "/v2025/task-status", params={"filters": "progress eq x"})
    text = assert_error(answer, 400, "400.1.3 Illegal value")
    assert text.startswith('"progress" is not a filterable property.')


def test_a_filter_over_a_limit_is_a_limit_violation(sailpoint: Speaker) -> None:
    filters = f"id in ({','.join(['1'] * 501)})"
    answer = sailpoint.ask("GET", "/v2025/task-status", params={"filters": filters})
    assert_error(answer, 400, "400.1.4 Limit violation")


@pytest.mark.parametrize("encoded", ["id%20eq%20x", "id+eq+x", "id+eq%22x%22"])
def test_blanks_come_in_either_encoding(sailpoint: Speaker, encoded: str) -> None:
    answer = sailpoint.ask("GET", f"/v2025/task-status?filters={encoded}")
    assert answer.json() == []


@pytest.mark.parametrize(
    "sorters", ["", "name", "created,", "-", "--created", "created,-name", "CREATED"]
)
def test_what_cannot_be_sorted_by_is_refused(sailpoint: Speaker, sorters: str) -> None:
    answer = sailpoint.ask("GET", "/v2025/task-status", params={"sorters": sorters})
    assert "created" in assert_error(answer, 400, "400.1.3 Illegal value")
