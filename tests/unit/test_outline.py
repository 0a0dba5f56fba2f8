"""The tree of activities that a definition names (midpoint-tasks 3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dialects.midpoint.wire.read import Reader
from gateway.dialects.midpoint.wire.vocabulary import MidpointVocabulary
from gateway.engine.tasks.outline import outline
from gateway.engine.tasks.plan import Planner
from gateway.errors import SchemaViolation, Unsupported

NO_OP: dict[str, Any] = {"work": {"noOp": {}}}


def composition(*children: dict[str, Any], **items: Any) -> dict[str, Any]:
    return {"composition": {"activity": list(children)}, **items}


def paths(activity: dict[str, Any]) -> list[str]:
    return [leaf.path for leaf in outline(activity).leaves]


def test_an_activity_without_an_identifier_is_called_by_its_kind() -> None:
    found = outline(NO_OP)
    assert (found.path, found.identifier, found.name) == ("noOp:1", "noOp:1", "noOp")


def test_children_are_numbered_by_kind_and_stand_in_no_root() -> None:
    tree = composition(NO_OP, {"work": {"recomputation": {}}}, NO_OP, identifier="both")
    assert outline(tree).path == "both"
    assert paths(tree) == ["noOp:1", "recomputation:1", "noOp:2"]


def test_the_path_into_a_composition_names_what_is_on_the_way() -> None:
    inner = composition({**NO_OP, "identifier": "a"}, identifier="inner")
    assert paths(composition(composition(inner, identifier="outer"))) == ["outer/inner/a"]


def test_children_come_in_the_order_they_ask_for_and_the_others_last() -> None:
    tree = composition(
        {**NO_OP, "identifier": "last"},
        {**NO_OP, "identifier": "second", "order": 2},
        {**NO_OP, "identifier": "first", "order": 1},
    )
    assert paths(tree) == ["first", "second", "last"]


def test_what_is_below_a_skipped_activity_is_skipped_too() -> None:
    skipped = {"controlFlow": {"processingOption": "skip"}}
    tree = composition(
        composition(NO_OP, identifier="left out", **skipped), {**NO_OP, **skipped}, NO_OP
    )
    assert paths(tree) == ["noOp:2"]


def test_buckets_and_mode_are_known_without_reading_the_work() -> None:
    buckets = {"implicitSegmentation": {"numberOfBuckets": 5}}
    cut = {**NO_OP, "distribution": {"buckets": buckets}, "execution": {"mode": "preview"}}
    assert [segment.number for segment in outline(cut).segments] == [1, 2, 3, 4, 5]
    assert (outline(cut).mode, outline(NO_OP).mode) == ("preview", "full")
    assert outline({**NO_OP, "executionMode": "dryRun"}).mode == "dryRun"


def test_two_children_of_one_name_are_refused() -> None:
    twin = {**NO_OP, "identifier": "twin"}
    with pytest.raises(SchemaViolation, match="'twin'"):
        outline(composition(twin, twin))


def test_work_that_nobody_knows_has_no_outline() -> None:
    with pytest.raises(Unsupported, match="'magic'"):
        outline(composition({"work": {"magic": {}}}))


def test_the_plan_has_the_paths_of_the_outline() -> None:
    tree = composition(composition(NO_OP, NO_OP, identifier="outer"), NO_OP)
    plan = Planner(vocabulary=MidpointVocabulary(Reader())).plan({"activity": tree})
    assert plan is not None
    assert [work.path for work in plan.leaves] == paths(tree)
    assert paths(tree) == ["outer/noOp:1", "outer/noOp:2", "noOp:1"]
