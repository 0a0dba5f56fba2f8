"""Comparisons of pairs of values, and decisions by them. They never end in an error of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.applications.row import MethodOutcome
from gateway.engine.workflow.javascript import texts
from gateway.engine.workflow.javascript.comparing import equals_deeply
from gateway.engine.workflow.javascript.numbers import read_number
from gateway.engine.workflow.javascript.patterns import BadPattern, pattern_of, search
from gateway.engine.workflow.javascript.stringify import NoJson, parse_json
from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing, is_number, to_text
from gateway.engine.workflow.json_query import BadQuery, answer
from gateway.engine.workflow.limits import TooMuch
from gateway.model.workflow import FAILURE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.engine.workflow.applications.row import Task
    from gateway.engine.workflow.limits import WorkBudget

#: Other texts are no JSON value but a text of its own.
_BEGINNINGS = frozenset("-0123456789[{")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


def evaluate(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Success if the groups hold, otherwise failure without any output."""
    comparing = _Comparing(task)
    if comparing.holds_together(inputs["evaluation_groups"], inputs, comparing.group):
        return MethodOutcome(outputs={"return_value": True}, warnings=tuple(comparing.warnings))
    return MethodOutcome(state=FAILURE, warnings=tuple(comparing.warnings))


def decide(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """The step of the first entry that holds; raises `InputRefused` without any."""
    comparing = _Comparing(task)
    for entry in inputs["decisionArray"]:
        if comparing.group(entry):
            key = str(entry.get("taskId"))
            warnings = tuple(comparing.warnings)
            return MethodOutcome(outputs={"return_value": key}, next_step=key, warnings=warnings)
    raise InputRefused("No entry of 'decisionArray' holds.")


class _Comparing:
    """One evaluation, and what is strange about it."""

    def __init__(self, task: Task) -> None:
        self._read = task.situation.read
        self._budget = task.call.budget
        self.warnings: list[str] = []

    def holds_together(
        self, parts: Any, around: Mapping[str, Any], holds: Callable[[Any], bool]
    ) -> bool:
        """All parts, or one of them where the flag is false; none at all do not hold."""
        if not isinstance(parts, list) or not parts:
            self.warnings.append("There is nothing to compare.")
            return False
        needs_all = around.get("all_true_flag", True) not in (False, "false")
        results = map(holds, parts)
        return all(results) if needs_all else any(results)

    def group(self, group: Any) -> bool:
        """Whether a group of evaluations holds."""
        if not isinstance(group, dict):
            self.warnings.append("A group of evaluations must be an object.")
            return False
        return self.holds_together(group.get("evaluations"), group, self._evaluation)

    def _evaluation(self, evaluation: Any) -> bool:
        sign = evaluation.get("operator") if isinstance(evaluation, dict) else None
        compare = OPERATORS.get(sign) if isinstance(sign, str) else None
        if compare is None:
            self.warnings.append(f"The operator is not one of {', '.join(OPERATORS)}.")
            return False
        try:
            left = self._operand(evaluation, "operand_1", "query")
            right = self._operand(evaluation, "operand_2", "rightQuery")
            return compare(left, right, self._budget)
        except (BadPattern, BadQuery) as fault:
            self.warnings.append(str(fault))
            return False

    def _operand(self, evaluation: dict[str, Any], name: str, query: str) -> Any:
        value = self._read(evaluation.get(name))
        written = evaluation.get(query)
        if isinstance(written, str) and written:
            value = answer(written, value, self._budget)
        return None if value is UNDEFINED else value


# ---- operators ------------------------------------------------------------------------------------


def _parse(value: Any, budget: WorkBudget) -> Any:
    """A text that is a JSON number, boolean, null, list or object counts as that."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text in _WORDS:
        return _WORDS[text]
    if text[:1] not in _BEGINNINGS:
        return value
    try:
        return parse_json(text, budget)
    except (NoJson, TooMuch):
        return value


def _alike(left: Any, right: Any, budget: WorkBudget) -> tuple[Any, Any]:
    """Both operands, the second one brought to the type of the first one."""
    left = _parse(left, budget)
    if isinstance(left, str):
        is_scalar = isinstance(right, bool) or is_number(right)
        return left, to_text(right, budget) if is_scalar else right
    if is_number(left) and isinstance(right, str) and right.strip():
        number = read_number(right)
        return left, number if number == number else right  # noqa: PLR0124  NaN is not itself
    return left, _parse(right, budget)


def _equal(left: Any, right: Any, budget: WorkBudget) -> bool:
    left, right = _alike(left, right, budget)
    if is_nothing(left) or is_nothing(right):
        return is_nothing(left) and is_nothing(right)
    return equals_deeply(left, right, budget)


def _order(left: Any, right: Any, budget: WorkBudget) -> tuple[Any, Any] | None:
    """What two numbers, or two texts, are ordered by; nothing else has an order."""
    is_mixed = isinstance(_parse(left, budget), str) and not isinstance(right, str)
    left, right = _alike(left, right, budget)
    if is_number(left) and is_number(right):
        return left, right
    if isinstance(left, str) and isinstance(right, str) and not is_mixed:
        return texts.order(left), texts.order(right)
    return None


def _less(left: Any, right: Any, budget: WorkBudget) -> bool:
    found = _order(left, right, budget)
    return found is not None and bool(found[0] < found[1])


def _at_most(left: Any, right: Any, budget: WorkBudget) -> bool:
    found = _order(left, right, budget)
    return found is not None and bool(found[0] <= found[1])


def _more(left: Any, right: Any, budget: WorkBudget) -> bool:
    found = _order(left, right, budget)
    return found is not None and bool(found[0] > found[1])


def _at_least(left: Any, right: Any, budget: WorkBudget) -> bool:
    found = _order(left, right, budget)
    return found is not None and bool(found[0] >= found[1])


def _contains(left: Any, right: Any, budget: WorkBudget) -> bool:
    """A text: a pattern is found in it; a list: an element is equal; an object: it has the key."""
    if left is None:
        return False
    if isinstance(left, list):
        return any(equals_deeply(each, right, budget) for each in left)
    if isinstance(left, dict):
        return isinstance(right, str) and right in left
    wanted = pattern_of(to_text(right, budget))
    return search(wanted, to_text(left, budget), budget) is not None


OPERATORS: Mapping[str, Callable[[Any, Any, WorkBudget], bool]] = {
    "==": _equal,
    "!=": lambda left, right, budget: not _equal(left, right, budget),
    "<": _less,
    "<=": _at_most,
    ">": _more,
    ">=": _at_least,
    "contains": _contains,
    "!contains": lambda left, right, budget: not _contains(left, right, budget),
}
