from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.errors import QueryError, QuerySemanticError, QuerySyntaxError, Unsupported
from gateway.query import Limits, compile_filter, parse
from gateway.query import syntax_errors as faults


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
    ("assignment/targetRef/oid = 'x'", 1, "is not present in type targetRef", "assignment/targetRef matches (oid = ...)"),
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
    (". equal 'a'", 1, "Definition . is not property; '.' is the object itself: name one of its items", None),
    (". exists", 3, "requires an item", None),
    ("assignment matches 'a'", 19, "matches filter requires subfilter", "assignment matches (order = 1)"),
    ("description matches (orig = 'a')", 13, "Unknown schema type", None),
    ("name inOid 'a'", 6, "Only '.' is supported for inOid", ". inOid ('...', '...')"),
    ("name isRoot", 6, "Only '.' is supported for isRoot", ". isRoot"),
    (". type 'UserType'", 8, "Invalid value for QName", "UserType"),
    (". type", 7, "type literal must be specified", ". type UserType"),
    (". type UserTyp", 8, "Type UserTyp is not known", "UserType"),
    ("assignment matches (. type UserType)", 23, "can only be used for objects", None),
    ("roleMembershipRef matches (targetType = 'RoleType')", 41, "QName value expected", "RoleType"),
    ("roleMembershipRef matches (oid = 'a' or relation = manager)", 28, "Additional unsupported", None),
    ("roleMembershipRef matches (oid != 'a')", 28, "Additional unsupported filter specified: oid", None),
    ("roleMembershipRef matches (name = 'a')", 28, "Additional unsupported filter", "@ matches (name = 'a')"),
    ("roleMembershipRef matches (@ matches (name = 'a') and target matches (name = 'b'))", 55, "Only one target filter wrapper is supported", None),
    ("name matches (given = 'a')", 15, "Unknown property given for PolyString", None),
    ("name matches (orig contains 'a')", 15, "Only 'equals' and 'and' filters", None),
    ("name =[polyStringNrm] 'a'", 6, "Couldn't find matching rule", "polyStringNorm"),
    ("description =[origIgnoreCase] 'E'", 13, "for value type 'String'", "stringIgnoreCase"),
    ("description =[polyStringNorm] 'E'", 13, "Unsupported matching rule", None),
    ("activation/administrativeStatus = 'on'", 35, "Cannot find enum value for string", None),
    ("activation/administrativeStatus contains 'en'", 33, "supports only = and !=", "="),
    ("activation/validTo < 'soon'", 22, "is not a date-time", None),
    ("activation/validTo contains '2020'", 20, "supports only = != < <= > >=", None),
    ("organization != organizationalUnit", 1, "is not single value", None),
    ("activation/validTo = name", 22, "cannot be compared", None),
    ("name levenshtein 'a'", 17, "Filter levenshtein requires set of arguments", "name levenshtein ('jack', 2, true)"),
    (". ownedBy 'a'", 10, "ownedBy filter requires subfilter", ". ownedBy (@type = UserType and @path = assignment)"),
    (". fullText", 11, "Value required for filter fullText", ". fullText 'jack sparrow'"),
    ("name levenshtein ('a', 2)", 17, "requires set of arguments", "name levenshtein ('jack', 2, true)"),
    ("name levenshtein ('a', 'b', true)", 24, "must be an integer from 0 to 100", None),
    ("name levenshtein ('a', 1.5, true)", 24, "must be an integer from 0 to 100", None),
    ("name levenshtein ('a', 1, yes)", 27, "Only literal value", '"yes"'),
    ("name levenshtein ('a', 1, 'yes')", 27, "must be true or false", None),
    ("name similarity ('a', 80, true)", 23, "must be a number from 0 to 1", None),
    ("activation/validTo levenshtein ('a', 1, true)", 20, "supports only", None),
    (". inOrg[one_level] 'a'", 3, "SUBTREE, ONE_LEVEL, ANCESTORS", "ONE_LEVEL"),
    (". inOrg ('a', 'b')", 10, "Single value is required.", None),
    (". inOrg", 8, "oid literal must be specified for inOrg.", ". inOrg[ONE_LEVEL] '...'"),
    (". inOid", 8, "Value required for filter inOid", ". inOid ('...', '...')"),
    ("assignment matches (. inOrg 'a')", 23, "can only be used for objects", None),
    ("assignment matches (. fullText 'a')", 23, "can only be used for objects", None),
    (". ownedBy (@type = UserType)", 3, "values of containers and references", None),
    (". ownedByOid 'a'", 3, "values of containers and references", None),
    ("assignment matches (. ownedBy (name = 'a'))", 23, "requires @type", ". ownedBy (@type = UserType and @path = assignment)"),
    ("assignment matches (. ownedBy (@type = 'UserType'))", 40, "without quotes", "UserType"),
    ("assignment matches (. ownedBy (@type != UserType))", 38, "@type takes only =", "="),
    ("assignment matches (. ownedBy (@type = UserTyp))", 40, "Type UserTyp is not known", "UserType"),
    ("assignment matches (. ownedBy (@type = RoleType))", 23, "RoleType is not subtype of", None),
    ("assignment matches (. ownedBy (@type = UserType and @path = asignment))", 61, "not present", "assignment"),
    ("assignment matches (. ownedBy (@type = UserType and @type = UserType))", 53, "@type is given twice", None),
    (". referencedBy (@type = UserType)", 3, "requires @path", ". referencedBy (@type = UserType and @path = assignment/targetRef)"),
    (". referencedBy (@type = UserType and @path = name)", 46, "does not lead to a reference", None),
    (". referencedBy (@type = UserType and @path = 'linkRef')", 46, "path is required", "linkRef"),
    (". referencedBy (@type = UserType and @path = linkRef and nam = 'a')", 58, "is not present", "name"),
    (". referencedBy (@type = MetadataType and @path = creatorRef)", 3, "Nothing holds", None),
    ("../name = 'a'", 1, "is not present", None),
    ("@/name = 'a'", 1, "is not present", None),
    ("assignment/@assurance > 4", 1, "Path assignment/@assurance is not present in type AssignmentType", None),
    ("name[1] = 'a'", 1, "names no value", None),
    ("assignment['a']/order = 1", 1, "names no value", None),
    ("assignment[1] = 'a'", 1, "is not property", None),
    ("description =[uid] 'a'", 13, "Couldn't find matching rule", "uuid"),
    ("description =[xml] '<!DOCTYPE a><a/>'", 20, "Document types and entities in XML are not read", None),
    ("description =[xml] ('<a/>', '<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>')", 29, "Document types and entities in XML", None),
    ("description similarity[xml] ('<!DOCTYPE a><a/>', 0.5, true)", 30, "Document types and entities in XML", None),
    (f"description =[xml] '{'<a>' * 101}'", 20, "XML may nest 100 elements deep", None),
    (f"description =[xml] '<a {' '.join(f'xmlns:b{n}={chr(34)}c{chr(34)}' for n in range(101))}/>'", 20, "XML may declare 100 namespaces", None),
    ("name =[xml] '<a/>'", 6, "Unsupported matching rule 'xml' for value type 'PolyStringType'", None),
    ("name =[distinguishedName] 'a'", 6, "Unsupported matching rule", None),
    ('assignment/targetRef/@ matches (identifier = "III")', 33, "Path identifier is not present", ". type AbstractRoleType and identifier"),
    ('assignment/targetRef/@/identifier = "III"', 1, "Path assignment/targetRef/@/identifier is not present", "assignment/targetRef/@ matches (. type AbstractRoleType and identifier ...)"),
    ('assignment/targetRef matches (name = "ABC:Admin")', 31, "Additional unsupported filter specified", "@ matches (name = 'ABC:Admin')"),
    ("assignment/targetRef matches (type = RoleType)", 31, "Additional unsupported filter specified", "targetType = ..."),
    ("assignment/targetRef matches (relaton = owner)", 31, "Additional unsupported filter specified", "relation = ..."),
    ('assignment/targetRef matches (relation = "org:owner")', 42, "QName value expected", "org:owner"),
    ('assignment/targetRef/name = "x"', 1, "is not present in type targetRef", "assignment/targetRef/@/name"),
    ('linkRef = "x"', 1, "is not property", "linkRef matches (oid = ...)"),
    ("activation/lockoutStatus = normal", 28, "does not reference property", '"normal"'),
    ('activation/lockoutStatus = "locket"', 28, "Cannot find enum value", "locked"),
    ('subtype like "x"', 9, "Unknown filter like", "contains"),
    ("linkRef matches (relation = #)", 29, "QName value expected, not '#'", None),
    ("linkRef matches (targetType = #)", 31, "QName value expected, not '#'", None),
    (". referencedBy (@type = # and @path = linkRef)", 25, "QName value expected", None),
    ("#/name = 'a'", 1, "Path #/name is not present in type UserType", None),
    ("assignment/#/name = 'a'", 1, "is not present in type AssignmentType", None),
]  # fmt: skip


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


LESSONS = [
    ("not name = 'a'", "not stands before parentheses, as in not (name = 'a')"),
    ("not not (name = 'a')", "not stands before parentheses"),
    ("name startsWith [origIgnoreCase] 'A'", "a matching rule touches what it is for"),
    ("name =[ origIgnoreCase ] 'A'", "a matching rule is one name in brackets"),
    ("name = ()", "parentheses hold at least one value or filter"),
    ("()", "parentheses hold at least one value or filter"),
    ("name = ('a', 'b',)", "no comma stands before a closing parenthesis"),
    (". inOid 'a', 'b'", "several values stand in parentheses, as in ('a', 'b')"),
    ("activation / validTo exists", "a path holds no blank"),
    ("/name = 'a'", "no slash at an end"),
    ("activation/ exists", "no slash at an end"),
    ("assignment/../name = 'a'", ".. only at its start"),
    ("name = 'a' /* said", "the comment is not closed"),
    ("c : name = 'a'", "a prefix touches its name, as in c:name"),
    (".isRoot", "a blank stands after the path '.', as in . isRoot"),
    ("assignment matches description = 'a'", "matches takes a filter in parentheses"),
    ("name = 'a' and", "a filter is missing at the end"),
    ("name = 'a' OR ", "a filter is missing at the end"),
    ('description = """one"""', 'a newline stands after the opening """'),
    ("description = 'a\nb'", "a text of several lines stands between"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lesson"), LESSONS, ids=[each[0] for each in LESSONS])
def test_a_syntax_error_names_the_rule_that_was_broken(text: str, lesson: str) -> None:
    assert lesson in fault(text).reason


def test_every_lesson_is_tested() -> None:
    for _, _, lesson in faults.LESSONS:
        assert any(expected in lesson for _, expected in LESSONS), lesson


@pytest.mark.parametrize(
    "text", ["name = ('a' 'b')", "name = 'a' 'b'", "name = 'a', , 'b'", "name"]
)
def test_no_lesson_is_given_where_none_fits(text: str) -> None:
    assert "the quote" not in fault(text).reason
    assert fault(text).reason.startswith("Syntax error: Unexpected ")


#: A name with a letter too many or too few, and the name that was meant.
TYPOS = [
    ("givenNam = 'a'", "givenName"),
    ("activation/validTO < '2020-01-01'", "validTo"),
    ("assignment/targetReff exists", "targetRef"),
    ("metadata/createTimestam < '2020-01-01'", "createTimestamp"),
    ("name startWith 'a'", "startsWith"),
    ("name levenstein ('a', 1, true)", "levenshtein"),
    (". fulltext 'a'", "fullText"),
    (". referencedBY (@type = UserType)", "referencedBy"),
    (". type RolType", "RoleType"),
    ("assignment/targetRef matches (targetType = RolType)", "RoleType"),
    ("assignment/targetRef/@ matches (. type OrggType)", "OrgType"),
    (". referencedBy (@type = UserTyp and @path = linkRef)", "UserType"),
    (". referencedBy (@type = UserType and @path = linkReff)", "linkRef"),
    ("name =[polyStringNorms] 'a'", "polyStringNorm"),
    ("description =[stringIgnorCase] 'a'", "stringIgnoreCase"),
    ("description =[distinguishdName] 'a'", "distinguishedName"),
    (". inOrg[SUBTRE] 'a'", "SUBTREE"),
    ("assignment/targetRef matches (relatin = manager)", "relation = ..."),
    ("assignment/targetRef matches (targetTyp = RoleType)", "targetType = ..."),
    ("activation/administrativeStatus = 'enabld'", "enabled"),
    ("activation/lockoutStatus = ('normal', 'lockd')", "locked"),
    ("activation/effectiveStatus = Enabled", '"enabled"'),
]


@pytest.mark.parametrize(("text", "meant"), TYPOS, ids=[each[0] for each in TYPOS])
def test_a_typo_suggests_the_right_name(text: str, meant: str) -> None:
    assert fault(text).suggestion == meant


def test_what_the_documentation_calls_errors_is_answered_with_how_to_write_it() -> None:
    corpus = Path(__file__).parents[1] / "corpus" / "query-corpus.jsonl"
    entries = [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]
    wrong = [
        entry["text"]
        for entry in entries
        # stringIgnoreCase on a polystring is served.
        if "/errors/" in entry["source"] and not entry["valid"] and entry["id"] != "q0334"
    ]
    assert len(wrong) == 5
    for text in wrong:
        assert fault(text).suggestion is not None, text


REFUSED = [
    # text, column, what is named
    ("name = `script`", 8, "Expressions"),
    ("name = 'a' and name = groovy```\nx```", 23, "Expressions"),
    ("name = $variable", 8, "Expressions"),
    ("name = $c:account/c:uid", 8, "Expressions"),
    ("name = @constant", 8, "Expressions"),
    ("linkRef = `script`", 11, "Expressions"),
    (". inOrg `script`", 9, "Expressions"),
    (". inOid `script`", 9, "Expressions"),
    ("assignment/targetRef matches (relation = `script`)", 42, "Expressions"),
    (". referencedBy (@type = `script`)", 25, "Expressions"),
    (". fullText `script`", 12, "Expressions"),
    ("name = ?", 8, "Placeholders"),
    ("name = :name", 8, "Placeholders"),
    (". inOrg :org", 9, "Placeholders"),
    ("extension/a = extension/b", 15, "without a declared type"),
]


@pytest.mark.parametrize(("text", "column", "named"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_is_understood_but_not_served_says_so_by_name_and_place(
    text: str, column: int, named: str
) -> None:
    with pytest.raises(Unsupported) as caught:
        compile_filter(text, "UserType")
    assert named in caught.value.message
    assert isinstance(caught.value, QuerySemanticError)
    assert caught.value.column == column
    assert caught.value.code == "unsupported"


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
