"""The kinds of work that are killed, one row each: its database, its activity, its effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.journeys.crash.population import (
    GRANTED,
    LONG_AGO,
    RECOMPUTE,
    ROLE,
    every_seventh_a_role,
    member_oid,
    members,
    old_tasks,
    torn,
)

if TYPE_CHECKING:
    from tests.journeys.crash.population import Fill

Document = dict[str, Any]
MEMBER = "o.type = 'UserType' AND o.name LIKE 'member-%'"
#: Changes of a member that no caller made: callers number theirs in `costCenter`.
CHANGES = "(o.version - CAST(coalesce(o.doc ->> 'costCenter', '0') AS INTEGER))"
COUNT = 3_000
REQUESTS = 200
#: Objects of a script that is executed once.
TOGETHER = 400
#: Few items a commit, so that a kill meets a run half-way.
SLOWLY = ("--slice-size", "25")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What can be seen of items; as many show it as the task has counted, at any moment."""

    claim: str
    #: Counts the objects that show it.
    sql: str
    #: Of the buckets: what the number must be.
    counter: str
    #: Of the buckets that count: how their activity begins.
    activity: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of work, and how to tell whether it was done right."""

    name: str
    activity: Document
    fills: tuple[Fill, ...]
    #: Counters when it has ended; those that are not named are 0.
    counts: dict[str, int]
    effects: tuple[Effect, ...] = ()
    #: What must be 0 at any moment.
    never: dict[str, str] = field(default_factory=dict)
    status: str = "success"
    flags: tuple[str, ...] = SLOWLY
    #: Why it cannot be killed half-way; it is killed at any moment then.
    indivisible: str = ""
    #: Whether callers change the very objects that the task works on.
    is_disturbed: bool = True

    @property
    def total(self) -> int:
        """Items that it has."""
        return sum(self.counts.get(name, 0) for name in ("succeeded", "failed", "skipped"))


def objects(text: str = "name startsWith 'member-'", type_name: str = "UserType") -> Document:
    return {"type": type_name, "query": {"filter": {"text": text}}}


def how_many(claim: str, condition: str, counter: str = "modified", activity: str = "") -> Effect:
    """Members that a condition holds for."""
    sql = f"SELECT count(*) FROM object o WHERE {MEMBER} AND {condition}"
    return Effect(claim=claim, sql=sql, counter=counter, activity=activity)


def _one_record(kind: str, status: str = "success") -> str:
    return (
        f"1 = (SELECT count(*) FROM outcome x WHERE x.owner = o.seq AND x.kind = '{kind}' "
        f"AND x.status = '{status}')"
    )


CHANGED = how_many("changed exactly once", f"{CHANGES} = 1")
RECORDED = how_many("recorded exactly once", _one_record("complex"), "succeeded")
REMEMBERED = how_many("with one record of the change", _one_record("simple"))
JOINED = how_many(
    "with both memberships",
    "2 = (SELECT count(*) FROM reference r WHERE r.owner = o.seq AND r.path = 'roleMembershipRef')",
)
ASSIGNED = how_many(
    "assigned exactly once",
    f"1 = (SELECT count(*) FROM assignment a WHERE a.owner = o.seq AND a.target = '{GRANTED}') "
    f"AND 1 = (SELECT count(*) FROM json_each(o.doc, '$.assignment') v "
    f"WHERE v.value ->> '$.targetRef.oid' = '{GRANTED}')",
)
TWICE = {
    "changed twice": f"SELECT count(*) FROM object o WHERE {MEMBER} AND {CHANGES} NOT IN (0, 1)",
    "assigned twice": "SELECT count(*) FROM (SELECT 1 FROM assignment a "
    f"WHERE a.target = '{GRANTED}' GROUP BY a.owner HAVING count(*) > 1)",
}
UNTOUCHED = {
    "changed": f"SELECT count(*) FROM object o WHERE {MEMBER} AND {CHANGES} <> 0",
}
GONE = f"SELECT {COUNT} - count(*) FROM object o WHERE {MEMBER}"
ALL_CHANGED = {"succeeded": COUNT, "modified": COUNT}
GRANT = {"targetRef": {"oid": GRANTED, "type": "RoleType"}}


def replaced(path: str, value: Any) -> Document:
    return {"modificationType": "replace", "path": path, "value": value}


def _assignment(**more: Any) -> Document:
    added = {"modificationType": "add", "path": "assignment", "value": GRANT}
    return {"changeType": "modify", "itemDelta": [added]} | more


def _requests() -> list[Document]:
    """A user added, one changed and one deleted, again and again."""
    found: list[Document] = []
    for number in range(REQUESTS):
        added = {"@type": "c:UserType", "name": f"added-{number:06d}"}
        found += [
            {"delta": {"changeType": "add", "objectToAdd": added}},
            {"delta": _assignment(objectType="UserType", oid=member_oid(number))},
            {"delta": {"changeType": "delete", "objectType": "UserType"}
             | {"oid": member_oid(REQUESTS + number)}},
        ]  # fmt: skip
    return found


def _recomputation(text: str = f"assignment matches (targetRef matches (oid = '{ROLE}'))") -> Any:
    return {"recomputation": {"objects": objects(text)}}


def _script(**more: Any) -> Document:
    changed = {"itemDelta": replaced("description", "scripted")}
    steps = [{"assign": GRANT}, {"modify": {"delta": changed}}]
    return {"scriptExecutionRequest": {"pipeline": steps} | more}


RECOMPUTATION = {"work": _recomputation()}
DUE = {"handlerUri": RECOMPUTE, "timestamp": LONG_AGO, "id": 2}
FAILED = COUNT // 7
FAILING = {
    "work": {
        "iterativeChangeExecution": {
            "objects": objects(type_name="ObjectType"),
            "delta": _assignment(objectType="UserType"),
        }
    }
}
FAILING_ENDS: dict[str, Any] = {
    "fills": (every_seventh_a_role(COUNT),),
    "counts": {"succeeded": COUNT - FAILED, "failed": FAILED, "modified": COUNT - FAILED},
    "effects": (CHANGED, RECORDED, REMEMBERED, ASSIGNED),
    "never": TWICE
    | {
        "failed, but changed": "SELECT count(*) FROM object o WHERE o.type = 'RoleType' "
        "AND o.name LIKE 'member-%' AND o.version > 0",
    },
    "status": "partial_error",
}

KINDS: tuple[Kind, ...] = (
    Kind(
        name="recomputation",
        activity=RECOMPUTATION,
        fills=(members(COUNT),),
        counts=ALL_CHANGED,
        effects=(CHANGED, RECORDED, JOINED),
        never=TWICE,
    ),
    Kind(
        name="deletion",
        activity={"work": {"deletion": {"objects": objects()}}},
        fills=(members(COUNT),),
        counts={"succeeded": COUNT, "deleted": COUNT},
        effects=(Effect(claim="gone", sql=GONE, counter="deleted"),),
    ),
    Kind(
        name="iterativeChangeExecution",
        activity={
            "work": {"iterativeChangeExecution": {"objects": objects(), "delta": _assignment()}}
        },
        fills=(members(COUNT),),
        counts=ALL_CHANGED,
        effects=(CHANGED, RECORDED, REMEMBERED, ASSIGNED),
        never=TWICE,
    ),
    Kind(
        name="explicitChangeExecution",
        activity={"work": {"explicitChangeExecution": {"request": _requests()}}},
        fills=(members(COUNT),),
        counts={
            "succeeded": 3 * REQUESTS,
            "added": REQUESTS,
            "modified": REQUESTS,
            "deleted": REQUESTS,
        },
        effects=(
            Effect(
                claim="added exactly once",
                sql="SELECT count(*) FROM object o WHERE o.name LIKE 'added-%' AND o.version = 0",
                counter="added",
            ),
            Effect(claim="gone", sql=GONE, counter="deleted"),
            CHANGED,
            ASSIGNED,
        ),
        never=TWICE,
    ),
    Kind(
        name="iterativeScripting",
        activity={"work": {"iterativeScripting": {"objects": objects()} | _script()}},
        fills=(members(COUNT),),
        counts=ALL_CHANGED,
        effects=(CHANGED, RECORDED, REMEMBERED, ASSIGNED),
        never=TWICE,
    ),
    Kind(
        name="nonIterativeScripting",
        activity={"work": {"nonIterativeScripting": _script(input={"value": [objects()]})}},
        fills=(members(TOGETHER),),
        counts={"succeeded": 1, "modified": TOGETHER},
        effects=(CHANGED, REMEMBERED, ASSIGNED),
        never=TWICE,
        indivisible="all its objects together are one item, which is done whole or not at all",
        is_disturbed=False,
    ),
    Kind(
        name="focusValidityScan",
        activity={"work": {"focusValidityScan": {"objects": objects()}}},
        fills=(members(COUNT, activation={"validFrom": LONG_AGO}),),
        counts=ALL_CHANGED,
        effects=(
            CHANGED,
            RECORDED,
            JOINED,
            how_many("known to be valid", "o.doc ->> '$.activation.validityStatus' = 'in'"),
        ),
        never=TWICE,
    ),
    Kind(
        name="triggerScan",
        activity={"work": {"triggerScan": {"objects": objects()}}},
        fills=(members(COUNT, trigger=[DUE]),),
        counts=ALL_CHANGED,
        effects=(
            CHANGED,
            RECORDED,
            JOINED,
            how_many("without a trigger", "json_extract(o.doc, '$.trigger') IS NULL"),
        ),
        never=TWICE,
    ),
    Kind(
        name="objectIntegrityCheck",
        activity={"work": {"objectIntegrityCheck": {"objects": objects()}}},
        fills=(members(COUNT), torn),
        counts={"succeeded": COUNT - FAILED, "failed": FAILED},
        never=UNTOUCHED,
        status="partial_error",
    ),
    Kind(
        name="cleanup",
        activity={"work": {"cleanup": {"policies": {"closedTasks": {"maxAge": "P30D"}}}}},
        fills=(old_tasks(COUNT),),
        counts={"succeeded": COUNT, "deleted": COUNT},
        effects=(
            Effect(
                claim="gone",
                sql=f"SELECT {COUNT} - count(*) FROM object o WHERE o.name LIKE 'old-%'",
                counter="deleted",
            ),
        ),
        never={
            "left below what is gone": "SELECT count(*) FROM task t WHERE t.parent IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM task p WHERE p.identifier = t.parent)",
        },
    ),
    Kind(
        name="noOp",
        activity={
            "work": {"noOp": {"steps": 240, "delay": 5}},
            "distribution": {"buckets": {"implicitSegmentation": {"numberOfBuckets": 12}}},
        },
        fills=(),
        counts={"succeeded": 240},
    ),
    Kind(
        name="composition",
        activity={
            "composition": {
                "activity": [
                    {"identifier": "first", "order": 1, "work": _recomputation()},
                    {
                        "identifier": "second",
                        "order": 2,
                        "work": {
                            "iterativeChangeExecution": {
                                "objects": objects(),
                                "delta": _assignment(),
                            }
                        },
                    },
                    {"identifier": "third", "order": 3, "work": {"noOp": {"steps": 500}}},
                ]
            }
        },
        fills=(members(1_500),),
        counts={"succeeded": 3_500, "modified": 3_000},
        effects=(
            how_many("changed by the first", f"{CHANGES} >= 1", activity="first"),
            how_many("changed by the second", f"{CHANGES} = 2", activity="second"),
            how_many(
                ASSIGNED.claim, ASSIGNED.sql.partition(f"{MEMBER} AND ")[2], activity="second"
            ),
        ),
        never={
            "changed too often": f"SELECT count(*) FROM object o WHERE {MEMBER} AND {CHANGES} > 2"
        },
    ),
    Kind(
        name="buckets",
        activity=RECOMPUTATION
        | {"distribution": {"buckets": {"oidSegmentation": {}}, "workerThreads": 4}},
        fills=(members(COUNT),),
        counts=ALL_CHANGED,
        effects=(CHANGED, RECORDED, JOINED),
        never=TWICE,
        flags=(*SLOWLY, "--workers", "2"),
    ),
    Kind(name="failures", activity=FAILING, **FAILING_ENDS),
    Kind(
        name="retries",
        activity=FAILING
        | {
            "controlFlow": {
                "errorHandling": {
                    "entry": [
                        {
                            "reaction": {
                                "retryLater": {
                                    "initialInterval": "PT1S",
                                    "nextInterval": "PT1S",
                                    "retryLimit": 1,
                                }
                            }
                        }
                    ]
                }
            }
        },
        **FAILING_ENDS,
    ),
)
