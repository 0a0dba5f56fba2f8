"""Does nothing, step by step: for trying out schedules, suspends and watchers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import ANY_MODE, StepActivity, register
from gateway.errors import SchemaViolation
from gateway.model.initial import UTILITY_ARCHETYPE
from gateway.model.task_document import work_path

if TYPE_CHECKING:
    from gateway.engine.objects.item import Vocabulary
    from gateway.model.documents import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class NoOpParameters:
    """How many steps, and milliseconds in each."""

    steps: int = 1
    delay: int = 0


@register
class NoOp(StepActivity[NoOpParameters]):
    """Takes `steps` steps of `delay` milliseconds, and does nothing in them."""

    name = "noOp"
    archetype = UTILITY_ARCHETYPE
    modes = ANY_MODE

    def parameters(self, work: Document, vocabulary: Vocabulary) -> NoOpParameters:  # noqa: ARG002
        """Steps and delay, neither negative."""
        steps, delay = work.get("steps", 1), work.get("delay", 0)
        for name, value in (("steps", steps), ("delay", delay)):
            if value < 0:
                raise SchemaViolation(
                    f"{work_path('noOp', name)} is {value}, but cannot be negative.",
                    path=work_path("noOp", name),
                )
        return NoOpParameters(steps=steps, delay=delay)

    def steps(self, parameters: NoOpParameters) -> int:
        """As many as were asked for."""
        return parameters.steps

    def pause(self, parameters: NoOpParameters) -> float:
        """The delay in seconds."""
        return parameters.delay / 1000
