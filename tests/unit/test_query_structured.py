from __future__ import annotations

from random import Random
from typing import Any

import pytest

from gateway.errors import InvalidRequest, QueryError, Unsupported
from gateway.query import Limits, compile_clauses, compile_filter, render
from gateway.query.clause_reader import FIELDS
from gateway.query.clauses import READERS
from gateway.store.sqlite.compile.where import where_of

OID = "00000000-0000-0000-0000-000000000001"

SAME = [
    # a clause, and the text that means the same
    ({"equal": {"path": "name", "value": "a"}}, "name = 'a'"),
    ({"equal": {"path": "c:name", "value": ["a", "b"]}}, "c:name = ('a', 'b')"),
    ({"equal": {"path": "name", "value": {"orig": "a", "norm": "a"}}}, "name = 'a'"),
    ({"equal": {"path": "description"}}, "description not exists"),
    ({"equal": {"path": "description", "matching": "mr:stringIgnoreCase", "value": "A"}}, "description =[stringIgnoreCase] 'A'"),
    ({"equal": {"path": "fullName", "rightHandSidePath": "name"}}, "fullName = name"),
    ({"anyIn": {"path": "name", "value": ["a", "b"]}}, "name anyIn ('a', 'b')"),
    ({"greater": {"path": "activation/validTo", "value": "2020-01-01"}}, "activation/validTo > '2020-01-01'"),
    ({"less": {"path": "familyName", "value": 5}}, "familyName < '5'"),
    ({"lessOrEqual": {"path": "name", "value": "a"}}, "name <= 'a'"),
    ({"greaterOrEqual": {"path": "name", "value": True}}, "name >= 'true'"),
    ({"substring": {"path": "name", "value": "a"}}, "name contains 'a'"),
    ({"substring": {"path": "name", "value": "a", "anchorStart": True}}, "name startsWith 'a'"),
    ({"substring": {"path": "name", "value": "a", "anchorEnd": "true"}}, "name endsWith 'a'"),
    ({"substring": {"path": "name", "value": "a", "anchorStart": True, "anchorEnd": True}}, "name = 'a'"),
    ({"fuzzyStringMatch": {"path": "name", "value": "a", "method": {"levenshtein": {"threshold": 2, "inclusive": False}}}}, "name levenshtein ('a', '2', 'false')"),
    ({"fuzzyStringMatch": {"path": "name", "value": "a", "method": {"similarity": {"threshold": 0.5}}}}, "name similarity ('a', '0.5', 'true')"),
    ({"ref": {"path": "linkRef"}}, "linkRef not exists"),
    ({"ref": {"path": "linkRef", "value": {}}}, "linkRef exists"),
    ({"ref": {"path": "linkRef", "value": {"oid": OID}}}, f"linkRef matches (oid = '{OID}')"),
    ({"ref": {"path": "linkRef", "value": [{"oid": "x"}, {"oid": "y"}]}}, "linkRef matches (oid = 'x') or linkRef matches (oid = 'y')"),
    ({"ref": {"path": "assignment/targetRef", "value": {"oid": "x", "type": "c:RoleType", "relation": "org:manager"}}}, "assignment/targetRef matches (oid = 'x' and targetType = c:RoleType and relation = org:manager)"),
    ({"ref": {"path": "linkRef", "filter": {"exists": {"path": "description"}}}}, "linkRef matches (relation = q:any and @ matches (description exists))"),
    ({"exists": {"path": "assignment"}}, "assignment exists"),
    ({"exists": {"path": "assignment", "filter": {"equal": {"path": "order", "value": 1}}}}, "assignment matches (order = '1')"),
    ({"inOid": {"value": ["x", "y"]}}, ". inOid ('x', 'y')"),
    ({"org": {"orgRef": {"oid": OID}, "scope": "ONE_LEVEL"}}, f". inOrg[ONE_LEVEL] '{OID}'"),
    ({"org": {"orgRef": {"oid": OID, "scope": "ANCESTORS"}}}, f". inOrg[ANCESTORS] '{OID}'"),
    ({"org": {"orgRef": {"oid": OID}}}, f". inOrg[SUBTREE] '{OID}'"),
    ({"org": {"isRoot": True}}, ". isRoot"),
    ({"fullText": {"value": "a b"}}, ". fullText 'a b'"),
    ({"type": {"type": "c:UserType"}}, ". type c:UserType"),
    ({"type": {"type": "UserType", "filter": {"equal": {"path": "givenName", "value": "a"}}}}, ". type UserType and givenName = 'a'"),
    ({"referencedBy": {"type": "UserType", "path": "linkRef", "relation": "default"}}, ". referencedBy (@type = UserType and @path = linkRef and @relation = default)"),
    ({"exists": {"path": "assignment", "filter": {"ownedBy": {"type": "UserType", "path": "assignment", "filter": {"equal": {"path": "name", "value": "a"}}}}}}, "assignment matches (. ownedBy (@type = UserType and @path = assignment and name = 'a'))"),
    ({"and": {"equal": [{"path": "name", "value": "a"}, {"path": "description", "value": "b"}], "exists": {"path": "linkRef"}}}, "name = 'a' and description = 'b' and linkRef exists"),
    ({"or": [{"equal": {"path": "name", "value": "a"}}, {"equal": {"path": "name", "value": "b"}}]}, "name = 'a' or name = 'b'"),
    ({"not": {"equal": {"path": "name", "value": "a"}}}, "name != 'a'"),
    ({"and": {"undefined": {}, "exists": {"path": "linkRef"}}}, "linkRef exists"),
    ({"q:exists": {"q:path": "linkRef"}, "description": "links", "@ns": "x"}, "linkRef exists"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "text"), SAME, ids=[text for _, text in SAME])
def test_a_clause_is_the_filter_that_its_text_is(clause: Any, text: str) -> None:
    compiled = compile_clauses(clause, "UserType")
    assert compiled is not None
    assert compiled.query == compile_filter(text, "UserType").query
    assert render(compiled.tree) == text
    assert where_of(compiled).sql


@pytest.mark.parametrize(
    ("clause", "sql"),
    [
        ({"all": {}}, "1"),
        ({"all": ""}, "1"),
        ({"none": None}, "0"),
        ({"not": {"all": {}}}, "0"),
        ({"inOid": {}}, "0"),
        ({"and": {"none": {}, "equal": {"path": "name", "value": "a"}}}, "0 AND o.name = ?"),
    ],
)
def test_everything_and_nothing_have_clauses(clause: Any, sql: str) -> None:
    compiled = compile_clauses(clause, "UserType")
    assert compiled is not None
    assert where_of(compiled).sql == sql


@pytest.mark.parametrize(
    "clause", [{"undefined": {}}, {"not": {"undefined": {}}}, {"and": {"undefined": [{}, {}]}}]
)
def test_what_is_undefined_selects_everything(clause: Any) -> None:
    assert compile_clauses(clause, "UserType") is None


WRONG = [
    # a clause, part of the message, the place, the suggestion
    ({"equals": {}}, "Unsupported query filter equals", "filter/equals", "equal"),
    ({"contains": {}}, "Unsupported query filter contains", "filter/contains", "substring"),
    ({"equal": {}}, "does not contain item path", "filter/equal", None),
    ({"equal": {"path": "nam", "value": "a"}}, "Path nam is not present", "filter/equal/path", "name"),
    ({"equal": {"path": "name", "values": "a"}}, "Unexpected item values", "filter/equal", "value"),
    ({"equal": {"path": "na me", "value": "a"}}, "is not an item path", "filter/equal/path", None),
    ({"equal": {"path": 7, "value": "a"}}, "is not an item path", "filter/equal/path", None),
    ({"equal": {"path": "name", "value": [["a"]]}}, "A value must be", "filter/equal/value[0]", None),
    ({"equal": {"path": "name", "value": "a\x00"}}, "no text can hold", "filter/equal/value", None),
    ({"equal": {"path": "name", "matching": "nope", "value": "a"}}, "Couldn't find matching rule", "filter/equal", None),
    ({"equal": {"path": "name", "matching": 1, "value": "a"}}, "A matching rule is a name", "filter/equal/matching", None),
    ({"equal": {"path": "assignment", "value": "a"}}, "is not property", "filter/equal/path", "assignment matches ( ... )"),
    ({"less": {"path": "name", "value": ["a", "b"]}}, "exactly one value, got 2", "filter/less", None),
    ({"less": {"path": "name"}}, "exactly one value, got 0", "filter/less", None),
    ({"org": {"isRoot": 1}}, "isRoot must be true or false", "filter/org/isRoot", None),
    ({"and": {"equal": [{"path": "name", "value": "a"}, {"path": "x", "value": "a"}]}}, "Path x", "filter/and/equal[1]/path", None),
    ({"or": [{"exists": {"path": "name"}}, {"exist": {}}]}, "Unsupported query filter exist", "filter/or[1]/exist", "exists"),
    ({"and": {}}, "needs at least one clause", "filter/and", None),
    ({"not": {}}, "exactly one clause, got 0", "filter/not", None),
    ({"not": {"all": {}, "none": {}}}, "exactly one clause, got 2", "filter/not", None),
    ({"equal": "x"}, "equal must be an object", "filter/equal", None),
    ({"and": "x"}, "A clause must be an object", "filter/and", None),
    ({"exists": {"path": "assignment", "filter": {"less": {"path": "order", "value": "x"}}}}, "is not an integer", "filter/exists/filter/less/value", None),
    ({"equal": {"path": "activation/administrativeStatus", "value": "enable"}}, "Cannot find enum value", "filter/equal/value", "enabled"),
    ({"substring": {"path": "name", "value": "a", "anchorStart": "yes"}}, "anchorStart must be true or false", "filter/substring/anchorStart", None),
    ({"fuzzyStringMatch": {"path": "name", "value": "a", "method": {}}}, "levenshtein or similarity", "filter/fuzzyStringMatch/method", None),
    ({"fuzzyStringMatch": {"path": "name", "value": "a", "method": {"soundex": {}}}}, "levenshtein or similarity", "filter/fuzzyStringMatch/method", None),
    ({"fuzzyStringMatch": {"path": "name", "value": "a", "method": {"similarity": {}}}}, "threshold is not specified", "filter/fuzzyStringMatch/method/similarity", None),
    ({"ref": {"path": "linkRef", "value": "x"}}, "A reference value is an object", "filter/ref/value", None),
    ({"ref": {"path": "linkRef", "value": {"type": 1}}}, "QName value expected", "filter/ref/value/type", None),
    ({"org": {}}, "org needs orgRef", "filter/org", None),
    ({"org": {"orgRef": {"oid": "x"}, "scope": "ALL"}}, "The scope of inOrg is one of", "filter/org", None),
    ({"type": {}}, "type literal must be specified", "filter/type", None),
    ({"type": {"type": "UserTyp"}}, "Type UserTyp is not known", "filter/type/type", "UserType"),
    ({"referencedBy": {}}, "requires @type", "filter/referencedBy", None),
    ({"referencedBy": {"path": "linkRef"}}, "requires @type", "filter/referencedBy", ". referencedBy (@type = UserType and @path = assignment/targetRef)"),
    ({"fullText": {}}, "Value required", "filter/fullText", None),
    ({"ref": {"path": "linkRef", "value": {"oid": "x"}, "filter": {"equal": {"path": "nam", "value": 1}}}}, "Path nam", "filter/ref/filter/equal/path", "name"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "message", "place", "suggestion"), WRONG)
def test_a_fault_names_its_place_in_the_json(
    clause: Any, message: str, place: str, suggestion: str | None
) -> None:
    with pytest.raises(QueryError) as caught:
        compile_clauses(clause, "UserType")
    assert message in caught.value.reason
    assert f"(at {place})" in caught.value.message
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    "clause",
    [
        {"equal": {"path": "name", "expression": {"script": {"code": "x"}}}},
        {"inOid": {"expression": {}}},
    ],
)
def test_what_is_understood_but_not_served_says_so(clause: Any) -> None:
    with pytest.raises(Unsupported, match="filter/"):
        compile_clauses(clause, "UserType")


def test_clauses_nest_as_deep_as_text_may() -> None:
    clause: Any = {"exists": {"path": "name"}}
    for _ in range(30):
        clause = {"not": {"and": {"not": clause, "exists": {"path": "linkRef"}}}}
    with pytest.raises(QueryError, match="nests deeper than 20 clauses"):
        compile_clauses(clause, "UserType", limits=Limits(depth=20))
    assert compile_clauses(clause, "UserType") is not None


def test_the_number_of_clauses_has_an_end() -> None:
    many = {"or": {"equal": [{"path": "name", "value": "a"}] * 5_000}}
    with pytest.raises(QueryError, match="more than 4096 clauses"):
        compile_clauses(many, "UserType")


def test_every_clause_of_the_table_is_read() -> None:
    assert {name for name, fields in FIELDS.items() if fields is not None} == READERS.keys()


ANYTHING: list[Any] = [
    None, True, 1, 1e400, -0.0, 10**400, "", "a", "\x00", "a b", "q:any", "#", "..", "@", ".", "name", "assignment",
    "assignment[1]/order", "assignment/targetRef", "linkRef", "$x", "(", [], {}, ["a", [1]], {"oid": None},
    {"type": "no type"}, {"relation": "#"}, {"@value": "x"}, {"levenshtein": {"threshold": "x"}}, {"similarity": 3},
]  # fmt: skip


def any_clause(chance: Random, depth: int) -> Any:
    """JSON that is more or less like a filter."""
    if depth == 0 or chance.random() < 0.1:
        return chance.choice(ANYTHING)
    name = chance.choice([*FIELDS, "nothing"])
    fields = FIELDS.get(name)
    if fields is None:
        return {name: [any_clause(chance, depth - 1) for _ in range(chance.randrange(3))]}
    content = {each: chance.choice(ANYTHING) for each in fields if chance.random() < 0.6}
    if "filter" in content:
        content["filter"] = any_clause(chance, depth - 1)
    return {name: content}


def test_no_json_fails_otherwise_than_with_an_answer_for_the_caller() -> None:
    chance = Random(5)
    outcomes = set()
    for _ in range(4_000):
        clause = any_clause(chance, 4)
        try:
            compiled = compile_clauses(clause, "UserType")
            assert compiled is None or where_of(compiled).sql
            outcomes.add("served")
        except InvalidRequest:
            outcomes.add("refused")
    assert outcomes == {"served", "refused"}
