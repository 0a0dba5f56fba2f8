from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from gateway.errors import QuerySyntaxError
from gateway.query import ast as tree
from gateway.query import compile_filter, parse, render
from gateway.query import parse as parse_function
from gateway.query.ast import And, Condition, Literal, Not, Or, Script, Subfilter, Values
from gateway.query.comparisons import Comparison
from gateway.query.operators import OPERATORS
from gateway.query.parse import grammar_text
from gateway.store.sqlite.compile.where import SQL_FUNCTIONS, where, where_of

MIGRATION = Path(__file__).parents[2] / "gateway" / "store" / "sql" / "migrations" / "0001.sql"


def condition(text: str) -> Condition:
    parsed = parse(text)
    assert isinstance(parsed, Condition)
    return parsed


def literal(text: str) -> str:
    argument = condition(f"name = {text}").argument
    assert isinstance(argument, Literal)
    return argument.text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'it\\'s'", "it's"),
        ('"it\'s"', "it's"),
        ('"say \\"hi\\""', 'say "hi"'),
        ("'a\\nb'", "a\\nb"),
        ("'a\\\\'", "a\\\\"),
        ("'x\\'", "x\\"),
        ("'tab\there'", "tab\there"),
        ("''", ""),
        ('"""\none\ntwo"""', "\none\ntwo"),
        ("1.50", "1.50"),
        ("-5", "-5"),
        ("1e5", "1e5"),
        ("null", "null"),
        ("true", "true"),
    ],
)
def test_a_literal_is_its_text(written: str, value: str) -> None:
    assert literal(written) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("name = 'a'", "name='a'"),
        ("name = 'a'", "name /* c */ = // d\n 'a'"),
        ("name = 'a'", "name equal 'a'"),
        ("name = 'a'", "name q:equal 'a'"),
        ("name != 'a'", "name not = 'a'"),
        ("name != 'a'", "not (name = 'a')"),
        ("name != 'a'", "not(name='a')"),
        ("name = 'a'", "name not != 'a'"),
        ("name = 'a'", "not (not (name = 'a'))"),
        ("name <= 'a'", "name lessOrEqual 'a'"),
        ("a = 1 and b = 2 and c = 3", "(a = 1 and b = 2) and ((c = 3))"),
        ("a = 1 or b = 2 or c = 3", "a = 1 OR (b = 2 or c = 3)"),
        ("a = 1 or (b = 2 and c = 3)", "a = 1 or b = 2 and c = 3"),
        ("a = 'x'and b = 1", "a = 'x' AND b = 1"),
        ("(a=1)or(b=2)", "a = 1 or b = 2"),
        ("a startsWith'x'", "a startsWith 'x'"),
        ("a =[r]'x'", "a =[mr:r] 'x'"),
        ("a contains[r] 'x'", "a contains[q:r]'x'"),
    ],
)
def test_spellings_of_one_filter_give_one_tree(one: str, other: str) -> None:
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('name="a"', "name = 'a'"),
        ("name not = 'a'", "name != 'a'"),
        ("not (name contains 'a')", "name not contains 'a'"),
        ("not (a = 1 and b = 2)", "not (a = '1' and b = '2')"),
        ("a=1 and (b=2 or c=3)", "a = '1' and (b = '2' or c = '3')"),
        ("a=1 or b=2 and c=3", "a = '1' or (b = '2' and c = '3')"),
        ("name =[mr:polyStringNorm]'a'", "name =[polyStringNorm] 'a'"),
        ("a = (1,'b',  true)", "a = ('1', 'b', 'true')"),
        ("x/@ not matches(. type T)", "x/@ not matches (. type T)"),
        ("a = groovy`x`", "a = groovy`x`"),
        ("a = ?", "a = ?"),
        ("a = $b/c", "a = $b/c"),
        ('a = "it\'s"', "a = 'it\\'s'"),
    ],
)
def test_the_canonical_text_is_what_the_reference_writes(text: str, canonical: str) -> None:
    assert render(parse(text)) == canonical
    assert parse(canonical) == parse(text)


def test_a_text_that_ends_in_a_backslash_survives_printing() -> None:
    text = "a = 'x\\'\nand b = 'y'"
    assert parse(render(parse(text))) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "exists = true", "type = 'x'", "contains = 'x'", ":and = 1", "c:or = 1", "familyName.norm = 'x'",
        "Null = 1", "TRUE = 1", "ri:dot.attribute = 1", "a-b = 1", "android = 1", "note = 1", "nullable = 1",
        ". inOid('x')", "a matches(b=1)", "a levenshtein('x',2,true)", "# = '1'", "../.. exists", "a not= 1",
        "@metadata/storage/x < '1'", "assignment[1]/x = 1", "a['x/y']/b = 1", "a = @", "a = @/b", "a = -0",
    ],
)  # fmt: skip
def test_names_paths_and_blanks_are_read_as_the_language_allows(text: str) -> None:
    assert parse(render(parse(text))) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "and = 1", "c:null = 1", "not:x = 1", ".isRoot", "a.b/ = 1", "/a = 1", "a/../b = 1", "c : a = 1",
        "a / b = 1", "a =[ r ] 'x'", "a =[r]", "a startsWith [r] 'x'", "a = .5", "a = 5.", "a = 5.5.5",
        "a = 1 and", "or a = 1", "()", "(a = 1))", "a[1]/@/b = 1", "a[1]not = 1",
        "a not not = 1", "a=1 b=2", "a = {1}", "a = 'x\ny'", "a = :", "a = $", "a = 1;",
    ],
)  # fmt: skip
def test_what_the_language_forbids_is_refused(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        parse(text)


def test_a_list_and_a_filter_in_parentheses_are_told_apart() -> None:
    assert isinstance(condition("a = ('x')").argument, Values)
    assert isinstance(condition("a = (b)").argument, Values)
    assert isinstance(condition("a matches (b = 1)").argument, Subfilter)


def test_a_lone_constant_is_an_expression_and_a_longer_path_is_not() -> None:
    assert isinstance(condition("a = @x").argument, Script)
    assert isinstance(condition("a = @x/b").argument, tree.Path)


def test_the_tree_keeps_positions_that_equality_ignores() -> None:
    one, other = condition("  name = 'a'"), condition("name = 'a'")
    assert one == other
    assert (one.path.position, one.position) == (2, 7)


def test_precedence_is_not_then_and_then_or() -> None:
    parsed = parse("a = 1 or not (b = 2 or c = 3) and d = 4")
    assert isinstance(parsed, Or)
    assert isinstance(parsed.parts[1], And)
    assert isinstance(parsed.parts[1].parts[0], Not)


# ---- limits ---------------------------------------------------------------------------------------

HOSTILE = {
    "ten thousand parentheses": "(" * 10_000,
    "a megabyte": "a" * 1_000_000,
    "not after not": "not(" * 16_384,
    "quotes": "'" * 65_536,
    "backticks": "`" * 65_536,
    "slashes": "a/" * 32_768,
    "colons": "a:" * 32_768,
    "open comments": "/*" * 32_768,
    "brackets": "a[" * 32_768,
    "signs": "@" * 65_536,
    "open texts": '"""\n' * 16_384,
    "closing": ")" * 65_536,
    "dots": "../" * 20_000,
    "commas": "a = (" + "1," * 30_000,
    "words": "name " * 13_000,
    "minuses": "a = " + "-" * 60_000,
    "digits": "a = " + "1" * 65_000 + "x",
    "nested lists": "a matches (" * 5_900,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_refused_quickly(text: str) -> None:
    parse("name = 'a'")
    started = time.process_time()
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert time.process_time() - started < 1
    assert len(caught.value.message) < 1_000


def test_a_text_of_nothing_but_escapes_is_read_quickly() -> None:
    started = time.process_time()
    assert len(literal("'" + "\\'" * 32_000)) == 31_999 + 1
    assert time.process_time() - started < 1


def test_parentheses_in_texts_and_comments_do_not_count() -> None:
    parse(f"name = '{'(' * 300}' /* {'(' * 300} */ // {'(' * 300}")


def test_the_limits_are_exact() -> None:
    parse("(" * 200 + "a = 1" + ")" * 200)
    with pytest.raises(QuerySyntaxError, match="deeper than 200") as caught:
        parse("(" * 201 + "a = 1" + ")" * 201)
    assert caught.value.position == 200
    parse_function("a = 1", max_length=5)
    with pytest.raises(QuerySyntaxError, match="6 characters; 5 are allowed"):
        parse("a = 12", max_length=5)


def alternating(levels: int, leaf: str) -> str:
    text = leaf
    for level in range(levels):
        text = f"{leaf} {'and' if level % 2 else 'or'} ({text})"
    return text


def full(levels: int, leaf: str) -> str:
    if not levels:
        return leaf
    half = full(levels - 1, leaf)
    return f"({half} {'and' if levels % 2 else 'or'} {half})"


def dereferencing(levels: int, inner: str) -> str:
    for _ in range(levels):
        inner = f"description = 'x' or roleMembershipRef/@ matches ({inner})"
    return inner


def looking_back(levels: int) -> str:
    inner = "givenName = name"
    for _ in range(levels):
        inner = f"roleMembershipRef/@ matches (. type UserType and (tenantRef/@/name = name or {inner}))"
    return inner


def referring(levels: int) -> str:
    inner = "name = 'a'"
    for _ in range(levels):
        inner = f". referencedBy (@type = UserType and @path = linkRef and ({inner} or name = 'b'))"
    return inner


LARGE = {
    "deep": alternating(199, "name = 'a'"),
    "deep negated": "not (" + alternating(198, "not (name = 'a' or locality = 'b')") + ")",
    "deep in documents": alternating(199, "extension/a > 1"),
    "full tree": full(11, "extension/a = 1"),
    "full tree of references": full(8, "assignment/targetRef/@/name = 'x'"),
    "wide": " or ".join(["name = 'a'"] * 4_600),
    "wide in documents": " and ".join(["extension/a = 1"] * 3_200),
    "wide in references": " or ".join(["linkRef exists"] * 3_600),
    "dereferences": dereferencing(12, alternating(9, "name = 'a'")),
    "deep dereferences": dereferencing(12, alternating(150, "extension/a = 1")),
    "dereferences that look back": looking_back(11),
    "orgs behind dereferences": dereferencing(12, ". inOrg 'x' or . isRoot"),
    "referrers": referring(5),
    "edit distances": " or ".join([f"name levenshtein ('{'a' * 40}', 9, true)"] * 850),
    "long list": "name = (" + ",".join(["'a'"] * 10_000) + ")",
    "collections": alternating(90, "assignment matches (order = 1 and not (description = 'x' or targetRef matches (@ matches (extension/a = 1))))"),
}  # fmt: skip


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_a_large_filter_within_the_limits_runs(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(MIGRATION.read_text("utf-8"))
    for name, (arity, function) in SQL_FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)
    compiled = compile_filter(text, "UserType")
    condition_ = where(compiled.query)
    rows = connection.execute(
        f"SELECT o.seq FROM object o WHERE o.type IN ('UserType') AND ({condition_.sql})",
        condition_.parameters,
    ).fetchall()
    connection.close()
    assert rows == []
    assert callable(compiled.predicate(lambda _: None, tuple))
    assert parse(render(compiled.tree), max_length=200_000) == compiled.tree


# ---- what is built once ---------------------------------------------------------------------------


def test_the_same_text_is_compiled_once() -> None:
    one = compile_filter("name = 'once'", "UserType")
    assert compile_filter("name = 'once'", "UserType") is one
    assert where_of(one) is where_of(one)
    assert compile_filter("name = 'once'", "TaskType") is not one


def test_the_grammar_can_be_read_from_where_it_is() -> None:
    assert "start: disjunction" in grammar_text()


def test_every_operator_has_a_sentence_and_every_comparison_an_operator() -> None:
    assert all(row.doc.endswith(".") and row.name == name for name, row in OPERATORS.items())
    assert {row.comparison for row in OPERATORS.values()} >= set(Comparison)
