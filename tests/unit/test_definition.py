"""From an activity's definition to the work that it means (midpoint-tasks 3)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dialects.midpoint.wire.read import Reader
from gateway.dialects.midpoint.wire.vocabulary import MidpointVocabulary
from gateway.engine.activities.base import (
    ACTIVITIES,
    CompositeActivity,
    CompositePart,
    find_activity,
    nameable,
)
from gateway.engine.tasks.plan import MAX_THREADS, Planner, PlanNode
from gateway.engine.tasks.segmentation import WHOLE
from gateway.errors import InvalidRequest, SchemaViolation, Unsupported
from gateway.model.initial import UTILITY_ARCHETYPE

DEFINITIONS = Planner(vocabulary=MidpointVocabulary(Reader()))


def plan(**activity: Any) -> PlanNode:
    found = DEFINITIONS.plan({"activity": activity})
    assert found is not None
    return found


def no_op(**more: Any) -> dict[str, Any]:
    return {"work": {"noOp": {}}} | more


def recomputation(**more: Any) -> dict[str, Any]:
    return {"work": {"recomputation": {"objects": {"type": "UserType"}}}} | more


def composed(*activities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"composition": {"activity": list(activities)}} | more


def paths(node: PlanNode) -> list[str]:
    return [work.path for work in node.leaves]


def test_a_task_without_an_activity_has_no_plan() -> None:
    assert DEFINITIONS.plan({"name": "t"}) is None


def test_a_simple_activity_is_named_after_its_work() -> None:
    found = plan(**no_op())
    assert (found.path, found.identifier, found.name) == ("noOp:1", "noOp:1", "noOp")
    [work] = found.leaves
    assert (work.mode, work.threads, work.segments) == ("full", 1, WHOLE)


def test_an_identifier_can_be_given() -> None:
    assert paths(plan(**no_op(identifier="mine"))) == ["mine"]


def test_children_stand_in_the_order_that_they_ask_for_and_then_as_given() -> None:
    found = plan(
        **composed(
            no_op(identifier="last"),
            no_op(identifier="second", order=2),
            no_op(identifier="first", order=-1),
            no_op(identifier="very last"),
        )
    )
    assert paths(found) == ["first", "second", "last", "very last"]


def test_children_of_the_same_kind_are_numbered_as_they_are_given() -> None:
    found = plan(**composed(no_op(order=2), recomputation(), no_op(order=1)))
    assert paths(found) == ["noOp:2", "noOp:1", "recomputation:1"]


def test_the_path_of_an_activity_leads_through_compositions_but_the_root() -> None:
    inner = composed(no_op(), composed(no_op(identifier="deep"), identifier="b"), identifier="a")
    assert paths(plan(**composed(no_op(), inner))) == ["noOp:1", "a/noOp:1", "a/b/deep"]


def test_two_children_of_the_same_identifier_are_refused() -> None:
    with pytest.raises(SchemaViolation, match="have the identifier 'noOp:2'"):
        plan(**composed(no_op(identifier="noOp:2"), no_op()))


def test_an_identifier_that_reads_as_a_path_is_refused() -> None:
    inside = composed(no_op(identifier="b"), identifier="a")
    with pytest.raises(SchemaViolation, match="'a/b'"):
        plan(**composed(inside, no_op(identifier="a/b")))


def test_what_is_skipped_is_left_out_with_all_below_it() -> None:
    skip = {"controlFlow": {"processingOption": "skip"}}
    found = plan(
        **composed(no_op(identifier="a"), no_op(**skip), composed(no_op(), **skip), no_op())
    )
    assert paths(found) == ["a", "noOp:3"]
    assert len(found.children) == 4


@pytest.mark.parametrize("option", ["automatic", "process"])
def test_what_is_not_skipped_is_done(option: str) -> None:
    assert paths(plan(**no_op(controlFlow={"processingOption": option}))) == ["noOp:1"]


def test_an_empty_composition_has_nothing_to_do() -> None:
    assert paths(plan(**composed())) == []


def test_a_composition_wins_over_work_beside_it() -> None:
    found = plan(**composed(recomputation()), work={"noOp": {}})
    assert paths(found) == ["recomputation:1"]


@pytest.mark.parametrize(
    "activity", [{}, {"work": {}}, {"work": {"noOp": {}, "recomputation": {}}}]
)
def test_exactly_one_kind_of_work_must_be_named(activity: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation, match="exactly one kind of work"):
        plan(**activity)
    with pytest.raises(SchemaViolation, match="exactly one kind of work"):
        plan(**composed(activity))


def test_work_that_is_not_supported_is_refused_by_name_with_what_is() -> None:
    with pytest.raises(Unsupported, match="'reconciliation' is not supported yet; supported are"):
        plan(work={"reconciliation": {}})


@pytest.mark.parametrize(
    "setting",
    [
        {"distribution": {"workerThreads": 2}},
        {"policies": {}},
        {"execution": {"mode": "preview"}},
        {"executionMode": "full"},
    ],
)
def test_settings_of_a_composition_are_refused_because_nobody_inherits_them(
    setting: dict[str, Any],
) -> None:
    with pytest.raises(Unsupported, match="do not inherit"):
        plan(**composed(no_op(), **setting))


def mode_of(**more: Any) -> str:
    [work] = plan(**no_op(**more)).leaves
    return work.mode


def test_the_mode_is_read_from_both_places_and_the_newer_one_wins() -> None:
    assert mode_of(execution={"mode": "dryRun"}) == "dryRun"
    assert mode_of(executionMode="preview") == "preview"
    assert mode_of(execution={"mode": "none"}, executionMode="preview") == "none"


def test_a_mode_that_the_activity_does_not_know_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"'recomputation' does not run in .* 'dryRun'"):
        plan(**recomputation(execution={"mode": "dryRun"}))


@pytest.mark.parametrize(("given", "threads"), [(0, 1), (1, 1), (4, 4), (MAX_THREADS, MAX_THREADS)])
def test_threads_are_buckets_at_a_time(given: int, threads: int) -> None:
    [work] = plan(**recomputation(distribution={"workerThreads": given})).leaves
    assert work.threads == threads


@pytest.mark.parametrize("threads", [-1, MAX_THREADS + 1])
def test_too_many_threads_are_refused(threads: int) -> None:
    with pytest.raises(SchemaViolation, match=f"workerThreads is {threads}"):
        plan(**recomputation(distribution={"workerThreads": threads}))


def buckets(**segmentation: Any) -> dict[str, Any]:
    return {"distribution": {"buckets": segmentation}}


def test_objects_are_cut_by_filters_and_steps_into_shares() -> None:
    [objects] = plan(**recomputation(**buckets(oidSegmentation={}))).leaves
    [steps] = plan(**no_op(**buckets(implicitSegmentation={"numberOfBuckets": 3}))).leaves
    assert (len(objects.segments), len(steps.segments)) == (17, 3)


def test_steps_have_no_filters_and_objects_no_implicit_buckets() -> None:
    with pytest.raises(Unsupported, match="'noOp' cannot be cut this way"):
        plan(**no_op(**buckets(oidSegmentation={})))
    with pytest.raises(Unsupported, match="'recomputation' cannot be cut this way"):
        plan(**recomputation(**buckets(implicitSegmentation={"numberOfBuckets": 2})))


@pytest.mark.parametrize(
    "segmentation",
    [
        {"discriminator": "nme", "boundary": [{"characters": ["a"]}]},
        {"discriminator": "name = 'x' or name", "boundary": [{"characters": ["a"]}]},
        {"discriminator": "name", "matchingRule": "odd", "boundary": [{"characters": ["a"]}]},
        {"discriminator": "assignment", "boundary": [{"characters": ["a"]}]},
    ],
)
def test_a_segmentation_that_could_only_fail_is_refused(segmentation: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        plan(**recomputation(**buckets(stringSegmentation=segmentation)))


def test_a_filter_of_an_explicit_bucket_is_read_at_once() -> None:
    content = [{"@type": "FilterWorkBucketContentType", "filter": {"text": "nme = 'x'"}}]
    with pytest.raises(InvalidRequest, match="nme"):
        plan(**recomputation(**buckets(explicitSegmentation={"content": content})))


def test_a_task_is_searchable_by_each_of_its_activities() -> None:
    found = plan(**composed(recomputation(), no_op(executionMode="preview")))
    full: dict[str, Any] = {"predefinedConfigurationToUse": "production"}
    assert found.affected_objects["activity"] == [
        full
        | {"activityType": "recomputation", "executionMode": "full"}
        | {"objects": {"type": "UserType"}},
        full | {"activityType": "noOp", "executionMode": "preview"},
    ]


def test_a_task_gets_the_archetype_of_its_kind_and_a_composition_none() -> None:
    assert plan(**no_op()).archetype == UTILITY_ARCHETYPE
    assert plan(**composed(no_op())).archetype is None


# ---- predefined composites -----------------------------------------------------------------------------


class TwoParts(CompositeActivity[None]):
    """Counts, then recomputes."""

    name = "twoParts"
    archetype = UTILITY_ARCHETYPE
    modes = frozenset({"full", "none"})

    def parts(self, work: dict[str, Any]) -> list[CompositePart]:
        return [
            CompositePart(identifier="count", name="noOp", work={"steps": work["steps"]}),
            CompositePart(identifier="recompute", name="recomputation"),
        ]


@pytest.fixture
def two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVITIES, "twoParts", TwoParts())


def in_two_parts(**more: Any) -> dict[str, Any]:
    return {"work": {"twoParts": {"steps": 7}}} | more


def test_a_predefined_composite_has_its_parts_for_children(two_parts: None) -> None:
    found = plan(**in_two_parts())
    assert (found.path, found.work) == ("twoParts:1", None)
    assert paths(found) == ["count", "recompute"]
    [count, _] = found.leaves
    assert count.parameters.steps == 7


def test_parts_stand_below_a_composite_that_is_no_root(two_parts: None) -> None:
    assert paths(plan(**composed(in_two_parts()))) == ["twoParts:1/count", "twoParts:1/recompute"]


def test_settings_of_a_predefined_composite_are_those_of_its_parts(two_parts: None) -> None:
    found = plan(**in_two_parts(execution={"mode": "none"}, distribution={"workerThreads": 3}))
    assert [(work.mode, work.threads) for work in found.leaves] == [("none", 3), ("none", 3)]


def test_a_mode_is_refused_in_the_composites_own_name(two_parts: None) -> None:
    with pytest.raises(Unsupported, match="'twoParts' does not run in the execution mode"):
        plan(**in_two_parts(execution={"mode": "preview"}))


def test_what_is_only_a_part_cannot_be_asked_for(
    two_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TwoParts, "is_part", True)
    assert "twoParts" not in nameable()
    with pytest.raises(Unsupported, match="'twoParts' is not supported"):
        find_activity("twoParts")
