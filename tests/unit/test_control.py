"""What follows from items that fail: reactions and policies (midpoint-tasks 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.objects.item import ItemResult
from gateway.engine.tasks.error_handling import (
    Decision,
    ErrorHandler,
    ErrorHandling,
    read_error_handling,
)
from gateway.errors import SchemaViolation

NOW = "2025-06-15T12:00:00.000Z"
GOOD = ItemResult()


def bad(status: str = "fatal_error", category: str = "generic") -> ItemResult:
    return ItemResult(status=status, message="no good", category=category)


def entry(reaction: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return more | ({} if reaction is None else {"reaction": reaction})


def reacting(*entries: dict[str, Any]) -> ErrorHandling:
    return read_error_handling({"controlFlow": {"errorHandling": {"entry": list(entries)}}})


def policy(
    action: str | tuple[str, ...] = "suspendTask", name: str | None = None, **mark: float
) -> dict[str, Any]:
    actions = (action,) if isinstance(action, str) else action
    return {
        "policyConstraints": {"itemProcessingResult": {}},
        "policyThreshold": {"lowWaterMark": mark},
        "policyActions": {each: {} for each in actions},
    } | ({} if name is None else {"name": name})


def limiting(*policies: dict[str, Any]) -> ErrorHandling:
    return read_error_handling({"policies": {"policy": list(policies)}})


def judged(control: ErrorHandling, *results: ItemResult, expected: int = 100) -> list[Decision]:
    """What becomes of the items, up to the one that halts."""
    judge = ErrorHandler(control, expected)
    judgements = []
    for seq, result in enumerate(results, 1):
        judgements.append(judge.judge(result, seq, 0, NOW))
        if judgements[-1].halt is not None:
            break
    return judgements


def halts(
    control: ErrorHandling, *results: ItemResult, expected: int = 100
) -> tuple[int, str] | None:
    """The number of the item that halts the run, and how."""
    judgements = judged(control, *results, expected=expected)
    halt = judgements[-1].halt
    return None if halt is None else (len(judgements), halt.kind)


# ---- reactions -----------------------------------------------------------------------------------------


def test_without_error_handling_a_failed_item_changes_nothing() -> None:
    assert halts(ErrorHandling(), bad(), bad(), bad()) is None


def test_an_entry_without_a_reaction_stops_and_has_the_item_tried_again() -> None:
    [judgement] = judged(reacting(entry()), bad(), bad())
    assert judgement.halt is not None
    assert (judgement.halt.kind, judgement.is_provisional) == ("stop", True)
    assert judgement.halt.message == "Stopped at a failed item: no good"


def test_an_empty_reaction_stops() -> None:
    assert halts(reacting(entry({})), bad(), bad()) == (1, "stop")


def test_an_ignored_item_is_simply_failed() -> None:
    assert judged(reacting(entry({"ignore": {}})), bad()) == [Decision()]


@pytest.mark.parametrize("result", [GOOD, bad("warning"), bad("not_applicable")])
def test_what_is_no_failure_meets_no_reaction(result: ItemResult) -> None:
    assert halts(reacting(entry({"stop": {}})), result) is None


@pytest.mark.parametrize("status", ["partial_error", "handled_error", "unknown", "in_progress"])
def test_each_kind_of_failure_stops_if_nothing_else_is_said(status: str) -> None:
    assert halts(reacting(entry({"stop": {}})), bad(status)) == (1, "stop")


def test_the_first_entry_that_fits_wins() -> None:
    control = reacting(
        entry({"ignore": {}}, situation={"errorCategory": ["schema"]}), entry({"stop": {}})
    )
    assert halts(control, bad(category="schema"), bad(category="network")) == (2, "stop")


def test_entries_are_asked_in_their_order_and_those_without_one_last() -> None:
    control = reacting(
        entry({"stop": {}}), entry({"stop": {}}, order=2), entry({"ignore": {}}, order=1)
    )
    assert halts(control, bad()) is None


def test_status_and_category_must_both_fit() -> None:
    situation = {"status": ["partial_error"], "errorCategory": ["schema"]}
    control = reacting(entry({"stop": {}}, situation=situation))
    results = (bad("partial_error"), bad(category="schema"), bad("partial_error", "schema"))
    assert halts(control, *results) == (3, "stop")


def test_stop_after_goes_on_until_the_nth_item() -> None:
    assert halts(reacting(entry({"stopAfter": 3})), bad(), GOOD, bad(), bad()) == (4, "stop")


def test_stop_after_counts_only_items_of_its_own_entry() -> None:
    control = reacting(
        entry({"ignore": {}}, situation={"errorCategory": ["schema"]}), entry({"stopAfter": 2})
    )
    results = (bad(category="schema"), bad(category="schema"), bad(), bad())
    assert halts(control, *results) == (4, "stop")


def test_stop_after_counts_on_from_other_buckets() -> None:
    control = reacting(entry({"stopAfter": 3}))
    judge = ErrorHandler(control, 100, elsewhere={control.reactions[0].key: 2})
    assert judge.judge(bad(), 1, 0, NOW).halt is not None


def test_the_item_that_stopped_is_not_counted_until_it_fails_for_good() -> None:
    control = reacting(entry({"stopAfter": 2}))
    judge = ErrorHandler(control, 100)
    judge.judge(bad(), 1, 0, NOW)
    assert judge.judge(bad(), 2, 0, NOW).is_provisional
    assert judge.matched == {control.reactions[0].key: 1}


# ---- trying again --------------------------------------------------------------------------------------


def retried(reaction: dict[str, Any], attempt: int) -> tuple[str, int] | None:
    judge = ErrorHandler(reacting(entry({"retryLater": reaction})), 100)
    retry = judge.judge(bad(), 7, attempt, NOW).retry
    return None if retry is None else (retry.due, retry.attempt)


@pytest.mark.parametrize(
    ("reaction", "attempt", "expected"),
    [
        ({}, 0, ("2025-06-15T12:30:00.000Z", 1)),
        ({}, 1, ("2025-06-15T18:00:00.000Z", 2)),
        ({}, 1_000, ("2025-06-15T18:00:00.000Z", 1_001)),
        ({"initialInterval": "PT1M"}, 0, ("2025-06-15T12:01:00.000Z", 1)),
        ({"nextInterval": "P1D"}, 3, ("2025-06-16T12:00:00.000Z", 4)),
        ({"retryLimit": 2}, 1, ("2025-06-15T18:00:00.000Z", 2)),
        ({"retryLimit": 2}, 2, None),
        ({"retryLimit": 0}, 0, None),
    ],
)
def test_a_failed_item_is_tried_again_in_time_and_not_too_often(
    reaction: dict[str, Any], attempt: int, expected: tuple[str, int] | None
) -> None:
    assert retried(reaction, attempt) == expected


def test_an_item_that_fails_again_is_counted_by_limits_once() -> None:
    control = read_error_handling(
        {
            "controlFlow": {
                "errorHandling": {"entry": [entry({"retryLater": {}, "stopAfter": 2})]}
            },
            "policies": {"policy": [policy(count=2)]},
        }
    )
    judge = ErrorHandler(control, 100)
    judgements = [judge.judge(bad(), 1, attempt, NOW) for attempt in range(4)]
    assert all(each.retry is not None and each.halt is None for each in judgements)
    assert set(judge.matched.values()) == {1}


# ---- policies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "kind"), [("suspendTask", "suspend"), ("skipActivity", "skip")])
def test_a_policy_acts_at_its_nth_item(action: str, kind: str) -> None:
    control = limiting(policy(action, count=2))
    judgements = judged(control, bad(), GOOD, bad(), bad())
    assert [each.halt is not None for each in judgements] == [False, False, True]
    assert judgements[-1].halt is not None
    assert judgements[-1].halt.kind == kind
    assert judgements[-1].halt.message == "The policy '1' allows fewer than 2 such items."
    assert not judgements[-1].is_provisional


def test_a_policy_without_a_threshold_acts_at_the_first_item() -> None:
    assert halts(limiting(policy()), GOOD, bad()) == (2, "suspend")


def test_a_percentage_is_one_of_all_items_and_not_of_those_so_far() -> None:
    control = limiting(policy(percentage=10))
    assert halts(control, *[bad()] * 10, expected=50) == (5, "suspend")


def test_a_percentage_of_an_unknown_number_is_one_of_the_items_so_far() -> None:
    control = limiting(policy(percentage=50))
    assert halts(control, GOOD, GOOD, bad(), GOOD, bad(), bad(), expected=0) == (6, "suspend")


def test_of_a_count_and_a_percentage_the_first_one_reached_acts() -> None:
    assert halts(limiting(policy(percentage=10, count=50)), *[bad()] * 60) == (10, "suspend")
    [*_, last] = judged(limiting(policy(percentage=90, count=3)), *[bad()] * 60)
    assert last.halt is not None
    assert "fewer than 3 and less than 90 %" in last.halt.message


def test_a_policy_counts_only_what_its_constraint_names() -> None:
    named = policy(count=2) | {
        "policyConstraints": {"itemProcessingResult": {"status": ["success"]}}
    }
    assert halts(limiting(named), bad(), GOOD, bad(), GOOD) == (4, "suspend")


def test_a_notification_tells_once_and_the_run_goes_on() -> None:
    judgements = judged(limiting(policy("notification", count=2)), *[bad()] * 4)
    assert [each.notices for each in judgements] == [
        (),
        ("The policy '1' allows fewer than 2 such items.",),
        (),
        (),
    ]


def test_a_notification_goes_out_before_the_task_is_suspended() -> None:
    control = limiting(policy(("suspendTask", "notification"), count=2))
    [_, last] = judged(control, bad(), bad())
    assert last.halt is not None
    assert len(last.notices) == 1


def test_of_two_actions_of_a_policy_each_counts_every_item_once() -> None:
    control = limiting(policy(("skipActivity", "suspendTask"), count=3))
    assert halts(control, *[bad()] * 5) == (3, "skip")


def test_a_policy_counts_on_from_the_last_stretch_and_from_other_buckets() -> None:
    control = limiting(policy(count=5))
    key = control.policies[0].key
    judge = ErrorHandler(control, 100, elsewhere={key: 2}, matched={key: 2})
    assert judge.judge(GOOD, 1, 0, NOW).halt is None
    assert judge.judge(bad(), 2, 0, NOW).halt is not None
    assert judge.matched == {key: 3}


def test_what_stops_the_run_is_counted_by_no_policy() -> None:
    control = read_error_handling(
        {
            "controlFlow": {"errorHandling": {"entry": [entry({"stop": {}})]}},
            "policies": {"policy": [policy(count=5)]},
        }
    )
    judge = ErrorHandler(control, 100)
    assert judge.judge(bad(), 1, 0, NOW).is_provisional
    assert judge.matched == {}


def test_policies_can_be_switched_off_all_together() -> None:
    given = {"policy": [policy(count=1)], "processing": {"activityPolicies": "none"}}
    assert read_error_handling({"policies": given}) == ErrorHandling()


def timed(exceeds: str, *actions: str) -> dict[str, Any]:
    return {
        "name": " ".join(actions),
        "policyConstraints": {"executionTime": {"exceeds": exceeds}},
        "policyActions": {each: {} for each in actions},
    }


def test_time_is_exceeded_only_by_more_than_the_limit() -> None:
    control = limiting(timed("PT1M", "suspendTask"), timed("PT2M", "skipActivity"))
    assert [len(control.overtime(seconds)) for seconds in (60, 61, 121)] == [0, 1, 2]


def test_a_limit_of_time_can_notify_and_suspend() -> None:
    control = limiting(timed("PT1M", "suspendTask", "notification"))
    assert [each.action for each in control.overtime(61)] == ["notify", "suspend"]


def test_items_are_no_matter_of_a_policy_about_time() -> None:
    assert halts(limiting(timed("PT1M", "suspendTask")), *[bad()] * 10) is None


@pytest.mark.parametrize(
    ("control", "counts", "needs_total"),
    [
        (ErrorHandling(), False, False),
        (reacting(entry({"ignore": {}})), False, False),
        (reacting(entry({"stopAfter": 2})), True, False),
        (limiting(policy(count=2)), True, False),
        (limiting(policy(percentage=2)), True, True),
        (limiting(timed("PT1M", "suspendTask")), False, False),
    ],
)
def test_a_control_says_what_it_must_know(
    control: ErrorHandling, counts: bool, needs_total: bool
) -> None:
    assert (control.counts, control.needs_total) == (counts, needs_total)


def test_the_limits_of_all_buckets_together_are_those_that_end_a_run() -> None:
    control = read_error_handling(
        {
            "controlFlow": {
                "errorHandling": {"entry": [entry({"stopAfter": 7}), entry({"ignore": {}})]}
            },
            "policies": {
                "policy": [policy(count=9), policy(percentage=10), policy("notification", count=1)]
            },
        }
    )
    assert sorted(control.limits(50).values()) == [5.0, 7, 9.0]


# ---- refused -------------------------------------------------------------------------------------------


def reaction(**defined: Any) -> dict[str, Any]:
    return {"controlFlow": {"errorHandling": {"entry": [entry(defined)]}}}


def policies(*given: dict[str, Any]) -> dict[str, Any]:
    return {"policies": {"policy": list(given)}}


BOTH = {"itemProcessingResult": {}, "executionTime": {"exceeds": "PT1M"}}


@pytest.mark.parametrize(
    ("activity", "message"),
    [
        (reaction(ignore={}, stop={}), "one of ignore, stop and retryLater, not ignore and stop"),
        (reaction(stopAfter=0), "reaction/stopAfter is 0, but must be at least 1"),
        (reaction(retryLater={"retryLimit": -1}), "retryLater/retryLimit is -1"),
        (reaction(retryLater={"initialInterval": "PT0S"}), "retryLater/initialInterval is PT0S"),
        (reaction(retryLater={"nextInterval": "-PT1H"}), "retryLater/nextInterval is -PT1H"),
        (reaction(retryLater={"nextInterval": "P9999999Y"}), "a second to 10,000 days"),
        (policies({"name": "p"}), "The policy 'p' needs policyActions"),
        (policies(policy() | {"policyActions": {}}), "The policy '1' needs policyActions"),
        (policies(policy() | {"policyConstraints": {}}), "needs policyActions"),
        (policies(policy() | {"policyConstraints": {"executionTime": {}}}), "needs policyActions"),
        (policies(policy() | {"policyConstraints": BOTH}), "either itemProcessingResult or"),
        (policies(policy(count=0)), "lowWaterMark/count is 0, but must be at least 1"),
        (policies(policy(percentage=0)), "lowWaterMark/percentage is 0, but must be above 0"),
        (policies(policy(percentage=101)), "lowWaterMark/percentage is 101"),
        (policies(policy(name="p"), policy(name="p")), "Two policies have the name 'p'"),
    ],
)
def test_what_could_not_work_is_refused_by_its_place(
    activity: dict[str, Any], message: str
) -> None:
    with pytest.raises(SchemaViolation, match=message):
        read_error_handling(activity)
