"""Deletes what is closed, or was made, longer ago than a policy says. One row a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.clock import parse_instant, write_instant
from gateway.engine.activities.base import (
    CompositeActivity,
    CompositePart,
    ObjectActivity,
    register,
)
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.literals import quote_text
from gateway.engine.objects.selection import ObjectSet
from gateway.engine.objects.trees import CASES, TASKS, Tree, descendants, members
from gateway.errors import SchemaViolation
from gateway.model.destructible import INDESTRUCTIBLE, is_indestructible
from gateway.model.effects import Delete
from gateway.model.initial import CLEANUP_ARCHETYPE
from gateway.model.task_document import work_path
from gateway.model.values import seconds_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.selection import RunScope
    from gateway.model.documents import Document, StoredObject

PART = "cleanup part"


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanupPolicy:
    """What one policy deletes."""

    type: str
    #: Filter of what is old enough; `{before}` is an instant.
    old: str
    tree: Tree | None = None


#: By identifier, which is that of the part, too.
POLICIES = {
    "closedTasks": CleanupPolicy(
        type="TaskType",
        old="parent not exists and executionState = 'closed' and completionTimestamp < {before}",
        tree=TASKS,
    ),
    "closedCases": CleanupPolicy(
        type="CaseType",
        old="parentRef not exists and state = 'closed' and closeTimestamp < {before}",
        tree=CASES,
    ),
    "outputReports": CleanupPolicy(
        type="ReportDataType",
        old="metadata/createTimestamp < {before}",
    ),
    "closedCertificationCampaigns": CleanupPolicy(
        type="AccessCertificationCampaignType",
        old="state = 'closed' and endTimestamp < {before}",
    ),
}


@register
class Cleanup(CompositeActivity[None]):
    """Deletes closed tasks with their subtasks, closed cases and campaigns, and report outputs.

    It does so `maxAge` after they were closed or made; the policies stand in the task.
    """

    name = "cleanup"
    archetype = CLEANUP_ARCHETYPE

    def parts(self, work: Document) -> list[CompositePart]:
        """One for each policy that says after what time."""
        given: Document = work.get("policies", {})
        if not given:
            raise SchemaViolation(
                "cleanup needs 'policies', such as closedTasks with a maxAge; there is no system "
                "configuration that they could be taken from.",
                path=work_path("cleanup", "policies"),
            )
        return [
            CompositePart(
                identifier=name, name=PART, work={"policy": name, "maxAge": given[name]["maxAge"]}
            )
            for name in POLICIES
            if "maxAge" in given.get(name, {})
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanupParameters:
    """Which policy, and after how many seconds."""

    policy: str
    max_age: float


@register
class CleanupPart(ObjectActivity[CleanupParameters]):
    """A part of cleanup; no task can ask for it by itself."""

    name = PART
    archetype = CLEANUP_ARCHETYPE
    is_part = True
    leaves_outcomes = False

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> CleanupParameters:
        """The policy; a negative age means the same, as in midPoint."""
        return CleanupParameters(policy=work["policy"], max_age=abs(seconds_in(work["maxAge"])))

    def objects(self, parameters: CleanupParameters, scope: RunScope) -> ObjectSet:
        """What is old enough when the run begins."""
        policy = POLICIES[parameters.policy]
        before = write_instant(max(0, parse_instant(scope.started) - parameters.max_age))
        return ObjectSet(type=policy.type).restrict(policy.old.format(before=quote_text(before)))

    def prepare(
        self,
        parameters: CleanupParameters,
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Everything below the objects."""
        tree = POLICIES[parameters.policy].tree
        return {} if tree is None else descendants(tree, objects, context.repository)

    def process(
        self, parameters: CleanupParameters, each: StoredObject, context: ItemContext
    ) -> ItemResult:
        """Delete the object with all below it, unless one of them has to stay."""
        tree = POLICIES[parameters.policy].tree
        below = [] if tree is None else list(members(tree, each, context.known))
        for one in (each, *below):
            reason = _reason_to_stay(tree, one)
            if reason is not None:
                return ItemResult(status="not_applicable", message=f"'{one.name}' {reason}.")
        falling = [] if tree is None or tree.falls_together else below
        return ItemResult(effects=tuple(Delete(before=one) for one in (*reversed(falling), each)))


def _reason_to_stay(tree: Tree | None, one: StoredObject) -> str | None:
    if is_indestructible(one):
        return INDESTRUCTIBLE
    # So the running task deletes neither itself nor what it is a subtask of.
    if tree is not None and not tree.is_closed(one):
        return "is not closed"
    return None
