"""Every verb and route of every dialect, for each kind of caller, against the table of what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.allowed import CALLERS, ROWS
from tests.security.cases import keys, plan
from tests.security.scene import SEALED, built
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.cases import Case
    from tests.security.scene import Scene

PLAN = plan()


def test_every_route_has_a_row_in_the_table_and_every_row_a_route() -> None:
    assert keys() == {(dialect, key) for dialect, rows in ROWS.items() for key in rows if key.count(" ") == 1}


def test_there_are_five_thousand_cases_and_more() -> None:
    assert sum(map(len, PLAN.values())) >= 5_000
    assert {caller for _, caller in PLAN} == set(CALLERS)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with serving(
        tmp_path_factory.mktemp("matrix") / "taskgate.db", sailpoint_experimental="none"
    ) as server:
        yield from built(server)


@pytest.mark.parametrize(("group", "caller"), PLAN, ids=[f"{group} by {caller}" for group, caller in PLAN])
def test_everybody_gets_what_the_table_says_and_changes_nothing(
    scene: Scene, group: str, caller: str
) -> None:
    wrong = [found for case in PLAN[group, caller] if not case.changes for found in faults(scene, case)]
    assert not wrong, "\n".join(wrong)
    assert scene.ledger.is_as_before()


def faults(scene: Scene, case: Case) -> Iterator[str]:
    status, body = scene.play(case)
    if status not in case.expected:
        yield f"{case}: {status}, not {sorted(case.expected)}: {body[:200]!r}"
