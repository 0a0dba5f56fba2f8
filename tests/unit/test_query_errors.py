from __future__ import annotations

import pytest

from gateway.errors import QueryError, QuerySemanticError, QuerySyntaxError, Unsupported
from gateway.query import Limits, compile_filter, parse


def fault(text: str, type_name: str = "UserType") -> QueryError:
    with pytest.raises(QueryError) as caught:
        compile_filter(text, type_name)
    return caught.value


SYNTAX = [
    # text, line, column, found, one of the expected, suggestion
    ("name == 'a'", 1, 7, "=", "a quoted value", "="),
    ("name <> 'a'", 1, 7, ">", "a quoted value", "!="),
    ("name ! = 'a'", 1, 6, "!", "a comparison (= != < <= > >=)", "!="),
    ("name = 'a' && name = 'b'", 1, 12, "&", "and", "and"),
    ("name = 'a' || name = 'b'", 1, 12, "|", "or", "or"),
    ("name = 'a' And name = 'b'", 1, 12, "And", "and", "and"),
    ("name = 'abc", 1, 8, "'", "a quoted value", None),
    ("name = “abc”", 1, 8, "“", "a quoted value", "'"),
    ("activation/validTo < 2022-01-01", 1, 26, "-", "and", '"2022-01-01"'),
    ("employeeNumber = 007", 1, 19, "0", "and", '"007"'),
    ("employeeNumber = +5", 1, 18, "+", "a number", '"+5"'),
    ("(name = 'a'", 1, 12, "end of filter", ")", None),
    ("name = 'a')", 1, 11, ")", "end of filter", None),
    ("name = 'a' b", 1, 12, "b", "or", None),
    ("name", 1, 5, "end of filter", "a blank and a filter name", None),
    ("name ", 1, 6, "end of filter", "a blank and a filter name", None),
    ("= 'a'", 1, 1, "=", "an item name", None),
    ("not name = 'a'", 1, 5, "name", "(", None),
    ("name = 'a'\nand\n  or name = 'b'", 3, 3, "or", "an item name", None),
    ("name = ('a', 'b',)", 1, 18, ")", "a quoted value", None),
    ("name = ()", 1, 9, ")", "a quoted value", None),
    (". type UserType and .isRoot", 1, 22, "isRoot", "a blank and a filter name", None),
    ("name = 'a' é", 1, 12, "é", "and", None),
    ("name = 'a';", 1, 11, ";", "end of filter", None),
    ("name = [polyStringNorm] 'a'", 1, 8, "[", "a quoted value", None),
    ('description = """one"""', 1, 17, '"', "and", None),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected", "suggestion"),
    SYNTAX,
    ids=[s[0] for s in SYNTAX],
)
def test_a_syntax_error_says_where_what_and_what_instead(
    text: str, line: int, column: int, found: str, expected: str, suggestion: str | None
) -> None:
    error = fault(text)
    assert isinstance(error, QuerySyntaxError)
    assert (error.line, error.column, error.found) == (line, column, found)
    assert expected in error.expected
    assert error.suggestion == suggestion


SEMANTIC = [
    # text, column, part of the message, suggestion
    ("namex = 'a'", 1, "Path namex is not present in type UserType", "name"),
    ("name = 'a' and givenNam = 'b'", 16, "Path givenNam is not present", "givenName"),
    ("activation/validFro = '2020-01-01'", 1, "is not present in type ActivationType", "validFrom"),
    ("@metadata/badStorage/createTimestamp < '2024-12-31'", 1, "ValueMetadataType", None),
    ("assignment/targetRef/oid = 'x'", 1, "is not present in type targetRef", None),
    ("name like 'a'", 6, "Unknown filter like", "contains"),
    ("name in ('a', 'b')", 6, "Unknown filter in", "="),
    ("name EQUAL 'a'", 6, "Unknown filter EQUAL", "equal"),
    ("name startswith 'a'", 6, "Unknown filter startswith", "startsWith"),
    ("name ofType UserType", 6, "Unknown filter ofType", ". type"),
    ("name = admin", 8, "Path admin does not reference property", '"admin"'),
    ("name startsWith givenName", 17, "substring filter does not support path", '"givenName"'),
    ("name =", 7, "Value or subfilter is missing", None),
    ("name startsWith ('a', 'b')", 6, "Multiple values are not supported", None),
    ("name < ('a', 'b')", 6, "Multiple values are not supported", None),
    ("name = (fullName, givenName)", 9, "Only literal value is supported", '"fullName"'),
    ("name = (givenName = 'a')", 6, "Single value is required.", None),
    ("assignment = 'a'", 1, "Definition assignment is not property", "assignment matches ( ... )"),
    (". equal 'a'", 1, "Definition . is not property", None),
    (". exists", 3, "requires an item", None),
    ("assignment matches 'a'", 19, "matches filter requires subfilter", None),
    ("description matches (orig = 'a')", 13, "Unknown schema type", None),
    ("name inOid 'a'", 6, "Only '.' is supported for inOid", None),
    ("name isRoot", 6, "Only '.' is supported for isRoot", None),
    (". type 'UserType'", 8, "Invalid value for QName", None),
    (". type", 7, "type literal must be specified", None),
    (". type UserTyp", 8, "Type UserTyp is not known", "UserType"),
    ("assignment matches (. type UserType)", 23, "can only be used for objects", None),
    ("roleMembershipRef matches (targetType = 'RoleType')", 41, "QName value expected", "RoleType"),
    (
        "roleMembershipRef matches (oid = 'a' or relation = manager)",
        28,
        "Additional unsupported",
        None,
    ),
    (
        "roleMembershipRef matches (oid != 'a')",
        28,
        "Additional unsupported filter specified: oid",
        None,
    ),
    ("roleMembershipRef matches (name = 'a')", 28, "Additional unsupported filter", None),
    (
        "roleMembershipRef matches (@ matches (name = 'a') and target matches (name = 'b'))",
        55,
        "Only one target filter wrapper is supported",
        None,
    ),
    ("name matches (given = 'a')", 15, "Unknown property given for PolyString", None),
    ("name matches (orig contains 'a')", 15, "Only 'equals' and 'and' filters", None),
    ("name =[polyStringNrm] 'a'", 6, "Couldn't find matching rule", "polyStringNorm"),
    ("description =[origIgnoreCase] 'E'", 13, "for value type 'String'", "stringIgnoreCase"),
    ("description =[polyStringNorm] 'E'", 13, "Unsupported matching rule", None),
    ("activation/administrativeStatus = 'on'", 35, "Cannot find enum value for string", None),
    ("activation/administrativeStatus contains 'en'", 33, "supports only = and !=", None),
    ("activation/validTo < 'soon'", 22, "is not a date-time", None),
    ("activation/validTo contains '2020'", 20, "supports only = != < <= > >=", None),
    ("organization != organizationalUnit", 1, "is not single value", None),
    ("activation/validTo = name", 22, "cannot be compared", None),
    ("name levenshtein 'a'", 17, "Filter levenshtein requires set of arguments", None),
    (". ownedBy 'a'", 10, "ownedBy filter requires subfilter", None),
    (". fullText", 11, "Value required for filter fullText", None),
]


@pytest.mark.parametrize(
    ("text", "column", "message", "suggestion"), SEMANTIC, ids=[s[0] for s in SEMANTIC]
)
def test_a_semantic_error_says_where_what_and_what_instead(
    text: str, column: int, message: str, suggestion: str | None
) -> None:
    error = fault(text)
    assert isinstance(error, QuerySemanticError)
    assert message in error.reason
    assert (error.line, error.column) == (1, column)
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (". fullText 'a'", "fullText"),
        (". inOrg 'a'", "inOrg"),
        (". isRoot", "isRoot"),
        (". ownedBy (@type = UserType)", "ownedBy"),
        (". ownedByOid 'a'", "ownedByOid"),
        (". referencedBy (@type = UserType and @path = assignment)", "referencedBy"),
        ("name anyIn ('a', 'b')", "anyIn"),
        ("name levenshtein ('a', 2, true)", "levenshtein"),
        ("name similarity ('a', 0.5, true)", "similarity"),
        ("name = `script`", "Expressions"),
        ("name = $variable", "Expressions"),
        ("name = @constant", "Expressions"),
        ("linkRef = `script`", "Expressions"),
        ("name = ?", "Placeholders"),
        ("name = :name", "Placeholders"),
        ("../name = 'a'", ".."),
        ("assignment[1]/description = 'a'", "assignment[1]"),
        ("@/name = 'a'", "Reference queries"),
        (". matches (targetType = RoleType)", "Reference queries"),
        (". type ShadowType", "ShadowType"),
        ("linkRef/@/name = 'a'", "ShadowType"),
        ("description =[uuid] 'a'", "uuid"),
        ("extension/a = extension/b", "without a declared type"),
        ("assignment/description = assignment/identifier", "different objects"),
    ],
)
def test_what_waits_for_a_later_release_says_so_by_name(text: str, named: str) -> None:
    with pytest.raises(Unsupported, match="not supported yet") as caught:
        compile_filter(text, "UserType")
    assert named in caught.value.message


def test_items_that_are_not_stored_cannot_be_searched_yet() -> None:
    with pytest.raises(Unsupported, match="nextRunStartTimestamp are not supported yet"):
        compile_filter("nextRunStartTimestamp exists", "TaskType")


@pytest.mark.parametrize("text", ["", " \t\n", "// nothing", "/* nothing */ "])
def test_a_filter_without_a_condition_is_refused(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        parse(text)


@pytest.mark.parametrize("letter", ["\x00", "\ud800"])
def test_characters_that_no_database_holds_are_refused_with_their_place(letter: str) -> None:
    error = fault(f"name = 'a{letter}'")
    assert error.position == 9
    assert error.found == f"U+{ord(letter):04X}"


def test_the_caret_stands_under_the_fault() -> None:
    assert fault("name = 'a'\nor name == 'b'").excerpt() == "or name == 'b'\n         ^"


def test_a_list_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(QuerySemanticError, match="3 values; 2 are allowed"):
        compile_filter("name = ('a', 'b', 'c')", "UserType", limits=Limits(values=2))


def test_nested_collections_end_somewhere() -> None:
    text = "roleMembershipRef/@ matches (" * 13 + "name = 'a'" + ")" * 13
    with pytest.raises(Unsupported, match="More than 12 nested"):
        compile_filter(text, "UserType")
