"""Into which buckets a work is cut (midpoint-tasks 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.tasks.segmentation import MAX_BUCKETS, WHOLE, read_segments
from gateway.errors import InvalidRequest
from gateway.query import compile_query_filter


def cut(kind: str, **defined: Any) -> list[str]:
    """The filter texts of the buckets."""
    given = {"discriminator": "name"} | defined
    found = read_segments({"buckets": {f"{kind}Segmentation": given}})
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    return [each.clause.get("text", "") for each in found]


def boundary(*characters: str, **more: Any) -> dict[str, Any]:
    return {"characters": list(characters)} | more


def of_strings(*boundaries: dict[str, Any], **more: Any) -> list[str]:
    return cut("string", boundary=list(boundaries), **more)


def values(*boundaries: dict[str, Any], **more: Any) -> list[str]:
    """The boundary values."""
    found = of_strings(*boundaries, comparisonMethod="exactMatch", **more)
    return [text.removeprefix("name = '").removesuffix("'") for text in found]


@pytest.mark.parametrize("distribution", [{}, {"workerThreads": 4}, {"buckets": {}}])
def test_without_a_segmentation_there_is_one_bucket_over_everything(
    distribution: dict[str, Any],
) -> None:
    assert read_segments(distribution) == WHOLE


# ---- numbers -------------------------------------------------------------------------------------------


def of_numbers(**defined: Any) -> list[str]:
    return cut("numeric", discriminator="n", **defined)


def test_numbers_are_cut_into_equal_intervals() -> None:
    assert of_numbers(to=10.0, numberOfBuckets=3) == [
        "n >= 0 and n < 4",
        "n >= 4 and n < 8",
        "n >= 8 and n < 10",
    ]


def test_the_end_follows_from_size_and_number() -> None:
    assert of_numbers(**{"from": 5.0}, bucketSize=10.0, numberOfBuckets=2) == [
        "n >= 5 and n < 15",
        "n >= 15 and n < 25",
    ]


def test_the_number_follows_from_size_and_end() -> None:
    assert of_numbers(to=1.0, bucketSize=0.25)[-1] == "n >= 0.75 and n < 1"


def test_negative_and_tiny_numbers_are_written_out() -> None:
    assert of_numbers(**{"from": -1e-7}, to=0.0, bucketSize=1.0) == ["n >= -0.0000001 and n < 0"]


@pytest.mark.parametrize(
    "defined",
    [
        {},
        {"to": 10.0},
        {"numberOfBuckets": 4},
        {"bucketSize": 4.0},
        {"to": 10.0, "numberOfBuckets": 0},
        {"to": 10.0, "numberOfBuckets": -5},
        {"bucketSize": 5.0, "numberOfBuckets": 0},
        {"to": 10.0, "bucketSize": 0.0},
        {"to": 10.0, "bucketSize": -1.0},
        {"from": 10.0, "to": 10.0, "numberOfBuckets": 1},
        {"from": 11.0, "to": 10.0, "numberOfBuckets": 1},
        {"from": 11.0, "to": 10.0, "bucketSize": 1.0},
        {"to": 10.0, "bucketSize": 1e-300},
        {"to": 1e308, "bucketSize": 1e-308},
        {"from": -1e308, "to": 1e308, "numberOfBuckets": 2},
        {"bucketSize": 1e308, "numberOfBuckets": 100},
        {"to": float("inf"), "numberOfBuckets": 1},
        {"to": float("nan"), "numberOfBuckets": 1},
        {"to": 10.0, "bucketSize": float("nan")},
        {"to": 1e6, "bucketSize": 1.0},
        {"to": 2e6, "numberOfBuckets": 2**31 - 1},
    ],
)
def test_numbers_that_make_no_buckets_are_refused(defined: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="activity/distribution/buckets"):
        of_numbers(**defined)


# ---- texts ---------------------------------------------------------------------------------------------


def test_intervals_of_n_boundaries_are_n_and_one_more() -> None:
    assert of_strings(boundary("ab")) == [
        "name < 'a'",
        "name >= 'a' and name < 'b'",
        "name >= 'b'",
    ]


def test_prefixes_and_exact_values_are_as_many_as_boundaries() -> None:
    assert of_strings(boundary("ab"), comparisonMethod="prefix") == [
        "name startsWith 'a'",
        "name startsWith 'b'",
    ]
    assert of_strings(boundary("ab"), comparisonMethod="exactMatch") == ["name = 'a'", "name = 'b'"]


def test_a_matching_rule_is_asked_for_in_each_comparison() -> None:
    rule = "http://prism.evolveum.com/xml/ns/public/matching-rule-3#polyStringNorm"
    found = of_strings(boundary("a"), matchingRule=rule, comparisonMethod="prefix")
    assert found == ["name startsWith[polyStringNorm] 'a'"]
    assert of_strings(boundary("a"), matchingRule=rule)[0] == "name <[polyStringNorm] 'a'"


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("0-9a-f", "0123456789abcdef"),
        ("fa-c0", "0abcf"),
        (r"a\-c", "-ac"),
        (r"\\a", "\\a"),
        (r"\0-\3", "0123"),
        ("-a", "-a"),
        ("a-", "-a"),
        ("---", "-"),
        ("a-a", "a"),
        ("aab-a", None),
        ("z-a", None),
        ("\x00-\U0010ffff", None),
        ("\ud7ff-\ue000", None),
    ],
)
def test_characters_may_be_ranges_and_escaped(characters: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(InvalidRequest, match="no range of characters"):
            values(boundary(characters))
    else:
        plain = [text.replace("\\\\", "\\") for text in values(boundary(characters))]
        assert "".join(plain) == expected


def test_each_boundary_stands_for_the_next_position() -> None:
    assert values(boundary("ab"), boundary("12")) == ["a1", "a2", "b1", "b2"]


def test_positions_can_be_given_and_shared() -> None:
    found = values(boundary("x", position=[2, 1]), boundary("y", position=[2]))
    assert found == ["xx", "xy"]


def test_depth_repeats_the_positions() -> None:
    assert values(boundary("a"), boundary("12"), depth=2) == ["a1a1", "a1a2", "a2a1", "a2a2"]


def test_a_quote_in_a_boundary_ends_no_text() -> None:
    [text] = of_strings(boundary("'"), comparisonMethod="prefix")
    assert text == r"name startsWith '\''"
    assert compile_query_filter({"text": text}, "UserType") is not None


@pytest.mark.parametrize(
    "defined",
    [
        {"boundary": []},
        {"boundary": [{}]},
        {"boundary": [boundary()]},
        {"boundary": [boundary("")]},
        {"boundary": [boundary("a"), boundary("")]},
        {"boundary": [boundary("a", position=[2])]},
        {"boundary": [boundary("a", position=[0, 1])]},
        {"boundary": [boundary("a", position=[10**9])]},
        {"boundary": [boundary("a")], "depth": 0},
        {"boundary": [boundary("a")], "depth": 2**31 - 1},
        {"boundary": [boundary("ab")], "depth": 2**31 - 1},
        {"boundary": [boundary("ab")], "depth": 14},
        {"boundary": [boundary("0-9")] * 5},
    ],
)
def test_boundaries_that_make_no_buckets_are_refused(defined: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="activity/distribution/buckets"):
        cut("string", **defined)


def test_as_many_buckets_as_are_allowed_are_served() -> None:
    found = of_strings(*[boundary("0-9")] * 4, comparisonMethod="prefix")
    assert len(found) == MAX_BUCKETS


@pytest.mark.parametrize(("depth", "count"), [(1, 17), (2, 257)])
def test_oids_are_cut_by_their_first_digits(depth: int, count: int) -> None:
    found = [
        each.clause["text"]
        for each in read_segments({"buckets": {"oidSegmentation": {"depth": depth}}})
    ]
    assert len(found) == count
    assert (found[0], found[-1]) == (f"# < '{'0' * depth}'", f"# >= '{'f' * depth}'")


def test_a_segmentation_without_a_discriminator_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="needs a discriminator"):
        cut("string", boundary=[boundary("a")], discriminator=None)


# ---- given buckets -------------------------------------------------------------------------------------


def content(kind: str, **members: Any) -> dict[str, Any]:
    return {"@type": f"c:{kind}WorkBucketContentType"} | members


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (content("NumericInterval", **{"from": 1, "to": "2.5"}), "name >= 1 and name < 2.5"),
        (content("NumericInterval", to=3), "name < 3"),
        (content("NumericInterval"), ""),
        (content("StringInterval", **{"from": "a", "to": "b"}), "name >= 'a' and name < 'b'"),
        (content("StringInterval", **{"from": "a"}), "name >= 'a'"),
        (content("StringPrefix", prefix="a"), "name startsWith 'a'"),
        (content("StringPrefix", prefix=["a", "b"]), "name startsWith 'a' or name startsWith 'b'"),
        (content("StringValue", value=["it's"]), r"name = 'it\'s'"),
        (content("Filter", filter={"text": "name = 'x'"}), "name = 'x'"),
        (content("Filter", filter=[{"text": "name = 'x'"}]), "name = 'x'"),
        (
            {"@type": "http://example.com/common-3#StringPrefixWorkBucketContentType"}
            | {"prefix": "a"},
            "name startsWith 'a'",
        ),
    ],
)
def test_each_kind_of_content_can_be_given(given: dict[str, Any], text: str) -> None:
    assert cut("explicit", content=[given]) == [text]


@pytest.mark.parametrize(
    "given",
    [
        "a",
        None,
        {},
        {"@type": None},
        content("Odd"),
        content("NumericInterval", **{"from": "abc"}),
        content("NumericInterval", **{"from": "nan"}),
        content("NumericInterval", to="inf"),
        content("NumericInterval", to=[1]),
        content("NumericInterval", to=10**400),
        content("NumericInterval", **{"from": 2, "to": 1}),
        content("StringInterval", **{"from": "b", "to": "a"}),
        content("StringInterval", **{"from": 5}),
        content("StringPrefix"),
        content("StringPrefix", prefix=[]),
        content("StringPrefix", prefix=[7]),
        content("StringPrefix", prefix={"a": 1}),
        content("StringValue", value=None),
        content("Filter"),
        content("Filter", filter=[{"text": "name = 'x'"}, {"text": "name = 'y'"}]),
    ],
)
def test_a_content_that_selects_nothing_sensible_is_refused(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="explicitSegmentation"):
        cut("explicit", content=[given])


@pytest.mark.parametrize(
    "buckets",
    [
        {"explicitSegmentation": {}},
        {"explicitSegmentation": {"content": []}},
        {"explicitSegmentation": {"content": [content("Filter", filter={})] * (MAX_BUCKETS + 1)}},
        {"implicitSegmentation": {"numberOfBuckets": 0}},
        {"implicitSegmentation": {"numberOfBuckets": MAX_BUCKETS + 1}},
        {"implicitSegmentation": {"numberOfBuckets": 2**31 - 1}},
        {"implicitSegmentation": {"numberOfBuckets": 2}, "oidSegmentation": {}},
    ],
)
def test_no_buckets_too_many_and_two_ways_are_refused(buckets: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="activity/distribution/buckets"):
        read_segments({"buckets": buckets})


def test_implicit_buckets_are_equal_shares() -> None:
    found = read_segments({"buckets": {"implicitSegmentation": {"numberOfBuckets": 3}}})
    assert [(each.number, each.share, each.clause) for each in found] == [
        (1, (0, 3), None),
        (2, (1, 3), None),
        (3, (2, 3), None),
    ]
