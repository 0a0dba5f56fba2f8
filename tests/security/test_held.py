"""What held when the server was attacked, and the tests by which each of it goes on holding."""

from __future__ import annotations

import re

import pytest

from tests.serving import ROOT

SECURITY, MIDPOINT = "security", "dialects/midpoint"
#: What was tried in vain, and where it is tried again: files below `tests`, and a test in each.
HELD: dict[str, tuple[tuple[str, str], ...]] = {
    "logins that fail look alike and take alike": (
        (f"{SECURITY}/test_held_doors.py", "test_who_gets_in_no_way_is_not_told_why"),
        (
            f"{SECURITY}/test_held_doors.py",
            "test_a_name_that_nobody_has_costs_as_many_hashes_as_a_wrong_password",
        ),
    ),
    "a changed password or status counts at once": (
        (
            f"{SECURITY}/test_held_doors.py",
            "test_a_status_counts_at_once_for_logins_with_every_request",
        ),
        (f"{SECURITY}/test_logins_sessions.py", "test_a_session_ends_when_its_password_is_changed"),
        ("unit/test_auth.py", "test_a_new_password_counts_at_once"),
        ("dialects/sailpoint/test_sailpoint_tokens.py", "test_a_disabled_client_is_out_at_once"),
    ),
    "forged tokens": (
        (f"{SECURITY}/test_held_doors.py", "test_a_forged_token_lets_nobody_in"),
        (f"{SECURITY}/test_held_doors.py", "test_a_session_is_no_bearer_and_a_bearer_no_session"),
    ),
    "secrets in logs and errors": (
        (
            f"{SECURITY}/test_held_doors.py",
            "test_a_password_that_was_refused_or_set_stands_in_no_log",
        ),
        (
            "dialects/itential/test_logins.py",
            "test_a_token_in_the_query_is_as_good_as_a_cookie_and_stays_out_of_the_log",
        ),
    ),
    "other spellings of a path, and what is at hand": (
        (f"{SECURITY}/test_matrix.py", "test_everybody_gets_what_the_table_says_and_no_more"),
        (
            f"{SECURITY}/test_held_rights.py",
            "test_what_others_have_read_is_not_at_hand_for_who_is_denied_it",
        ),
    ),
    "widening the own rights": (
        (f"{SECURITY}/test_held_rights.py", "test_nobody_widens_what_they_are"),
        (f"{SECURITY}/test_held_rights.py", "test_nobody_replaces_oneself_by_somebody_with_more"),
        (f"{SECURITY}/test_held_rights.py", "test_nobody_widens_the_own_role"),
    ),
    "writes of a viewer": (
        (f"{SECURITY}/test_matrix.py", "test_everybody_gets_what_the_table_says_and_no_more"),
    ),
    "tasks with more rights than their owner": (
        (
            f"{SECURITY}/test_people_above_oneself.py",
            "test_a_task_does_not_touch_who_has_more_rights_than_its_owner",
        ),
    ),
    "variables that are encrypted": (
        ("dialects/itential/test_job_lives.py", "test_an_encrypted_variable_is_shown_nowhere"),
        (
            f"{SECURITY}/test_logins_secrets.py",
            "test_no_secret_stands_in_the_files_of_the_database",
        ),
    ),
    "superusers who lock each other out": (
        (
            f"{SECURITY}/test_held_rights.py",
            "test_two_superusers_who_disable_each_other_at_once_do_not_both_succeed",
        ),
    ),
    "payloads in queries": (
        (
            f"{SECURITY}/test_held_doors.py",
            "test_a_payload_in_any_place_of_a_query_is_a_text_or_refused",
        ),
    ),
    "harmful XML and YAML": (
        (
            f"{MIDPOINT}/test_forms_hostile.py",
            "test_a_body_that_means_harm_is_refused_in_the_form_that_was_asked_for",
        ),
    ),
    "JSON without bottom or measure": (
        (f"{MIDPOINT}/test_hostile.py", "test_json_without_bottom_is_refused"),
        (f"{MIDPOINT}/test_hostile.py", "test_a_number_of_thousands_of_digits_is_refused"),
    ),
    "objects in all forms and back": (
        (f"{MIDPOINT}/test_forms.py", "test_an_object_means_the_same_in_every_form"),
    ),
    "names that draw on a terminal": (
        (f"{SECURITY}/test_door_names.py", "test_lists_of_who_may_log_in_show_names_as_they_are"),
    ),
    "headers in values, and requests in requests": (
        (f"{SECURITY}/test_held_doors.py", "test_no_value_becomes_a_header"),
        (f"{SECURITY}/test_held_doors.py", "test_no_request_hides_in_another"),
    ),
    "files beside the documentation's": (
        (f"{SECURITY}/test_held_doors.py", "test_documentation_serves_its_own_files_only"),
    ),
    "pages of other sites": (
        (f"{SECURITY}/test_held_doors.py", "test_no_page_of_another_site_is_let_read_an_answer"),
        (
            f"{SECURITY}/test_door_headers.py",
            "test_pages_run_their_own_script_files_and_nothing_else",
        ),
    ),
    "filters without measure": (
        (f"{MIDPOINT}/test_hostile.py", "test_a_filter_without_measure_is_refused"),
        ("unit/test_query_growth.py", "test_twice_the_filter_is_at_most_twice_the_work"),
    ),
    "schedules that never fire": (
        ("unit/test_quartz.py", "test_an_impossible_date_is_known_to_be_one_at_once"),
    ),
    "tasks that delete everything": (
        (
            f"{MIDPOINT}/test_activities_deleting.py",
            "test_superusers_and_built_in_roles_survive_a_deletion",
        ),
    ),
    "kills": (
        (
            "store/test_store_durable.py",
            "test_no_acknowledged_write_is_lost_when_the_process_is_killed",
        ),
        ("journeys/test_crash.py", "test_a_kill_at_another_moment_loses_nothing"),
    ),
    "a full disk": (
        (
            "journeys/test_full_disk.py",
            "test_what_needs_room_is_refused_with_the_reason_and_what_does_not_is_answered",
        ),
        ("journeys/test_full_disk.py", "test_a_run_waits_for_room_and_goes_on_by_itself"),
    ),
    "locks of others": (
        (
            "journeys/test_locked_database.py",
            "test_a_long_lock_is_told_to_those_who_write_and_held_up_nobody_else",
        ),
    ),
    "older and newer layouts": (
        (
            "store/test_store_migrations.py",
            "test_an_older_file_is_brought_up_to_date_and_keeps_its_content",
        ),
        (
            "store/test_store_migrations.py",
            "test_a_file_of_a_newer_version_is_refused_with_the_way_out",
        ),
    ),
    "work beside a running server": (
        (
            "journeys/test_command_line.py",
            "test_offline_work_on_the_database_of_a_running_server_is_refused",
        ),
    ),
    "runs and records without end": (
        ("store/test_store_runs.py", "test_the_newest_twenty_runs_are_kept"),
        ("store/test_store_runs.py", "test_ten_records_of_finished_runs_are_kept_per_object"),
    ),
}


@pytest.mark.parametrize("attempt", HELD)
def test_what_held_is_tried_again(attempt: str) -> None:
    for file, name in HELD[attempt]:
        text = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"def {name}\(", text), f"{file} has no {name}"
