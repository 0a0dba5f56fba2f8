"""The methods of numbers, booleans and dates, and those that compare."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.comparing import (
    equals_deeply,
    equals_loosely,
    equals_strictly,
    is_less,
    is_less_or_equal,
)
from gateway.engine.workflow.javascript.dates import Date, date_at, date_of_parts, parse_date
from gateway.engine.workflow.javascript.numbers import (
    Number,
    number,
    parse_float,
    parse_int,
    write_in_base,
)
from gateway.engine.workflow.javascript.values import (
    UNDEFINED,
    is_number,
    is_truthy,
    to_number,
    to_primitive,
    to_whole,
)
from gateway.engine.workflow.transformations.method import Call, CallFailed, Method, method

if TYPE_CHECKING:
    from collections.abc import Callable


def _add(call: Call, left: Any, right: Any) -> Any:
    """A sum, or the texts joined if one of the two is a text."""
    left, right = to_primitive(left, call.budget), to_primitive(right, call.budget)
    if isinstance(left, str) or isinstance(right, str):
        first, second = call.text(left), call.text(right)
        call.budget.make(len(first) + len(second))
        return first + second
    return number(to_number(left, call.budget) + to_number(right, call.budget))


def _divide(left: Number, right: Number) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _power(base: Number, exponent: Number) -> float:
    """As a double: 1 to a power without an end is no number."""
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf
    except ValueError:
        return math.inf if not base else math.nan


def _whole(work: Callable[[float], float]) -> Callable[[Number], float]:
    """Work that leaves what is infinite or no number as it is."""
    return lambda value: work(value) if math.isfinite(value) else value


def _round(value: float) -> float:
    return math.floor(value) + (value - math.floor(value) >= 0.5)


def _arithmetic(name: str, kinds: str, work: Callable[..., float]) -> Method:
    return method(f"Math.{name}", kinds, lambda call, *numbers: number(work(*numbers)))  # noqa: ARG005


def _extreme(choose: Callable[..., float], none: float) -> Callable[..., float]:
    """The least or greatest of numbers; no number as soon as one of them is none."""
    return lambda *given: math.nan if any(map(math.isnan, given)) else choose((none, *given))


def _new_boolean(call: Call, value: Any) -> bool:
    """The truth of a value; the text `false` means what it says."""
    del call
    return value != "false" and is_truthy(value)


def _to_string(call: Call, value: Number, base: Any) -> str:
    wanted = 10 if base is UNDEFINED else to_whole(base, call.budget)
    if not 2 <= wanted <= 36:
        raise CallFailed("needs a base from 2 to 36 as argument 2.")
    return write_in_base(value, int(wanted))


def _parse_int(call: Call, text: str, base: Any) -> Number:
    return parse_int(text, 0 if base is UNDEFINED else int(_finite(to_whole(base, call.budget))))


def _finite(value: Number) -> Number:
    return value if math.isfinite(value) else 0


def _is_integer(call: Call, value: Any) -> bool:
    del call
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


def _is_nan(call: Call, value: Any) -> bool:
    return math.isnan(to_number(value, call.budget))


def _new_date(call: Call, *arguments: Any) -> Date:
    """Now, from one number or text, or from parts; the form may be told by the step."""
    given = [each for each in arguments if each is not UNDEFINED]
    form = call.overload if call.overload is not None else min(len(given), 2) + (len(given) > 0)
    if form == 0:
        return date_at(call.surroundings.now())
    if form >= 3 or len(given) > 1:
        return date_of_parts([to_number(each, call.budget) for each in given] or [math.nan])
    value = given[0] if given else math.nan
    return date_at(parse_date(value) if isinstance(value, str) else to_number(value, call.budget))


def _iso(call: Call, date: Date) -> str:
    del call
    if date.is_invalid:
        raise CallFailed("needs a valid date.")
    return date.iso


def _part(index: int) -> Callable[[Call, Date], Number]:
    return lambda call, date: math.nan if date.is_invalid else date.parts[index]  # noqa: ARG005


VALUE_METHODS = (
    method("Logical.not", "any?", lambda call, value: not is_truthy(value)),  # noqa: ARG005
    method("Equality.equality", "any? any?", lambda call, a, b: equals_loosely(a, b, call.budget)),
    method(
        "Equality.inequality", "any? any?", lambda call, a, b: not equals_loosely(a, b, call.budget)
    ),
    method("Equality.identity", "any? any?", lambda call, a, b: equals_strictly(a, b)),  # noqa: ARG005
    method("Equality.nonidentity", "any? any?", lambda call, a, b: not equals_strictly(a, b)),  # noqa: ARG005
    method("Equality.deepEquals", "any? any?", lambda call, a, b: equals_deeply(a, b, call.budget)),
    method("Relational.lessThan", "any? any?", lambda call, a, b: is_less(a, b, call.budget)),
    method("Relational.greaterThan", "any? any?", lambda call, a, b: is_less(b, a, call.budget)),
    method(
        "Relational.lessThanOrEqual",
        "any? any?",
        lambda call, a, b: is_less_or_equal(a, b, call.budget),
    ),
    method(
        "Relational.greaterThanOrEqual",
        "any? any?",
        lambda call, a, b: is_less_or_equal(b, a, call.budget),
    ),
    method("Math.add", "any any", _add),
    _arithmetic("subtract", "number number", lambda a, b: a - b),
    _arithmetic("multiply", "number number", lambda a, b: a * b),
    _arithmetic("divide", "number number", _divide),
    _arithmetic("exponentiation", "number number", _power),
    _arithmetic("floor", "number", _whole(math.floor)),
    _arithmetic("ceil", "number", _whole(math.ceil)),
    _arithmetic("round", "number", _whole(_round)),
    _arithmetic("max", "*number", _extreme(max, -math.inf)),
    _arithmetic("min", "*number", _extreme(min, math.inf)),
    method("Math.random", "", lambda call: call.surroundings.random()),
    method(
        "Number.new Number",
        "any?",
        lambda call, v: 0 if v is UNDEFINED else to_number(v, call.budget),
    ),
    method("Number.parseFloat", "written", lambda call, text: parse_float(text)),  # noqa: ARG005
    method("Number.parseInt", "written any?", _parse_int),
    method("Number.toString", "number any?", _to_string),
    method("Number.isInteger", "any?", _is_integer),
    method("Number.isNaN", "any?", _is_nan),
    method("Boolean.new Boolean", "any?", _new_boolean),
    method("Null.new Null", "", lambda call: None),  # noqa: ARG005
    method("Date.new Date", "*any", _new_date),
    method("Date.now", "", lambda call: number(math.floor(call.surroundings.now()))),
    method("Date.parse", "written", lambda call, text: parse_date(text)),  # noqa: ARG005
    method("Date.toISOString", "date", _iso),
    method("Date.toDateString", "date", lambda call, date: date.day_text),  # noqa: ARG005
    method("Date.getTime", "date", lambda call, date: number(date.milliseconds)),  # noqa: ARG005
    method("Date.getFullYear", "date", _part(0)),
    method("Date.getMonth", "date", _part(1)),
    method("Date.getDate", "date", _part(2)),
)
