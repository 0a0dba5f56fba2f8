"""Activities over a store, without a server or a run: what they find and what they make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.engine.activities.base import ObjectActivity
from gateway.engine.objects.item import ItemContext
from gateway.engine.tasks.plan import Planner
from gateway.model.effects import NewObject
from gateway.model.principal import Author, Principal
from gateway.store.sqlite.repository import SqliteRepository
from tests.store.making import oid, task

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.engine.objects.item import ItemResult
    from gateway.engine.objects.selection import RunScope
    from gateway.engine.tasks.plan import Work
    from gateway.model.documents import StoredObject
    from gateway.store.sqlite.store import SqliteStore

#: Days of a scan's life: LAST is when the last one began, NOW when this one does.
BEFORE, LAST, BETWEEN, NOW, LATER = (
    f"2025-06-{day:02}T00:00:00.000Z" for day in (1, 5, 10, 15, 20)
)


def works(work: dict[str, Any]) -> list[Work[Any]]:
    """The leaves of an activity with this work; nothing of a vendor's is in it."""
    node = Planner(vocabulary=None).plan({"activity": {"work": work}})  # type: ignore[arg-type]
    assert node is not None
    return list(node.leaves)


class Bench:
    """Activities over what is stored, without a server."""

    def __init__(self, store: SqliteStore, path: Path) -> None:
        self.store = store
        self.repository = SqliteRepository(path)

    async def add(self, type_name: str, key: int, **items: Any) -> None:
        named = {"name": f"{type_name} {key}"} | items
        await self.store.add(NewObject(oid=oid(key), type=type_name, items=named, next_id=100))

    def found(self, work: Work[Any], scope: RunScope) -> list[StoredObject]:
        """The objects that the activity works on."""
        assert isinstance(work.activity, ObjectActivity)
        objects = work.activity.objects(work.parameters, scope).within(scope)
        seqs = self.repository.matching(objects.type, objects.compile_filters(), 0, 1000)
        return self.repository.load(seqs)

    def results(self, work: Work[Any], scope: RunScope) -> dict[str, ItemResult]:
        """What becomes of each, by name."""
        assert isinstance(work.activity, ObjectActivity)
        found = self.found(work, scope)
        someone = Principal(oid=oid(900), name="who", roles=frozenset({"superuser"}))
        context = ItemContext(
            now=scope.started,
            author=Author(principal=someone, channel="", task=oid(901)),
            repository=self.repository,
            scope=scope,
        )
        known = work.activity.prepare(work.parameters, found, context)
        context = replace(context, known=known)
        return {each.name: work.activity.process(work.parameters, each, context) for each in found}


def closed_task(number: int, identifier: str, **given: Any) -> NewObject:
    """A task that was closed BETWEEN; `given` are cells of its state, `items` items."""
    closed = {
        "scheduling_state": "closed",
        "execution_state": "closed",
        "next_start": None,
        "completed": BETWEEN,
    }
    items = given.pop("items", {})
    made = task(key=oid(number), identifier=identifier, **closed | given)
    return NewObject(
        oid=made.oid,
        type=made.type,
        items=made.items | {"name": identifier} | items,
        next_id=100,
        state=made.state,
    )
