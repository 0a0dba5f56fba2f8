"""The error tree and how the midPoint dialect writes it."""

from __future__ import annotations

import json
import re

import pytest

from gateway import errors
from gateway.dialects.midpoint.errors import answer_error
from gateway.dialects.midpoint.reply import reply_for
from gateway.errors import QueryError, SchemaViolation, TaskgateError

IN_JSON = reply_for("application/json")


def tree(root: type[TaskgateError] = TaskgateError) -> list[type[TaskgateError]]:
    return [root, *(each for child in root.__subclasses__() for each in tree(child))]


OWN = [each for each in tree() if each.__module__ == errors.__name__]


@pytest.mark.parametrize("error", OWN, ids=lambda each: each.__name__)
def test_every_error_has_a_sentence_of_its_own(error: type[TaskgateError]) -> None:
    sentence = (error.__doc__ or "").splitlines()[0]
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_every_error_that_is_raised_has_a_code_of_its_own() -> None:
    codes = [each.code for each in OWN]
    assert len(codes) == len(set(codes))


def test_the_docstring_draws_every_error_with_its_status() -> None:
    lines = re.findall(r"── (\w+)(?: +(\d{3}))?", errors.__doc__ or "")
    drawn = dict(lines)
    assert set(drawn) == {error.__name__ for error in OWN[1:]}
    for error in OWN[1:]:
        inherited = any(error in parent.__subclasses__() for parent in OWN[1:])
        assert drawn[error.__name__] == ("" if inherited else str(error.status))


def test_an_error_without_a_message_says_what_its_class_says() -> None:
    assert errors.NotFound().message == "There is no such object."


def test_a_schema_violation_suggests_a_near_name() -> None:
    error = SchemaViolation("There is no 'nme'.", path="nme", suggestion="name")
    assert error.message == "There is no 'nme'. Did you mean 'name'?"
    assert (error.path, error.suggestion) == ("nme", "name")


def test_a_query_error_knows_line_and_column() -> None:
    error = QueryError("Odd", text="name = 'x'\nand !", position=15, expected=("a path",))
    assert (error.line, error.column) == (2, 5)
    assert error.message == "Odd (line 2, column 5); expected a path"
    assert error.excerpt() == "and !\n    ^"


def test_the_excerpt_of_a_long_line_shows_the_part_around_the_fault() -> None:
    excerpt = QueryError("Odd", text="x" * 500 + "!" + "y" * 500, position=500).excerpt()
    line, caret = excerpt.split("\n")
    assert line[caret.index("^")] == "!"
    assert len(line) <= 100


@pytest.mark.parametrize(
    ("error", "status", "exact"),
    [
        (QueryError("x"), 400, 500),
        (errors.QuerySyntaxError("x"), 400, 500),
        (errors.WrongState(), 409, 500),
        (errors.MethodNotAllowed("x", allow=("GET",)), 405, 404),
        (errors.NotFound(), 404, 404),
        (errors.AlreadyExists(), 409, 409),
        (SchemaViolation("x"), 400, 400),
    ],
    ids=lambda each: getattr(type(each), "__name__", ""),
)
def test_exact_mode_answers_the_originals_status(
    error: TaskgateError, status: int, exact: int
) -> None:
    assert answer_error("op", error, 0, IN_JSON, is_exact=False).status == status
    assert answer_error("op", error, 0, IN_JSON, is_exact=True).status == exact


def test_a_query_error_shows_the_faulty_line_in_its_details() -> None:
    answer = answer_error(
        "op", QueryError("Odd", text="a !", position=2), 0, IN_JSON, is_exact=False
    )
    assert json.loads(answer.body)["object"]["details"] == "a !\n  ^"


def test_tokens_are_never_given_twice() -> None:
    bodies = [
        answer_error("op", errors.NotFound(), 0, IN_JSON, is_exact=False).body for _ in range(3)
    ]
    assert len({json.loads(body)["object"]["token"] for body in bodies}) == 3


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (errors.MethodNotAllowed("x", allow=("GET", "HEAD")), (b"Allow", b"GET, HEAD")),
        (errors.Unavailable(), (b"Retry-After", b"1")),
        (errors.TooLarge(), (b"connection", b"close")),
    ],
)
def test_an_error_that_the_client_can_act_on_says_how(
    error: TaskgateError, header: tuple[bytes, bytes]
) -> None:
    assert header in answer_error("op", error, 0, IN_JSON, is_exact=False).headers


def test_whoever_is_not_logged_in_gets_a_challenge_and_no_body() -> None:
    answer = answer_error("op", errors.NotAuthenticated(), 0, IN_JSON, is_exact=False)
    assert (answer.status, answer.body) == (401, b"")
    [(name, value)] = answer.headers
    assert (name, value.startswith(b'Basic realm="midpoint"')) == (b"www-authenticate", True)
