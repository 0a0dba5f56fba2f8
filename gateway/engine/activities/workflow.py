"""Walks through a workflow; the task of a job, which nobody makes but who starts the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import Activity, register
from gateway.model.initial import UTILITY_ARCHETYPE

if TYPE_CHECKING:
    from gateway.engine.objects.item import Vocabulary
    from gateway.model.documents import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowParameters:
    """The job; its workflow is kept with it."""

    job: str


@register
class Workflow(Activity[WorkflowParameters]):
    """Does the automatic steps of a job, and waits for people and for what its steps start."""

    name = "workflow"
    archetype = UTILITY_ARCHETYPE
    is_internal = True

    def parameters(self, work: Document, vocabulary: Vocabulary) -> WorkflowParameters:  # noqa: ARG002
        """The job that the work names."""
        return WorkflowParameters(job=work.get("job", ""))
