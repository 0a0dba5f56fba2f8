"""What one request can have worked out: policies, comparisons, activities, bodies."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.engine.objects.value_policy import (
    MAX_LIMITS,
    MOST_CHARACTERS,
    find_violations,
    make_up_text,
    read_policy,
)
from gateway.engine.tasks.plan import Planner
from gateway.errors import MalformedBody, QueryError, SchemaViolation
from gateway.http.json_body import BodyLimits, parse_json
from gateway.query import compile_clauses, compile_filter, fuzzy
from gateway.query.fuzzy import (
    FUZZY_FUNCTIONS,
    MAX_ALIKE_LENGTH,
    MAX_WANTED_LENGTH,
    similarity,
    trigrams,
)
from gateway.store.sqlite.budget import SHORT_STRETCH, STRETCH, BudgetExceeded, QueryBudget, within
from gateway.store.sqlite.search_lanes import _stretch
from tests.serving import unique

if TYPE_CHECKING:
    import httpx2

    from gateway.engine.objects.value_policy import ValuePolicy
    from tests.conftest import ServerFactory

LIMITS = BodyLimits(size=10**7, depth=50, values=100)


def policy(least: int, *limits: dict[str, Any], **more: Any) -> ValuePolicy:
    limitations = {"minLength": least, "limit": list(limits)} | more
    return read_policy("p", {"stringPolicy": {"limitations": limitations}})


class Counting(random.Random):
    """Chance that counts how often it was asked."""

    asked = 0

    def choice(self, seq: Any) -> Any:
        self.asked += 1
        return super().choice(seq)


class TestPolicies:
    @pytest.mark.parametrize("least", [50, 4_000])
    def test_a_text_is_made_up_with_one_draw_a_character(self, least: int) -> None:
        chance = Counting(1)
        given = policy(least, {"minOccurs": 3, "characterClass": {"value": "0123456789"}})
        text = make_up_text(given, chance)
        assert len(text) == least == chance.asked
        assert not list(find_violations(given, text))

    def test_a_class_that_is_full_is_drawn_from_no_more(self) -> None:
        given = policy(
            200,
            {"maxOccurs": 3, "characterClass": {"value": "0123456789"}},
            {"characterClass": {"value": "abc"}},
            minUniqueChars=6,
        )
        for seed in range(20):
            assert not list(find_violations(given, make_up_text(given, random.Random(seed))))

    def test_a_character_of_two_classes_counts_for_both(self) -> None:
        given = policy(
            20,
            {"maxOccurs": 0, "characterClass": {"value": "a"}},
            {"maxOccurs": 4, "characterClass": {"value": "abc"}},
            {"characterClass": {"value": "xyz"}},
        )
        for seed in range(20):
            text = make_up_text(given, random.Random(seed))
            assert "a" not in text
            assert not list(find_violations(given, text))

    def test_a_text_is_looked_at_once_whatever_the_limits(self) -> None:
        reads = 0

        class Text(str):
            __slots__ = ()

            def __iter__(self) -> Any:
                nonlocal reads
                reads += 1
                return super().__iter__()

        given = policy(1, *[{"characterClass": {"value": "abc"}}] * MAX_LIMITS)
        assert not list(find_violations(given, Text("abc")))
        assert reads <= 2

    @pytest.mark.parametrize(
        "limits",
        [
            [{"characterClass": {"value": "a"}}] * (MAX_LIMITS + 1),
            [{"characterClass": {"value": "".join(map(chr, range(1, 55_000)))}}] * 2,
        ],
    )
    def test_a_policy_that_is_too_much_is_refused(self, limits: list[dict[str, Any]]) -> None:
        assert MOST_CHARACTERS < 55_000 * 2
        with pytest.raises(SchemaViolation, match="more than"):
            policy(1, *limits)

    def test_a_request_has_so_many_values_made_up(self, client: httpx2.Client) -> None:
        answer = generated(client, {}, 1_001)
        assert answer.status_code == 400
        assert "TASKGATE_MAX_GENERATED" in answer.text

    def test_a_request_has_so_many_characters_made_up(self, client: httpx2.Client) -> None:
        answer = generated(client, long_policy(client), 60)
        assert answer.status_code == 400
        assert "at most 100000" in answer.text

    def test_what_is_within_the_limits_is_made_up(self, client: httpx2.Client) -> None:
        assert generated(client, long_policy(client), 10).status_code == 200


def long_policy(client: httpx2.Client) -> dict[str, Any]:
    items = {"name": unique("long"), "stringPolicy": {"limitations": {"minLength": 2_000}}}
    made = client.post("/valuePolicies", json={"valuePolicy": items})
    oid = made.headers["location"].rpartition("/")[2]
    return {"valuePolicyRef": {"oid": oid, "type": "c:ValuePolicyType"}}


def generated(client: httpx2.Client, item: dict[str, Any], count: int) -> httpx2.Response:
    body = {"policyItemsDefinition": {"policyItemDefinition": [item] * count}}
    return client.post("/rpc/generate", json=body)


class TestFuzzy:
    @pytest.mark.parametrize("operator", ["levenshtein", "similarity"])
    def test_a_text_that_is_too_long_to_be_compared_is_refused(self, operator: str) -> None:
        text = "a" * (MAX_WANTED_LENGTH + 1)
        with pytest.raises(QueryError, match="at most 255 are compared"):
            compile_filter(f"name {operator} ('{text}', 1, true)", "UserType")
        clause = {
            "fuzzyStringMatch": {
                "path": "name",
                "value": text,
                "method": {operator: {"threshold": 1, "inclusive": True}},
            }
        }
        with pytest.raises(QueryError, match="at most 255 are compared"):
            compile_clauses(clause, "UserType")

    def test_the_distance_to_a_text_of_any_length_takes_no_time(self) -> None:
        class Text(str):
            __slots__ = ()

            def __iter__(self) -> Any:
                raise AssertionError("it was looked at")

        assert fuzzy.distance(Text("a" * 1_000_000), "a" * MAX_WANTED_LENGTH, 100) == 101

    def test_a_text_that_is_too_long_is_like_nothing(self) -> None:
        assert similarity("abc " * (MAX_ALIKE_LENGTH // 4), "abc") > 0
        assert similarity("abc " * (MAX_ALIKE_LENGTH // 4 + 1), "abc") == 0

    def test_trigrams_of_long_texts_are_not_kept(self) -> None:
        before = fuzzy._kept_trigrams.cache_info()
        trigrams(unique("long") * 100)
        assert fuzzy._kept_trigrams.cache_info() == before
        assert before.maxsize is not None
        # 2 bytes of index, an entry and a text of 3 characters for each trigram.
        assert before.maxsize * MAX_WANTED_LENGTH * 150 < 32 * 1024 * 1024

    def test_slow_functions_are_stopped_soon(self) -> None:
        calls = 0
        arity, function = FUZZY_FUNCTIONS["taskgate_near"]

        def counted(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            return function(*arguments)

        with closing(sqlite3.connect(":memory:")) as connection:
            connection.create_function("taskgate_near", arity, counted)
            rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10000)"
            sql = f"{rows} SELECT count(*) FROM n WHERE taskgate_near('ab', 'ba', 1, 1)"
            with (
                pytest.raises(BudgetExceeded),
                within(connection, QueryBudget(seconds=5), lambda: float(calls), SHORT_STRETCH),
            ):
                connection.execute(sql).fetchall()
        assert calls < 10

    def test_only_searches_with_slow_functions_look_at_the_clock_so_often(self) -> None:
        from gateway.store.search import Search  # noqa: PLC0415  only here

        near = compile_filter("name levenshtein ('a', 1, true)", "UserType")
        plain = compile_filter("name contains 'abc'", "UserType")
        assert _stretch(Search(type="UserType", filter=near)) == SHORT_STRETCH
        assert _stretch(Search(type="UserType", filter=plain)) == STRETCH


def composed(width: int, depth: int, buckets: int) -> dict[str, Any]:
    if not depth:
        distribution = {"buckets": {"implicitSegmentation": {"numberOfBuckets": buckets}}}
        return {"work": {"noOp": {}}, "distribution": distribution}
    inner = [
        composed(width, depth - 1, buckets) | {"identifier": f"a{number}"}
        for number in range(width)
    ]
    return {"composition": {"activity": inner}}


class TestActivities:
    def test_buckets_of_nested_compositions_are_counted_together(self) -> None:
        definitions = Planner(vocabulary=None, most_buckets=80)  # type: ignore[arg-type]
        assert definitions.plan({"activity": composed(2, 3, 10)}) is not None
        with pytest.raises(
            SchemaViolation, match=r"With 'a1/a1/a1'.*TASKGATE_MAX_BUCKETS"
        ) as found:
            definitions.plan({"activity": composed(2, 3, 11)})
        assert found.value.path == "activity/composition/activity/distribution/buckets"

    def test_skipped_ones_count_too(self) -> None:
        definitions = Planner(vocabulary=None, most_buckets=10)  # type: ignore[arg-type]
        skipped = composed(2, 1, 10)
        skipped["composition"]["activity"][0]["controlFlow"] = {"processingOption": "skip"}
        with pytest.raises(SchemaViolation, match="TASKGATE_MAX_BUCKETS"):
            definitions.plan({"activity": skipped})

    def test_a_task_with_too_many_is_refused(self, make_server: ServerFactory) -> None:
        with make_server(max_buckets=100).client() as client:
            task = {"name": "many", "activity": composed(3, 2, 50)}
            answer = client.post("/tasks", json={"task": task})
            assert answer.status_code == 400
            assert "TASKGATE_MAX_BUCKETS" in answer.text


class TestBodies:
    @pytest.mark.parametrize(
        "value",
        [
            {str(number): 1 for number in range(101)},
            [{"inner": {str(number): 1 for number in range(101)}}],
            [[list(range(50)) for _ in range(50)]],
        ],
    )
    def test_names_of_objects_are_limited_as_values_of_lists_are(self, value: Any) -> None:
        with pytest.raises(MalformedBody):
            parse_json(orjson.dumps(value), LIMITS)

    def test_as_many_names_as_values_are_taken(self) -> None:
        value = {str(number): 1 for number in range(100)}
        assert parse_json(orjson.dumps(value), LIMITS) == value
