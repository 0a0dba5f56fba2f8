"""Every verb and route of every dialect, for each kind of caller, against the table of what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.matrix.allowed import CALLERS, ROWS, SEEN
from tests.security.matrix.building import SEALED, built
from tests.security.matrix.cases import keys, plan
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.security.matrix.building import Builder
    from tests.security.matrix.cases import Case
    from tests.security.matrix.scene import Scene

PLAN = plan()
ALL = [case for cases in PLAN.values() for case in cases]


def test_every_route_has_a_row_in_the_table_and_every_row_a_route() -> None:
    assert keys() == {
        (dialect, key) for dialect, rows in ROWS.items() for key in rows if key.count(" ") == 1
    }


def test_there_are_five_thousand_cases_and_more() -> None:
    assert len(ALL) >= 5_000
    assert {caller for _, caller in PLAN} == set(CALLERS)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One that stays as it is, whatever the callers attempt."""
    for _, scene in played(tmp_path_factory.mktemp("matrix")):
        yield scene


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Builder, Scene]]:
    """One, with its builder, that allowed requests may change."""
    yield from played(tmp_path_factory.mktemp("busy"))


def played(directory: Path) -> Iterator[tuple[Builder, Scene]]:
    # They fail to log in hundreds of times, from one address.
    settings = {"sailpoint_experimental": "none", "login_failures": 100_000}
    with serving(directory / "taskgate.db", **settings) as server:
        yield from built(server)


@pytest.mark.parametrize(("group", "caller"), PLAN, ids=[f"{g} by {c}" for g, c in PLAN])
def test_everybody_gets_what_the_table_says_and_no_more(
    scene: Scene, group: str, caller: str
) -> None:
    cases = [case for case in PLAN[group, caller] if not case.changes]
    wrong = [fault for case in cases for fault in faults(scene, case)]
    assert not wrong, "\n".join(wrong)
    # Whatever is refused, and whatever is only looked at, has changed nothing anywhere.
    assert scene.ledger.is_as_before()


def faults(scene: Scene, case: Case) -> Iterator[str]:
    status, body = scene.play(case)
    if status not in case.expected:
        yield f"{case}: {status}, not {sorted(case.expected)}: {body[:200]!r}"
    for target, text in SEALED.items():
        if text.encode() in body and target not in SEEN[case.caller]:
            yield f"{case}: it tells of the {target}"


#: Requests that the state of what they are about forbids: no step has failed, none is complete.
FORBIDDEN_BY_STATE = frozenset({"retry", "revert"})
#: These leave a job as it is which has no groups.
WITHOUT_EFFECT = frozenset({"groups", "{groupId}"})


@pytest.mark.parametrize("case", [c for c in ALL if c.changes and not c.variant_of_path], ids=str)
def test_what_the_table_allows_is_done(busy: tuple[Builder, Scene], case: Case) -> None:
    builder, scene = busy
    builder.renew(scene, case)
    scene.ledger.is_as_before()
    status, body = scene.play(case)
    action = case.place.row.rpartition("/")[2]
    if action in FORBIDDEN_BY_STATE:
        assert status == 409, body
        return
    assert status in case.expected, body
    is_without_effect = case.method == "DELETE" and action in WITHOUT_EFFECT
    assert is_without_effect or not scene.ledger.is_as_before()
