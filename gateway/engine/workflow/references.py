"""What a step's inputs refer to, and where its outputs go.

A reference is the whole of a value, `$var.job.name` or `$var.a1b2.field`; inside longer values it is
text like any other. Steps that compare or collect take references as `{"task", "variable"}` pairs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

JOB, STATIC = "job", "static"
_REFERENCE = re.compile(r"\$var\.([0-9A-Za-z_]+)\.(.+)")


def resolve_inputs(
    inputs: Mapping[str, Any],
    variables: Mapping[str, Any],
    outputs: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The inputs with what they refer to; what is not there is null."""
    return {name: _resolve(value, variables, outputs) for name, value in inputs.items()}


def _resolve(
    value: Any, variables: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]
) -> Any:
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    source = variables if found[1] == JOB else outputs.get(found[1], {})
    return source.get(found[2])


def is_literal(said: Any, value: Any) -> bool:
    """Whether the value of an input is what the workflow says, no reference and given by nobody."""
    is_reference = isinstance(said, str) and _REFERENCE.fullmatch(said) is not None
    return not is_reference and said is not None and value == said


def parse_reference(value: Any) -> tuple[str, str] | None:
    """The step, or `job`, and the name that a value refers to; None if it stands for itself."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else (found[1], found[2])


def write_variables(targets: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The job's variables that a step's outputs become."""
    found: dict[str, Any] = {}
    for name, target in targets.items():
        reference = _REFERENCE.fullmatch(target) if isinstance(target, str) else None
        if reference is not None and reference[1] == JOB and name in outputs:
            found[reference[2]] = outputs[name]
    return found


def resolve_pair(
    pair: Any, variables: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]
) -> Any:
    """What a pair of `task` and `variable` (or `value`) means; anything else means itself."""
    if not isinstance(pair, dict) or "task" not in pair:
        return _resolve(pair, variables, outputs)
    source = pair["task"]
    name = pair.get("variable", pair.get("value"))
    if source == STATIC:
        return name
    return (variables if source == JOB else outputs.get(source, {})).get(str(name))


def list_targets(outputs: Mapping[str, Any]) -> list[str]:
    """Names of the job's variables that outputs become."""
    found = [_REFERENCE.fullmatch(each) for each in outputs.values() if isinstance(each, str)]
    return [each[2] for each in found if each is not None and each[1] == JOB]


def find_sources(value: Any) -> Iterator[tuple[str, str]]:
    """All that a value refers to, in pairs inside it too: the step or `job`, and the name."""
    if isinstance(value, dict):
        if "task" in value:
            yield str(value["task"]), str(value.get("variable", value.get("value")))
        for inner in value.values():
            yield from find_sources(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from find_sources(inner)
    elif isinstance(value, str) and (found := _REFERENCE.fullmatch(value)) is not None:
        yield found[1], found[2]


def find_references(inputs: Mapping[str, Any]) -> list[str]:
    """The steps that inputs refer to by key."""
    found = [_REFERENCE.fullmatch(value) for value in inputs.values() if isinstance(value, str)]
    return [each[1] for each in found if each is not None and each[1] != JOB]


HIDDEN = "********"


def find_secrets(names: Iterable[str], variables: Mapping[str, Any]) -> frozenset[str]:
    """The texts that must not be shown: all texts inside the variables of these names."""
    return frozenset(text for name in names for text in _collect_texts(variables.get(name)))


def _collect_texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _collect_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _collect_texts(inner)
    elif value is not None and value != "":
        yield str(value)


def mask_secrets(value: Any, secrets: frozenset[str]) -> Any:
    """The value with stars instead of each secret, wherever it occurs in it."""
    if not secrets:
        return value
    if isinstance(value, dict):
        return {
            mask_secrets(name, secrets): mask_secrets(inner, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_secrets(inner, secrets) for inner in value]
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, HIDDEN)
        return value
    is_secret = value is not None and not isinstance(value, bool) and str(value) in secrets
    return HIDDEN if is_secret else value
