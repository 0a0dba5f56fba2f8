"""A walk through a graph, step by step, without an engine (operations-manager 5.3 to 5.5)."""

from __future__ import annotations

import pytest

from gateway.engine.workflow.marks import Finish, WalkStatus
from gateway.model.workflow import HANDLER, RetrySettings
from tests.walking import LINE, Person, graph, reread


def test_steps_start_one_after_the_other_and_the_end_completes_the_job() -> None:
    person = Person(LINE)
    assert person.starts() == ["a"]
    assert person.course.rest() is WalkStatus.WAITING
    assert person.ends("a") == ["b"]
    assert person.ends("b") == []
    assert person.course.rest() is WalkStatus.COMPLETE
    assert person.course.walk.progress == 1


def test_standard_predecessors_move_from_open_to_complete_and_the_start_is_none_of_them() -> None:
    person = Person(LINE)
    person.starts()
    assert person.course.state("a").open == ()
    assert person.course.state("b").open == ("a",)
    person.ends("a")
    assert person.course.state("b").open == ()
    assert person.course.state("b").complete == ("a",)
    assert person.course.state("a").complete == ()


@pytest.mark.parametrize(
    ("state", "expected"), [("success", ["s"]), ("failure", ["f"]), ("error", ["e"])]
)
def test_only_the_ways_of_the_state_are_followed(state: str, expected: list[str]) -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> s",
            "a -failure-> f",
            "a -error-> e",
            "s -success-> workflow_end",
            "f -success-> workflow_end",
            "e -success-> workflow_end",
        )
    )
    person.starts()
    assert person.ends("a", state) == expected
    assert person.ends(expected[0]) == []
    assert person.course.rest() is WalkStatus.COMPLETE


def test_a_step_waits_for_all_that_come_before_it() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "workflow_start -success-> b",
            "a -success-> c",
            "b -success-> c",
            "c -success-> workflow_end",
        )
    )
    assert person.starts() == ["a", "b"]
    assert person.ends("a") == []
    assert person.ends("b") == ["c"]


def test_a_step_does_not_wait_for_a_way_that_nobody_can_come() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> b",
            "a -failure-> c",
            "c -success-> d",
            "d -success-> e",
            "b -success-> e",
            "e -success-> workflow_end",
        )
    )
    person.starts()
    assert person.ends("a") == ["b"]
    assert person.ends("b") == ["e"]
    assert person.course.state("d").is_dead


def test_a_step_that_ends_without_a_way_on_leaves_the_job_without_transitions() -> None:
    person = Person(LINE)
    person.starts()
    person.ends("a", "failure")
    assert person.course.rest() is WalkStatus.STUCK
    (fault,) = person.course.walk.faults
    assert fault.step == "job"
    assert fault.message == (
        "Job has no available transitions. `a` could have led to the workflow end task, but did "
        "not. These tasks performed in a way that the end of the workflow could not be reached."
    )


def test_an_error_is_noted_before_the_end_that_was_not_reached() -> None:
    person = Person(LINE)
    person.starts()
    person.ends("a", "error")
    person.course.rest()
    assert [fault.step for fault in person.course.walk.faults] == ["a", "job"]
    assert person.status("a") == "error"


def test_the_end_waits_for_what_is_still_under_way() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "workflow_start -success-> b",
            "a -success-> workflow_end",
            "b -success-> workflow_end",
        )
    )
    person.starts()
    person.ends("a")
    assert person.course.rest() is WalkStatus.WAITING
    person.ends("b")
    assert person.course.rest() is WalkStatus.COMPLETE


BACK = graph(
    "workflow_start -success-> a",
    "a -success-> b",
    "b -success-> c",
    "c -failure!-> a",
    "c -success-> workflow_end",
)


def test_a_revert_repeats_its_target_and_all_up_to_where_it_comes_from() -> None:
    person = Person(BACK)
    person.starts()
    person.ends("a")
    person.ends("b")
    assert person.ends("c", "failure") == ["a"]
    assert person.status("b") == person.status("c") == "incomplete"
    assert person.ends("a") == ["b"]
    assert person.ends("b") == ["c"]
    assert person.ends("c") == []
    assert person.course.rest() is WalkStatus.COMPLETE
    assert [len(person.course.state(key).items) for key in "abc"] == [2, 2, 2]


def test_going_back_cancels_the_items_of_what_was_under_way() -> None:
    person = Person(BACK)
    person.starts()
    person.ends("a")
    (open_item,) = person.course.state("b").items
    person.course.go_back("a")
    assert [(end.id, end.status) for end in person.course.ended][-1] == (open_item, "canceled")
    assert person.starts() == ["a"]


def test_a_parallel_branch_that_was_over_is_not_forgotten_by_going_back() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "workflow_start -success-> p",
            "a -success-> b",
            "b -success-> c",
            "p -success-> c",
            "c -success-> workflow_end",
        )
    )
    person.starts()
    person.ends("p")
    person.ends("a")
    person.course.go_back("a")
    assert person.starts() == ["a"]
    person.ends("a")
    assert person.ends("b") == ["c"]
    assert person.course.state("c").complete == ("p", "b")


def test_a_step_is_tried_again_after_its_delay_and_only_as_often_as_it_may() -> None:
    retry = RetrySettings(states=frozenset({"error"}), is_automatic=True, limit=1, delay=60)
    person = Person(
        graph("workflow_start -success-> a", "a -success-> workflow_end", a={"retry": retry})
    )
    person.starts()
    assert person.ends("a", "error") == []
    assert person.status("a") == "scheduled"
    assert person.course.rest() is WalkStatus.WAITING
    assert person.course.due == "2026-01-05T09:16:00.000Z"
    assert person.later("2026-01-05T09:15:59.000Z") == []
    assert person.later("2026-01-05T09:16:00.000Z") == ["a"]
    person.ends("a", "error")
    assert person.course.rest() is WalkStatus.STUCK


def test_a_state_that_no_retry_is_for_follows_its_way() -> None:
    retry = RetrySettings(states=frozenset({"error"}), is_automatic=True, limit=3, delay=0)
    person = Person(
        graph("workflow_start -success-> a", "a -failure-> workflow_end", a={"retry": retry})
    )
    person.starts()
    person.ends("a", "failure")
    assert person.course.rest() is WalkStatus.COMPLETE


EACH = graph(
    "workflow_start -success-> l",
    "l -loop-> x",
    "x -success-> y",
    "l -success-> z",
    "z -success-> workflow_end",
)


def test_a_loop_repeats_its_body_for_each_value_and_then_goes_on() -> None:
    person = Person(EACH)
    assert person.starts() == ["l"]
    person.course.begin_rounds("l", ("one", "two"))
    assert person.starts() == ["x"]
    assert person.course.state("l").outputs == {"current_item": "one"}
    assert person.ends("x") == ["y"]
    assert person.ends("y", found=1) == ["x"]
    assert person.course.state("l").outputs == {"current_item": "two"}
    person.ends("x")
    assert person.ends("y", found=2) == ["z"]
    assert person.course.state("l").outputs == {"loop": [{"y": {"found": 1}}, {"y": {"found": 2}}]}
    person.ends("z")
    assert person.course.rest() is WalkStatus.COMPLETE
    assert len(person.course.state("x").items) == 2


def test_a_loop_over_nothing_goes_on_at_once() -> None:
    person = Person(EACH)
    person.starts()
    person.course.begin_rounds("l", ())
    assert person.starts() == ["z"]


def test_an_error_in_a_loops_body_ends_the_loop_in_an_error() -> None:
    person = Person(EACH)
    person.starts()
    person.course.begin_rounds("l", ("one", "two"))
    person.starts()
    assert person.ends("x", "error") == []
    assert person.status("l") == "error"
    assert person.course.rest() is WalkStatus.STUCK


def test_an_error_without_a_way_on_is_handed_to_the_handler() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> workflow_end",
            "error_handler -success-> workflow_end",
        )
    )
    person.starts()
    assert person.ends("a", "error") == [HANDLER]
    person.ends(HANDLER)
    assert person.course.rest() is WalkStatus.COMPLETE


def test_a_handler_that_nobody_needs_keeps_nobody_waiting() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> workflow_end",
            "error_handler -success-> workflow_end",
        )
    )
    person.starts()
    person.ends("a")
    assert person.course.rest() is WalkStatus.COMPLETE


def test_what_was_stuck_repeats_what_had_ended_in_an_error() -> None:
    person = Person(LINE)
    person.starts()
    person.ends("a", "error")
    person.course.rest()
    person.course.try_again()
    assert person.starts() == ["a"]
    person.ends("a")
    person.ends("b")
    assert person.course.rest() is WalkStatus.COMPLETE


def test_values_flow_from_variables_and_steps_into_inputs_and_back() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> b",
            "b -success-> workflow_end",
            a={"inputs": {"who": "$var.job.user", "text": "no $var.job.user here"}},
            b={"inputs": {"was": "$var.a.answer"}, "outputs": {"answer": "$var.job.last"}},
        ),
        user="jdoe",
    )
    person.starts()
    assert person.course.state("a").inputs == {"who": "jdoe", "text": "no $var.job.user here"}
    person.ends("a", answer=42)
    assert person.course.state("b").inputs == {"was": 42}
    person.ends("b", answer="yes")
    assert person.course.variables == {"user": "jdoe", "last": "yes"}


def test_the_actor_of_a_step_is_who_has_worked_on_another() -> None:
    person = Person(
        graph(
            "workflow_start -success-> a",
            "a -success-> b",
            "b -success-> workflow_end",
            b={"actor": "a"},
        )
    )
    person.starts()
    person.course.finish("a", Finish(user="somebody"))
    person.starts()
    assert [opened.owner for opened in person.course.opened] == [None, "somebody"]


def test_a_walk_reads_back_from_its_document() -> None:
    person = Person(EACH, user={"name": "jdoe"})
    person.starts()
    person.course.begin_rounds("l", ("one", {"two": [2]}))
    person.starts()
    person.ends("x", "failure")
    walk = person.course.walk
    assert reread(walk) == walk
