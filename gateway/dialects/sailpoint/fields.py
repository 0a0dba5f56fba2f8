"""What the fields of a filter mean for tasks: each a condition on a task's items and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.sailpoint.ids import read_oid
from gateway.dialects.sailpoint.rows import (
    TRUTH,
    ConditionRow,
    all_of,
    any_of,
    compare_values,
    mql,
    no,
    where,
)
from gateway.dialects.sailpoint.statuses import STATUSES, has_status, is_pending
from gateway.model.types import SCHEMA
from gateway.query.resolved import OBJECT_OID, Constant, Facet, ItemLocation, Refers

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.query.resolved import Resolved

#: Whose task it is where nobody owns it.
SYSTEM = "System"
_OID = ItemLocation(keys=("#",), item=OBJECT_OID, in_object=True)
_NAME = ItemLocation(keys=("name",), item=SCHEMA["TaskType"].items["name"], in_object=True)
_OBJECTS = SCHEMA.concrete("ObjectType")


def _item(name: str) -> ItemLocation:
    return ItemLocation(keys=(name,), item=SCHEMA["TaskType"].items[name], in_object=True)


#: The kind of engine; it follows from the definition, so that it stays what it is during a run.
TYPES: tuple[ConditionRow[str], ...] = (
    ConditionRow(
        "QUARTZ",
        mql(
            "schedule/recurrence = 'recurring' or schedule/interval exists "
            "or schedule/cronLikePattern exists or schedule/earliestStartTime exists"
        ),
    ),
    ConditionRow(
        "QPOC",
        mql("activity/distribution/buckets exists or activity/distribution/workers exists"),
    ),
    ConditionRow("QUEUED_TASK", TRUTH),
)
#: Codes of definitions; where none of these fits it is the archetype's name.
BY_ARCHETYPE = ""
CODES: tuple[ConditionRow[str], ...] = (
    ConditionRow(
        "CLOUD_GROUP_AGGREGATION",
        mql(
            "affectedObjects/activity matches "
            "(activityType = 'import' and resourceObjects/kind = 'entitlement')"
        ),
    ),
    ConditionRow(
        "CLOUD_ACCOUNT_AGGREGATION",
        mql(
            "affectedObjects/activity matches (activityType = "
            "('import', 'reconciliation', 'liveSynchronization', 'asynchronousUpdate'))"
        ),
    ),
    ConditionRow("IDENTITY_REFRESH", mql("activity/work/recomputation/objects/type = 'UserType'")),
    ConditionRow(
        "CLOUD_REFRESH_ROLE", mql("activity/work/recomputation/objects/type = 'RoleType'")
    ),
    ConditionRow("ACCOUNT_DELETION", mql("activity/work/deletion/objects/type = 'ShadowType'")),
    ConditionRow(BY_ARCHETYPE, TRUTH),
)


def _id(values: tuple[str, ...]) -> Resolved:
    return compare_values(_OID, _oids(values))


def _source_id(values: tuple[str, ...]) -> Resolved:
    return Refers(place=_item("objectRef"), oids=_oids(values), target_type="ResourceType")


def _oids(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(read_oid, values))


def _completion_status(values: tuple[str, ...]) -> Resolved:
    wanted = {spell_status(value) for value in values}
    return has_status(frozenset(wanted & set(STATUSES)))


def spell_status(status: str) -> str:
    """A status in the one spelling that goes out: `TempError` and `TEMP_ERROR` are `TEMPERROR`."""
    return status.upper().replace("_", "")


def _type(values: tuple[str, ...]) -> Resolved:
    """Either vocabulary: that of answers, or that of definitions; an unknown word fits nothing."""
    codes = frozenset(value.upper() for value in values)
    names = [name for code in codes for name in (code.lower(), code.lower().replace("_", " "))]
    by_archetype = Refers(
        place=_item("archetypeRef"),
        target=compare_values(_NAME, names, facet=Facet.NORM),
        target_types=("ArchetypeType",),
    )
    return any_of(
        (
            where(TYPES, codes),
            where(CODES, codes - {BY_ARCHETYPE}),
            all_of(where(CODES, frozenset({BY_ARCHETYPE})), by_archetype),
        )
    )


def _launcher(values: tuple[str, ...]) -> Resolved:
    """The owner's name, else their oid, else the system."""
    owner = _item("ownerRef")
    folded = tuple(value.lower() for value in values)
    named = Refers(
        place=owner,
        target=compare_values(_NAME, folded, facet=Facet.LOWER),
        target_types=_OBJECTS,
    )
    known = Refers(place=owner, target=Constant(value=True), target_types=_OBJECTS)
    gone = all_of(Refers(place=owner, oids=_oids(values)), no(known))
    nobody = no(Refers(place=owner)) if SYSTEM.lower() in folded else Constant(value=False)
    return any_of((named, gone, nobody))


#: Field to its condition, given values of which any will do.
FIELDS: dict[str, Callable[[tuple[str, ...]], Resolved]] = {
    "id": _id,
    "sourceId": _source_id,
    "completionStatus": _completion_status,
    "type": _type,
    "launcher": _launcher,
}
#: Fields that can be null, and when they are.
NULLS: dict[str, Callable[[], Resolved]] = {"completionStatus": is_pending}
