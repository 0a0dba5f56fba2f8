"""Reads scripts in the forms that midPoint's JSON has for them; what is not understood is refused by name.

An expression is an action, or a pipeline or sequence of expressions. An action stands under its
name (`{"assign": {...}}`), in the generic form (`{"action": {"type": "assign", "parameter": [...]}}`)
or with its type (`{"@type": "AssignActionExpressionType", ...}`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from gateway.engine.objects import object_delta, open_values
from gateway.engine.scripting import actions
from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.engine.objects.item import Vocabulary
    from gateway.engine.scripting.actions import Action, Arguments, ScriptStep
    from gateway.model.documents import Document, Json

#: Expressions that only hold others.
HOLDERS = frozenset({"pipeline", "sequence", "scriptingExpression", "element"})
#: Types of expressions that are not called after the action.
TYPES = {
    "ActionExpressionType": "action",
    "ExpressionPipelineType": "pipeline",
    "ExpressionSequenceType": "sequence",
}
#: Parameters without anything to act on: nothing waits for an approval here.
IDLE_PARAMETERS = frozenset({"skipApprovals"})
#: Forms of one action within another would go on without end.
MAX_DEPTH = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptReading:
    """How a script is read: in whose words, and for objects of which type."""

    vocabulary: Vocabulary
    type: str


def read_script(given: Json, how: ScriptReading, place: str) -> tuple[ScriptStep, ...]:
    """The steps of a script; `InvalidRequest` for what it cannot hold, or for no step at all."""
    steps = tuple(_read_steps(given, how, place, 0))
    if not steps:
        raise SchemaViolation(f"'{place}' has no action; one of {_names()}.", path=place)
    return steps


def _read_steps(given: Json, how: ScriptReading, place: str, depth: int) -> list[ScriptStep]:
    if depth > MAX_DEPTH:
        raise SchemaViolation(f"'{place}' is nested too deeply.", path=place)
    if isinstance(given, list):
        return list(chain.from_iterable(_read_steps(each, how, place, depth + 1) for each in given))
    named = _type_of(given) if isinstance(given, dict) else None
    if named is not None:
        return _read_named(
            named, open_values.structure(given, place), how, f"{place}/{named}", depth
        )
    return list(
        chain.from_iterable(
            _read_named(name, value, how, f"{place}/{name}", depth)
            for name, value in open_values.structure(given, place).items()
        )
    )


def _type_of(given: Document) -> str | None:
    """What an expression is, if it says so itself."""
    if isinstance(given.get("@element"), str):
        return open_values.bare(given["@element"])
    name = open_values.bare(str(given.get("@type", "")))
    if name in TYPES:
        return TYPES[name]
    for suffix in ("ActionExpressionType", "ExpressionType"):
        if name.endswith(suffix):
            name = name.removesuffix(suffix)
            return name[:1].lower() + name[1:]
    return None


def _read_named(
    name: str, value: Json, how: ScriptReading, place: str, depth: int
) -> list[ScriptStep]:
    if name in HOLDERS:
        return _read_steps(value, how, place, depth + 1)
    values = value if isinstance(value, list) else [value]
    if name == "action":
        return [_generic(each, how, place) for each in values]
    return [_read_typed(name, each, how, place) for each in values]


def _action(name: str) -> Action:
    if name not in actions.NAMED:
        raise Unsupported(f"'{name[:80]}' is not supported in a script; actions are {_names()}.")
    return actions.NAMED[name]


def _names() -> str:
    return ", ".join(row.name for row in dict.fromkeys(actions.NAMED.values()))


def _read_typed(name: str, given: Json, how: ScriptReading, place: str) -> ScriptStep:
    action = _action(name)
    return _step(action, open_values.structure({} if given is None else given, place), how, place)


def _generic(given: Json, how: ScriptReading, place: str) -> ScriptStep:
    members = open_values.members(given, ("type", "parameter"), place)
    action = _action(open_values.text(members.get("type"), f"{place}/type"))
    parameters: Document = {}
    for each in open_values.list_values(members.get("parameter")):
        parameter = open_values.structure(each, f"{place}/parameter")
        name = open_values.text(parameter.pop("name", None), f"{place}/parameter/name")
        values = open_values.list_values(parameter.pop("value", None))
        if parameter:
            raise Unsupported(
                f"'{place}/parameter' has '{next(iter(parameter))[:80]}', but parameters are plain "
                "values; expressions are not supported."
            )
        parameters[name] = [*parameters.get(name, ()), *values]
    return _step(action, parameters, how, f"{place}/{action.name}")


def _step(action: Action, given: Document, how: ScriptReading, place: str) -> ScriptStep:
    for name in given.keys() - IDLE_PARAMETERS:
        if name not in action.parameters:
            takes = (
                f"it takes {', '.join(action.parameters)}" if action.parameters else "it has none"
            )
            raise Unsupported(
                f"The parameter '{name[:80]}' of the action '{action.name}' is not supported; {takes}."
            )
    if action.needed and not any(name in given for name in action.needed):
        needed = " or ".join(action.needed)
        raise SchemaViolation(f"The action '{action.name}' needs {needed}.", path=place)
    return actions.ScriptStep(action=action.name, arguments=_arguments(action, given, how, place))


def _arguments(action: Action, given: Document, how: ScriptReading, place: str) -> Arguments:
    found: Document = {}
    for name in action.parameters:
        if name in given:
            values = [
                open_values.unwrap_value(each) for each in open_values.list_values(given[name])
            ]
            PARAMETERS[name](found, values, how, f"{place}/{name}")
    if action.name == "assign" and any(
        r["relation"] == actions.ANY_RELATION for r in found["targets"]
    ):
        raise SchemaViolation(f"'{place}' needs one relation, not any.", path=f"{place}/relation")
    if "message" in action.parameters:
        found.setdefault("message", "A script asked to tell of this object.")
    return actions.Arguments(**found)


def _read_delta(found: Document, values: list[Json], how: ScriptReading, place: str) -> None:
    if len(values) != 1:
        raise SchemaViolation(
            f"'{place}' holds one delta, but {len(values)} were given.", path=place
        )
    given = open_values.structure(values[0], place)
    members = {"changeType": "modify"} | given
    if members["changeType"] != "modify":
        raise SchemaViolation(
            f"'{place}/changeType' must be modify; add and delete are actions of their own.",
            path=f"{place}/changeType",
        )
    found["delta"] = object_delta.change_of_each(members, how.type, how.vocabulary, place)


def _read_target(found: Document, values: list[Json], how: ScriptReading, place: str) -> None:
    references = (
        how.vocabulary.value("AssignmentType", "targetRef", each, place) for each in values
    )
    found["targets"] = (*found.get("targets", ()), *(each for each in references if each))


def _read_role(found: Document, values: list[Json], how: ScriptReading, place: str) -> None:
    """A role by its oid, as text or in a reference; without a type, a role is meant."""
    references = [each if isinstance(each, dict) else {"oid": each} for each in values]
    typed = [
        {"type": "RoleType"} | {open_values.bare(k): v for k, v in e.items()} for e in references
    ]
    _read_target(found, typed, how, place)


def _read_relation(found: Document, values: list[Json], how: ScriptReading, place: str) -> None:
    """What the targets' relations are instead; each target with each of them."""
    names = [how.vocabulary.type_name(open_values.text(each, place)) for each in values]
    if not all(names):
        raise SchemaViolation(f"'{place}' must be the name of a relation.", path=place)
    found["targets"] = tuple(
        each | {"relation": name} for each in found.get("targets", ()) for name in names
    )


def _read_message(found: Document, values: list[Json], _: ScriptReading, place: str) -> None:
    found.setdefault("message", " ".join(open_values.text(each, place) for each in values))


#: Parameter name to what reads its values into the arguments.
PARAMETERS: dict[str, Callable[[Document, list[Json], ScriptReading, str], None]] = {
    "delta": _read_delta,
    "targetRef": _read_target,
    "role": _read_role,
    "relation": _read_relation,
    "message": _read_message,
    "subtype": _read_message,
}
