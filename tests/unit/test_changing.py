"""What tasks make of objects, and what they must leave alone: pure functions over drafts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.engine.objects import drafts as changing
from gateway.engine.objects.item import ItemContext
from gateway.engine.objects.object_delta import ObjectDelta
from gateway.engine.objects.selection import RunScope
from gateway.errors import AlreadyExists, NotAllowed, NotFound, Protected, UnfitChange
from gateway.model.delta import ItemDelta
from gateway.model.documents import StoredObject
from gateway.model.effects import Add, Delete, Modify, Notify, Operate
from gateway.model.paths import parse_path
from gateway.model.principal import Author, Principal
from gateway.model.task import Operation, TaskState
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gateway.model.effects import Effect
    from gateway.model.slices import Changes
    from gateway.query import CompiledFilter

Document = dict[str, Any]
NOW = "2025-06-15T12:00:00.000Z"
TASK, USER, ROLE = "task", "user", "role"


@dataclass(frozen=True)
class Objects:
    """A repository of a few objects; a search for a task finds the one of that identifier."""

    objects: tuple[StoredObject, ...] = ()

    def lookup(self, oids: Collection[str]) -> dict[str, StoredObject]:
        return {each.oid: each for each in self.objects if each.oid in oids}

    def load(self, seqs: Sequence[int]) -> list[StoredObject]:
        return [each for each in self.objects if each.seq in seqs]

    def matching(
        self, type_name: str, compiled: CompiledFilter | None, after: int, limit: int
    ) -> list[int]:
        assert compiled is not None
        accepts = compiled.predicate(lambda _: None)
        found = [o.seq for o in self.objects if o.type == type_name and accepts(o)]
        return [seq for seq in found if seq > after][:limit]

    def count(self, type_name: str, compiled: CompiledFilter | None) -> int:
        return len(self.matching(type_name, compiled, 0, 1_000))

    def encode(self, effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
        raise NotImplementedError


def context(*objects: StoredObject, roles: str = "superuser", **more: Any) -> ItemContext:
    principal = Principal(oid="owner", name="owner", roles=frozenset({roles}))
    author = Author(principal=principal, channel="", task=TASK)
    return ItemContext(
        now=NOW, author=author, repository=Objects(objects), scope=RunScope(started=NOW), **more
    )


def user(**items: Any) -> StoredObject:
    return StoredObject(oid=USER, type="UserType", version=3, items={"name": "u"} | items, seq=1)


def task(oid: str = TASK, identifier: str = "t", parent: str | None = None) -> StoredObject:
    state = TaskState(identifier=identifier, parent=parent, scheduling_state="ready")
    items = {"name": oid, "taskIdentifier": identifier, "schedulingState": "ready"}
    seq = ord(identifier)
    return StoredObject(oid=oid, type="TaskType", version=0, items=items, seq=seq, state=state)


def replaced(path: str, value: Any, type_name: str = "UserType") -> ObjectDelta:
    change = ItemDelta(path=parse_path(path, type_name, SCHEMA), kind="replace", values=(value,))
    return ObjectDelta(kind="modify", type=type_name, changes=(change,))


def described(stored: StoredObject, text: str = "new") -> changing.Draft:
    return changing.with_deltas(changing.draft_of(stored), replaced("description", text))


def effects(draft: changing.Draft, given: ItemContext | None = None) -> list[Effect]:
    return list(changing.effects(draft, given or context()))


def test_nothing_comes_of_an_object_that_stays_what_it_is() -> None:
    assert effects(changing.draft_of(user())) == []
    assert effects(described(user(description="same"), "same")) == []


def test_a_change_names_the_version_that_it_was_made_from_and_the_task() -> None:
    [effect] = effects(described(user()))
    assert isinstance(effect, Modify)
    assert effect.before == user()
    assert effect.change.items["description"] == "new"
    assert effect.change.items["metadata"]["modifyTaskRef"]["oid"] == TASK
    assert effect.change.outcome is not None
    assert (effect.change.outcome.task, effect.change.outcome.channel) == (TASK, None)


def test_a_raw_change_needs_its_own_right() -> None:
    draft = changing.draft_of(user(), raw=True)
    with pytest.raises(NotAllowed, match="bypass"):
        effects(draft, context(roles="viewer"))
    assert effects(draft) == []


def test_a_change_for_another_type_does_not_fit() -> None:
    role = replace(user(), type="RoleType")
    with pytest.raises(UnfitChange, match="is a RoleType"):
        described(role)


def test_what_is_deleted_cannot_be_changed_and_is_told_of_by_name() -> None:
    draft = changing.delete_object(changing.draft_of(user()), context())
    assert draft.name == "u"
    assert effects(draft) == [Delete(before=user())]
    with pytest.raises(NotFound, match="deleted before"):
        changing.with_deltas(draft, replaced("description", "x"))


def test_what_is_not_stored_must_be_added_first() -> None:
    draft = changing.Draft(oid=USER, type="UserType", items={"name": "new"})
    with pytest.raises(NotFound, match="add it first"):
        changing.with_deltas(draft, replaced("description", "x"))
    assert effects(draft) == []
    [effect] = effects(
        changing.with_deltas(changing.add_object(draft), replaced("description", "x"))
    )
    assert isinstance(effect, Add)
    assert (effect.new.oid, effect.new.items["description"]) == (USER, "x")
    assert effect.new.items["metadata"]["createTaskRef"]["oid"] == TASK


def test_what_is_there_cannot_be_added() -> None:
    with pytest.raises(AlreadyExists):
        changing.add_object(changing.draft_of(user()))


def test_an_object_that_is_added_and_deleted_at_once_leaves_nothing() -> None:
    draft = changing.add_object(changing.Draft(oid=USER, type="UserType", items={"name": "new"}))
    assert effects(changing.delete_object(draft, context())) == []


def test_an_operation_on_a_deleted_task_is_none_but_notices_are_sent() -> None:
    told = Notify(oid="other", name="other", message="gone")
    operated = Operate(oid="other", operation=Operation.SUSPEND)
    draft = replace(changing.draft_of(task("other", "o")), also=(operated, told))
    assert effects(draft) == [operated, told]
    gone = changing.delete_object(draft, context(task()))
    assert [type(each) for each in effects(gone)] == [Delete, Notify]


@pytest.mark.parametrize("mode", ["preview", "dryRun"])
def test_nobody_is_told_of_a_trial(mode: str) -> None:
    draft = replace(changing.draft_of(user()), also=(Notify(oid=USER, name="u", message="m"),))
    assert effects(draft, context(mode=mode)) == []


def test_protected_objects_keep_what_protects_them() -> None:
    given = context(protected=frozenset({USER}))
    with pytest.raises(Protected, match="renamed by a task"):
        effects(changing.with_deltas(changing.draft_of(user()), replaced("name", "x")), given)
    with pytest.raises(Protected, match="cannot be deleted by a task"):
        changing.delete_object(changing.draft_of(user()), given)
    assert len(effects(described(user()), given)) == 1


def test_the_running_task_and_all_above_it_cannot_be_deleted() -> None:
    family = (task("top", "a"), task("middle", "b", "a"), task(TASK, "c", "b"), task("other", "d"))
    given = context(*family)
    for each in family[:2]:
        with pytest.raises(Protected, match="above the task"):
            changing.check_deletable(each, given)
    with pytest.raises(Protected, match="cannot delete itself"):
        changing.check_deletable(family[2], given)
    changing.check_deletable(family[3], given)


def test_tasks_that_are_each_others_parents_are_no_trap() -> None:
    family = (task("one", "a", "b"), task(TASK, "b", "a"))
    with pytest.raises(Protected, match="above the task"):
        changing.check_deletable(family[0], context(*family))


def test_what_steers_a_task_cannot_be_changed_and_the_rest_can() -> None:
    other = task("other", "o")
    steering = changing.with_deltas(
        changing.draft_of(other), replaced("schedulingState", "suspended", "TaskType")
    )
    with pytest.raises(UnfitChange, match="'schedulingState'"):
        effects(steering)
    described_task = changing.with_deltas(
        changing.draft_of(other), replaced("description", "x", "TaskType")
    )
    [effect] = effects(described_task)
    assert isinstance(effect, Modify)
    assert effect.change.state is other.state


def test_a_recomputed_object_is_stored_only_if_something_follows() -> None:
    up_to_date = user(activation={"effectiveStatus": "enabled"})
    assert effects(replace(changing.draft_of(up_to_date), is_recomputed=True)) == []
    [effect] = effects(replace(changing.draft_of(user()), is_recomputed=True))
    assert isinstance(effect, Modify)
    assert effect.change.items["activation"] == {"effectiveStatus": "enabled"}


def test_a_new_object_gets_the_same_oid_whenever_the_run_tries_again() -> None:
    given = context()
    oid = changing.new_oid("UserType", "u", given)
    assert oid == changing.new_oid("UserType", "u", replace(given, now="later"))
    others = {
        changing.new_oid("RoleType", "u", given),
        changing.new_oid("UserType", "v", given),
        changing.new_oid("UserType", "u", replace(given, scope=RunScope(started="another run"))),
    }
    assert len(others | {oid}) == 4
