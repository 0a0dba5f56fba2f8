"""Does each step that an output needs, once; steps wait for one another without calling one another."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.comparing import equals_deeply
from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing, is_truthy, to_text
from gateway.engine.workflow.json_query.answering import member
from gateway.engine.workflow.limits import MAX_CALL_DEPTH, TooMuch, WorkBudget
from gateway.engine.workflow.transformations.method import Call, CallFailed
from gateway.engine.workflow.transformations.methods import CHOICES, METHODS
from gateway.engine.workflow.transformations.model import CONTEXT, FUNCTION, TEMPLATE, FromInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.engine.workflow.transformations.method import Callback, Surroundings
    from gateway.engine.workflow.transformations.model import (
        Branch,
        FromStep,
        Function,
        Link,
        TransformationInput,
        TransformationStep,
    )

_NAME = re.compile(r"\$\{([^}]*)\}")
_SWITCH = "Conditional.switch"

#: Work that names the steps whose values it needs, is sent them, and gives a value.
Work = Generator[int, Any, Any]


class EvaluationFailed(Exception):
    """A step cannot be done; the message names it and says why."""


@dataclass(slots=True)
class _Frame:
    """One call of a function."""

    function: Function
    #: Where functions are looked for: the function itself, and those around it.
    scopes: tuple[Function, ...]
    inputs: dict[str, Any]
    results: dict[int, Any] = field(default_factory=dict)


class Evaluation:
    """One run of a transformation."""

    def __init__(self, surroundings: Surroundings, budget: WorkBudget | None = None) -> None:
        self._surroundings = surroundings
        self._budget = budget or WorkBudget()
        self._depth = 0

    def outputs(
        self, function: Function, outer: tuple[Function, ...], inputs: dict[str, Any]
    ) -> dict[str, Any]:
        """All outgoing values by name, `UNDEFINED` where nothing goes to one; raises `EvaluationFailed`."""
        frame = _Frame(function, (function, *outer), inputs)
        self._depth += 1
        try:
            if self._depth > MAX_CALL_DEPTH:
                raise TooMuch(f"It calls functions more than {MAX_CALL_DEPTH} deep.")
            return self._compute(frame, self._results(frame))  # type: ignore[no-any-return]
        finally:
            self._depth -= 1

    def _compute(self, frame: _Frame, work: Work) -> Any:
        """The value of some work, and on the way those of the steps that it needs."""
        open_work: list[Work] = [work]
        value: Any = None
        while open_work:
            try:
                wanted = open_work[-1].send(value)
            except StopIteration as end:
                open_work.pop()
                value = end.value
                continue
            value = frame.results.get(wanted)
            if wanted not in frame.results:
                open_work.append(self._step(frame, frame.function.steps[wanted]))
        return value

    # ---- links --------------------------------------------------------------------------------------

    def _results(self, frame: _Frame) -> Work:
        found: dict[str, Any] = {}
        for name in frame.function.outputs:
            value: Any = UNDEFINED
            for link in frame.function.results.get(name, ()):
                if (yield from self._is_active(frame, link)):
                    part = yield from self._take(frame, link.source)
                    value = self._place(value, link.pointer, part)
            found[name] = value
        return found

    def _is_active(self, frame: _Frame, link: Link) -> Work:
        """Whether the branches of a link and of the step that it comes from are taken."""
        branches: tuple[Branch, ...] = link.branches
        if not isinstance(link.source, FromInput):
            branches += frame.function.steps[link.source.step].branches
        return (yield from self._are_taken(branches))

    def _are_taken(self, branches: tuple[Branch, ...]) -> Work:
        for branch in branches:
            if (yield branch.step) != branch.number:
                return False
        return True

    def _take(self, frame: _Frame, source: FromInput | FromStep) -> Work:
        """The value at the start of a link; undefined if the way ends before."""
        if isinstance(source, FromInput):
            value = frame.inputs.get(source.name, UNDEFINED)
        else:
            value = yield source.step
        for key in source.pointer:
            value = UNDEFINED if is_nothing(value) else member(value, key)
        return value

    def _place(self, root: Any, pointer: tuple[str, ...], value: Any) -> Any:
        """A copy of an output with a value inside of it; objects on the way are made."""
        if not pointer:
            return value
        if value is UNDEFINED:
            return root
        key, *rest = pointer
        if isinstance(root, list) and key.isdigit() and int(key) <= len(root):
            self._budget.copy(len(root) + 1)
            inner = self._place(member(root, key), tuple(rest), value)
            return [*root[: int(key)], inner, *root[int(key) + 1 :]]
        around = root if isinstance(root, dict) else {}
        self._budget.copy_object(len(around) + 1)
        return {**around, key: self._place(around.get(key, UNDEFINED), tuple(rest), value)}

    # ---- steps --------------------------------------------------------------------------------------

    def _step(self, frame: _Frame, step: TransformationStep) -> Work:
        value: Any = UNDEFINED
        if (yield from self._are_taken(step.branches)):
            value = yield from self._value(frame, step)
        frame.results[step.id] = value
        return value

    def _value(self, frame: _Frame, step: TransformationStep) -> Work:
        if (choose := CHOICES.get(step.name)) is not None:
            self._budget.call()
            return (yield from self._choose(frame, step, choose()))
        arguments = yield from self._arguments(frame, step)
        try:
            self._budget.call()
            return self._call(frame, step, arguments)
        except CallFailed as fault:
            raise EvaluationFailed(f"step {step.id} ({step.name}): it {fault}") from None
        except TooMuch as fault:
            raise EvaluationFailed(f"step {step.id} ({step.name}): {fault}") from None

    def _call(self, frame: _Frame, step: TransformationStep, arguments: list[Any]) -> Any:
        if step.kind == FUNCTION:
            return self._function(frame, step.name, arguments)
        if step.kind == TEMPLATE:
            return self._template(step.template, arguments)
        if step.kind == CONTEXT:
            return self._branch(step, arguments[0] if arguments else UNDEFINED)
        row = METHODS[step.name]
        call = Call(budget=self._budget, surroundings=self._surroundings, overload=step.overload)
        if row.calls_back and arguments[1:2] not in ([], [UNDEFINED]):
            arguments[1] = self._callback(frame, arguments[1])
        return row.work(call, *row.values(call, arguments))

    def _choose(self, frame: _Frame, step: TransformationStep, choice: Work) -> Work:
        """What a method gives that asks for its arguments one by one."""
        value: Any = None
        while True:
            try:
                position = choice.send(value)
            except StopIteration as end:
                return end.value
            value = yield from self._argument(frame, step, position)

    def _arguments(self, frame: _Frame, step: TransformationStep) -> Work:
        """By position; what is not given in a row of any length is left out of it."""
        row = METHODS.get(step.name)
        kinds = row.kinds if row is not None and step.kind != FUNCTION else ("*extra",)
        fixed = sum(not each.startswith("*") for each in kinds)
        skips = "*extra" not in kinds
        positions = [
            position
            for position in range(step.count)
            if position < fixed or not skips or step.is_given(position)
        ]
        found: list[Any] = [None] * len(positions)
        for index, position in enumerate(positions):
            found[index] = yield from self._argument(frame, step, position)
        return found

    def _argument(self, frame: _Frame, step: TransformationStep, position: int) -> Work:
        """A link wins over what is written; null that is written means nothing."""
        for link in step.links.get(position, ()):
            if (yield from self._is_active(frame, link)):
                return (yield from self._take(frame, link.source))
        written = step.arguments[position] if position < len(step.arguments) else None
        return UNDEFINED if written is None else written

    # ---- calls --------------------------------------------------------------------------------------

    def _callback(self, frame: _Frame, name: str) -> Callback:
        """A function of the document, called with values in the order of what it declares."""

        def call_back(*arguments: Any) -> Any:
            self._budget.call()
            return next(iter(self._function(frame, name, arguments).values()), UNDEFINED)

        return call_back

    def _function(self, frame: _Frame, name: str, arguments: Sequence[Any]) -> dict[str, Any]:
        """All outgoing values of a function, looked for here first and then outwards."""
        for index, scope in enumerate(frame.scopes):
            if (function := scope.functions.get(name)) is not None:
                inputs = _name_arguments(function.inputs, arguments)
                return self.outputs(function, frame.scopes[index:], inputs)
        raise CallFailed(f"needs the function '{name}', which is not there.")

    def _template(self, template: str, arguments: list[Any]) -> str:
        """Each different name takes the next argument."""
        names = list(dict.fromkeys(_NAME.findall(template)))
        values = dict(zip(names, arguments, strict=False))
        texts = {name: to_text(values.get(name, UNDEFINED), self._budget) for name in names}
        counted = sum(len(texts[name]) for name in _NAME.findall(template))
        self._budget.make(len(template) + counted)
        return _NAME.sub(lambda found: texts[found[1]], template)

    def _branch(self, step: TransformationStep, value: Any) -> int | None:
        """The branch that is taken: of an `if` 0 or 1, of a `switch` from 1 the first that fits."""
        if step.name != _SWITCH:
            return 0 if is_truthy(value) else 1
        cases = enumerate(step.cases, start=1)
        return next((n for n, case in cases if equals_deeply(case, value, self._budget)), None)


def _name_arguments(
    inputs: tuple[TransformationInput, ...], arguments: Sequence[Any]
) -> dict[str, Any]:
    """Arguments by name; an input may stand for all further ones, as an object of them."""
    found: dict[str, Any] = {}
    for position, each in enumerate(inputs):
        if not each.is_context:
            found[each.name] = arguments[position] if position < len(arguments) else UNDEFINED
            continue
        further = arguments[position:]
        found[each.name] = {
            key: further[index] if index < len(further) else UNDEFINED
            for key, index in each.further
        }
    return found
