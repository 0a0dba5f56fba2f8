"""What cleanups delete, asked of a real store; and which failures a selector means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.engine.activities.base import ACTIVITIES
from gateway.engine.activities.cleanup import POLICIES
from gateway.engine.objects.object_set import object_set
from gateway.engine.objects.selection import RunScope
from gateway.errors import QueryError, SchemaViolation
from gateway.model.effects import Delete
from tests.computing import BEFORE, BETWEEN, LAST, NOW, Bench, closed_task, works
from tests.store.making import oid

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.engine.objects.item import ItemResult
    from gateway.engine.tasks.plan import Work
    from gateway.store.sqlite.store import SqliteStore


@pytest.fixture
def bench(store: SqliteStore, tmp_path: Path) -> Bench:
    return Bench(store, tmp_path / "store.db")


# ---- cleanup -------------------------------------------------------------------------------------------


def cleanup(**policies: str) -> list[Work[Any]]:
    return works({"cleanup": {"policies": {n: {"maxAge": age} for n, age in policies.items()}}})


def deleted(results: dict[str, ItemResult]) -> list[str]:
    return [
        effect.before.name
        for result in results.values()
        for effect in result.effects
        if isinstance(effect, Delete)
    ]


async def test_closed_root_tasks_go_with_their_trees_when_they_are_old_enough(bench: Bench) -> None:
    await bench.store.add(closed_task(1, "old"))
    await bench.store.add(closed_task(2, "child", parent="old"))
    await bench.store.add(closed_task(3, "young", completed=NOW))
    await bench.store.add(
        closed_task(4, "open", scheduling_state="suspended", execution_state="suspended")
    )
    [work] = cleanup(closedTasks="P1D")
    assert deleted(bench.results(work, RunScope(started=NOW))) == ["old"]
    [same] = cleanup(closedTasks="-P1D")
    assert deleted(bench.results(same, RunScope(started=NOW))) == ["old"]
    [longer] = cleanup(closedTasks="P9000Y")
    assert bench.found(longer, RunScope(started=NOW)) == []


async def test_a_tree_stays_if_anything_in_it_is_indestructible_or_not_closed(bench: Bench) -> None:
    ready = {"scheduling_state": "ready", "execution_state": "running"}
    await bench.store.add(closed_task(1, "kept", items={"indestructible": True}))
    await bench.store.add(closed_task(2, "above a kept one"))
    await bench.store.add(closed_task(3, "between", parent="above a kept one"))
    kept = {"indestructible": True}
    await bench.store.add(closed_task(4, "kept below", parent="between", items=kept))
    await bench.store.add(closed_task(5, "above the running one"))
    await bench.store.add(closed_task(6, "running", parent="above the running one", **ready))
    [work] = cleanup(closedTasks="P1D")
    results = bench.results(work, RunScope(started=NOW))
    assert {name: (r.status, r.message, r.effects) for name, r in results.items()} == {
        "kept": ("not_applicable", "'kept' is marked as indestructible.", ()),
        "above a kept one": ("not_applicable", "'kept below' is marked as indestructible.", ()),
        "above the running one": ("not_applicable", "'running' is not closed.", ()),
    }


async def test_closed_cases_go_with_their_subcases(bench: Bench) -> None:
    old = {"state": "closed", "closeTimestamp": BETWEEN}
    above = {"parentRef": {"oid": oid(1), "type": "CaseType", "relation": "default"}}
    await bench.add("CaseType", 1, **old)
    await bench.add("CaseType", 2, **old, **above)
    await bench.add("CaseType", 3, state="open")
    await bench.add("CaseType", 4, state="closed", closeTimestamp=NOW)
    [work] = cleanup(closedCases="P1D")
    assert deleted(bench.results(work, RunScope(started=NOW))) == ["CaseType 2", "CaseType 1"]


@pytest.mark.parametrize(
    ("policy", "old", "young"),
    [
        (
            "closedCertificationCampaigns",
            {"state": "closed", "endTimestamp": BETWEEN},
            {"state": "closed", "endTimestamp": NOW},
        ),
        (
            "closedCertificationCampaigns",
            {"state": "closed", "endTimestamp": BETWEEN},
            {"state": "inRemediation", "endTimestamp": BETWEEN},
        ),
        (
            "outputReports",
            {"metadata": {"createTimestamp": BETWEEN}},
            {"metadata": {"createTimestamp": NOW}},
        ),
        ("outputReports", {"metadata": {"createTimestamp": BETWEEN}}, {}),
    ],
)
async def test_each_policy_deletes_what_is_old_and_nothing_else(
    bench: Bench, policy: str, old: dict[str, Any], young: dict[str, Any]
) -> None:
    kind = POLICIES[policy].type
    await bench.add(kind, 1, **old)
    await bench.add(kind, 2, **young)
    await bench.add(kind, 3, **old, indestructible=True)
    [work] = cleanup(**{policy: "P1D"})
    results = bench.results(work, RunScope(started=NOW))
    assert deleted(results) == [f"{kind} 1"]
    assert results[f"{kind} 3"].status == "not_applicable"


def test_a_policy_without_an_age_does_nothing() -> None:
    given = {"closedCases": {}, "closedTasks": {"maxAge": "P1D"}}
    [work] = works({"cleanup": {"policies": given}})
    assert work.path == "closedTasks"


@pytest.mark.parametrize("work", [{}, {"policies": {}}])
def test_a_cleanup_without_policies_is_refused(work: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation, match="needs 'policies'"):
        works({"cleanup": work})


# ---- failed objects ------------------------------------------------------------------------------------


def selected(scope: RunScope, **selector: Any) -> str:
    objects = object_set({"type": "UserType", "failedObjectsSelector": selector}, "ObjectType")
    found = objects.within(scope)
    assert found.compile_filters() is not None
    [clause] = found.clauses
    return str(clause["text"])


OWN = RunScope(started=NOW, task=oid(1))


def test_the_failures_of_the_own_task_up_to_now_are_meant_if_nothing_is_said() -> None:
    assert selected(OWN) == (
        f"operationExecution matches (taskRef matches (oid = ('{oid(1)}')) and "
        f"status = ('fatal_error', 'partial_error') and timestamp <= '{NOW}')"
    )


def test_other_tasks_statuses_and_times_can_be_asked_for() -> None:
    tasks = [{"oid": oid(2)}, {"oid": oid(3)}]
    assert selected(OWN, status=["warning"], taskRef=tasks, timeFrom=BEFORE) == (
        f"operationExecution matches (taskRef matches (oid = ('{oid(2)}', '{oid(3)}')) and "
        f"status = ('warning') and timestamp >= '{BEFORE}')"
    )
    assert selected(OWN, timeTo=LAST).endswith(f"timestamp <= '{LAST}')")


def test_a_set_without_a_selector_is_the_same_in_every_execution() -> None:
    objects = object_set({"type": "UserType"}, "ObjectType")
    assert objects.within(OWN) == objects
    with pytest.raises(QueryError):
        objects.restrict("nonsense = 1").compile_filters()


def test_every_part_belongs_to_a_composite_and_cannot_be_asked_for() -> None:
    parts = {name for name, each in ACTIVITIES.items() if each.is_part}
    given = works({"focusValidityScan": {}}) + cleanup(closedTasks="P1D")
    assert parts == {work.activity.name for work in given}
