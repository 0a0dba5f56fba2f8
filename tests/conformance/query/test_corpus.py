"""The corpus of real queries: each gets the verdict that its note gives, and prints back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.errors import QueryError, QuerySemanticError, QuerySyntaxError, Unsupported
from gateway.model.extension import read_extension, with_extension
from gateway.model.types import SCHEMA
from gateway.query import compile_filter, parse, render, resolve
from gateway.query.literals import EXPRESSIONS, PLACEHOLDERS
from gateway.store.sqlite.compile.where import where_of

if TYPE_CHECKING:
    from gateway.model.schema import Schema

REFERENCE = "ObjectReferenceType"

#: What the entries of a kind are asked of; `Any` is any type of the schema.
TYPES = {"User": "UserType", "Task": "TaskType", "Role": "RoleType"}
#: Entries whose kind is a guess, and what they are about.
KINDS = {
    "q0125": REFERENCE,
    "q0139": REFERENCE,
    "q0160": REFERENCE,
    "q0393": "AuditEventRecordType",
    "q0490": "RoleType",
}
#: Where we read more than the original: comments are blanks, and an empty filter is no filter.
DIFFERENT = {"q0947": True, "q0951": False}
#: Entries that are decided otherwise here, and why no verdict agrees with everything.
DECIDED: dict[str, str] = {
    "q0947": "invalid, as a comment takes the blanks around it away; the specification advises to "
    "differ (sections 2 and 3) and the architecture rules it (section 4): a comment is a blank",
    "q0334": "stringIgnoreCase with = on a polystring of a user, locality, is invalid; q0016 to q0019 "
    "and q0302 hold the same on givenName, a polystring of a user as well, to be valid",
    "q0200": "attributes/drink = '...' without the coordinates of a resource is invalid; q0206, q0470, "
    "q0696 and others, eighty in all, hold attributes/... without them to be valid, q0210 even an unknown one",
}
#: Entries of a draft of the language about imaginary persons; the corpus holds their items defined.
DRAFTED = frozenset({"q0419", "q0423", "q0425"})
#: An extension of users that declares what the corpus assumes, so that other names are refused.
EXTENSION = read_extension('{"extension": {"UserType": {"indexedString": "string*"}}}')


def must_parse(entry: dict[str, Any]) -> bool:
    """The verdict of the parser alone, by the note of the entry."""
    if entry["id"] in DIFFERENT:
        return DIFFERENT[entry["id"]]
    marks = ("syntax error", "dropped", "unknown character")
    return bool(entry["valid"]) or not any(mark in entry["note"] for mark in marks)


def parses(text: str) -> bool:
    try:
        parse(text)
    except QuerySyntaxError:
        return False
    return True


def candidates(entry: dict[str, Any]) -> list[str]:
    """The types that an entry may be about."""
    given = KINDS.get(entry["id"]) or TYPES.get(entry["kind"])
    if given is not None:
        return [given]
    declared = [each.name for each in SCHEMA.types()]
    return ["AssignmentHolderType", "UserType", *declared, REFERENCE]


def draft() -> Schema:
    """The schema, and the persons of the draft."""
    schema = with_extension(SCHEMA, read_extension("{}"))
    schema.declare("Held", "relationship string\n@assurance int")
    schema.declare("Person", "fName string\nlName string\nassigment Held*\nassignment Held*")
    return schema


def check(entry: dict[str, Any], type_name: str) -> None:
    if entry["id"] in DRAFTED:
        resolve(parse(entry["text"]), "Person", schema=draft(), text=entry["text"])
    else:
        compile_filter(entry["text"], type_name)


def fault(entry: dict[str, Any]) -> QueryError | None:
    """Why no type accepts the filter; what is refused by name counts as accepted."""
    first: QueryError | None = None
    for type_name in candidates(entry):
        try:
            check(entry, type_name)
        except QueryError as error:
            if isinstance(error, Unsupported) and error.reason in {EXPRESSIONS, PLACEHOLDERS}:
                return None
            first = first or error
        else:
            return None
    return first


def test_the_parser_gives_each_entry_the_verdict_of_its_note(corpus: list[dict[str, Any]]) -> None:
    assert len(corpus) == 720
    wrong = [entry["id"] for entry in corpus if parses(entry["text"]) is not must_parse(entry)]
    assert wrong == []


def test_every_entry_that_parses_prints_back_to_an_equal_tree(corpus: list[dict[str, Any]]) -> None:
    for entry in corpus:
        if not parses(entry["text"]):
            continue
        tree = parse(entry["text"])
        text = render(tree)
        assert parse(text) == tree, entry["id"]
        assert render(parse(text)) == text


def test_every_entry_is_accepted_or_refused_as_the_corpus_says(
    corpus: list[dict[str, Any]],
) -> None:
    wrong = {e["id"] for e in corpus if (fault(e) is None) is not e["valid"]}
    assert wrong == DECIDED.keys() | {"q0135"}


def test_an_unknown_item_is_refused_where_the_extension_is_declared(
    corpus: list[dict[str, Any]],
) -> None:
    (entry,) = [each for each in corpus if each["id"] == "q0135"]
    with pytest.raises(QuerySemanticError, match="badIndexedString is not present"):
        resolve(parse(entry["text"]), "UserType", schema=with_extension(SCHEMA, EXTENSION))


def test_every_refused_entry_has_a_position(corpus: list[dict[str, Any]]) -> None:
    for entry in corpus:
        error = fault(entry)
        if error is None:
            continue
        assert error.text == entry["text"], entry["id"]
        assert 0 <= error.position <= len(entry["text"])
        assert error.excerpt().endswith("^")


def test_no_entry_is_slow_to_read(corpus: list[dict[str, Any]]) -> None:
    parse("name = 'a'")
    for entry in corpus:
        started = time.process_time()
        parses(entry["text"])
        assert time.process_time() - started < 0.05, entry["id"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@ matches (name = 'abcd')", "(@ matches (name = 'abcd'))"),
        ("@ matches (name = 'abcd')", "((@ matches (name = 'abcd')))"),
        ("@ matches (name = 'abcd')", "target matches (name = 'abcd')"),
    ],
)
def test_spellings_of_a_target_filter_are_one_filter(one: str, other: str) -> None:
    def query(part: str) -> object:
        text = f"assignment/targetRef matches (targetType = RoleType and {part})"
        return compile_filter(text, "UserType").query

    assert query(one) == query(other)


@pytest.mark.parametrize(
    "text",
    [
        "(. type UserType and givenName = 'Jack') and locality = 'Caribbean'",
        ". type UserType and (givenName = 'Jack' and locality = 'Caribbean')",
        "givenName = 'Jack' and locality = 'Caribbean' and . type UserType",
        "givenName = 'Jack' and (. type UserType and locality = 'Caribbean')",
    ],
)
def test_a_type_may_stand_anywhere_in_the_conjunction(text: str) -> None:
    assert where_of(compile_filter(text, "ObjectType")).sql


def test_a_type_under_not_or_in_a_disjunction_does_not_lend_its_items() -> None:
    with pytest.raises(QuerySemanticError):
        compile_filter(". not type UserType and givenName = 'Jack'", "ObjectType")
    with pytest.raises(QuerySemanticError):
        compile_filter(". type UserType or givenName = 'Jack'", "ObjectType")
