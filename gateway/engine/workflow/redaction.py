"""Which values of a workflow are secret: its secret variables, and what its steps make of them.

Followed by what refers to what, so that a part or a count of a secret is as secret as the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.builtins import BUILTINS, set_by
from gateway.engine.workflow.references import (
    HIDDEN,
    JOB,
    find_secrets,
    find_sources,
    is_literal,
    list_targets,
    mask_secrets,
)
from gateway.model.workflow import Flaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.workflow import Graph, Step


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretSources:
    """What must not be read."""

    #: Names of the job's variables.
    variables: frozenset[str] = frozenset()
    #: Keys of the steps whose outputs come from secrets.
    steps: frozenset[str] = frozenset()

    def holds(self, value: Any) -> bool:
        """Whether an input, as the workflow gives it, refers to a secret anywhere."""
        return any(
            name in self.variables if source == JOB else source in self.steps
            for source, name in find_sources(value)
        )


NOTHING = SecretSources()


def find_secret_sources(graph: Graph) -> SecretSources:
    """What is secret in jobs of the graph."""
    if not graph.secrets:
        return NOTHING
    found, before = SecretSources(variables=frozenset(graph.secrets)), NOTHING
    while found != before:
        before = found
        steps = [step for step in graph.steps.values() if found.holds(step.inputs)]
        names = (name for step in steps for name in set_by(step))
        found = SecretSources(
            variables=found.variables.union(names),
            steps=frozenset(step.key for step in steps),
        )
    return found


def open_parameters(graph: Graph, app: str) -> Iterator[Flaw]:
    """Secrets that go to steps of an app whose parameters everybody can read."""
    secrecy = find_secret_sources(graph)
    for step in graph.steps.values():
        for name, value in step.inputs.items():
            if step.app == app and secrecy.holds(value):
                yield Flaw(
                    keyword="secret",
                    place=f"/tasks/{step.key}/variables/incoming/{name}",
                    message=f"The task '{step.key}' gives a secret to '{step.name}' as '{name}', "
                    "where it could be read.",
                )


def open_names(graph: Graph) -> Iterator[Flaw]:
    """Secrets that become variables whose names are not known before, so that none can be hidden."""
    secrecy = find_secret_sources(graph)
    for step in graph.steps.values():
        row = BUILTINS.get(step.name)
        if row is None or row.sets is None or not secrecy.holds(step.inputs):
            continue
        name = step.inputs.get(row.sets)
        if not isinstance(name, str) or not is_literal(name, name):
            yield Flaw(
                keyword="secret",
                place=f"/tasks/{step.key}/variables/incoming/{row.sets}",
                message=f"The task '{step.key}' makes a secret a variable whose name the workflow "
                "does not say, where it could be read.",
            )


def hide_value(value: Any) -> Any:
    """Stars for the value, or for each one of a list; the names in an object may be made of a secret."""
    if isinstance(value, list | tuple):
        return [hide_value(inner) for inner in value]
    return HIDDEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Redactor:
    """Stars instead of the secrets of one job: by where they come from, and by their texts."""

    secrecy: SecretSources
    texts: frozenset[str]

    def inputs(self, step: Step, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a step was given."""
        if self.secrecy == NOTHING:
            return inputs
        holds = self.secrecy.holds
        return {
            name: hide_value(value) if holds(step.inputs.get(name)) else self.over(value)
            for name, value in inputs.items()
        }

    def outputs(self, step: Step, outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a step has given."""
        if self.secrecy == NOTHING:
            return outputs
        return {
            name: hide_value(value) if self._is_secret_output(step, name) else self.over(value)
            for name, value in outputs.items()
        }

    def _is_secret_output(self, step: Step, name: str) -> bool:
        becomes = list_targets({name: step.outputs.get(name)})
        return step.key in self.secrecy.steps or not self.secrecy.variables.isdisjoint(becomes)

    def variables(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The job's variables."""
        secret = self.secrecy.variables
        return {n: hide_value(v) if n in secret else self.over(v) for n, v in variables.items()}

    def over(self, value: Any) -> Any:
        """Anything else, such as a message."""
        return mask_secrets(value, self.texts)

    def is_needed(self, value: Any) -> bool:
        """Whether the text of a secret stands in the value."""
        return bool(self.texts) and self.over(value) != value


def make_redactor(graph: Graph, variables: Mapping[str, Any]) -> Redactor:
    """The veil of a job."""
    return Redactor(
        secrecy=find_secret_sources(graph), texts=find_secrets(graph.secrets, variables)
    )
