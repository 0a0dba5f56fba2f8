"""The methods of texts and of patterns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript import texts
from gateway.engine.workflow.javascript.numbers import BLANKS
from gateway.engine.workflow.javascript.patterns import (
    BadPattern,
    Pattern,
    matches,
    pattern_of,
    search,
)
from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing, to_whole
from gateway.engine.workflow.transformations.method import Call, CallFailed, method

if TYPE_CHECKING:
    import regex

_REFERENCE = re.compile(r"\$(?:([$&`'])|([0-9]{1,2})|<([^>]*)>)")
#: Pieces that a text is split into when nothing else is said.
_ALL = 2**32 - 1


def _new(call: Call, value: Any) -> str:
    return "" if value is UNDEFINED else call.text(value)


def _concat(call: Call, text: str, *more: str) -> str:
    call.budget.make(len(text) + sum(map(len, more)))
    return text + "".join(more)


def split(call: Call, text: str, separator: Any, limit: Any) -> list[Any]:
    """The pieces between separators, at most so many."""
    most = _ALL if is_nothing(limit) else int(min(max(to_whole(limit, call.budget), 0), _ALL))
    if separator is UNDEFINED:
        return [text][:most]
    if isinstance(separator, Pattern):
        pieces = _split_by_pattern(call, text, separator)
    elif separator == "":
        call.budget.copy_object(len(text))
        pieces = list(texts.split_units(text))
    else:
        call.budget.copy_object(text.count(separator))
        pieces = list(text.split(separator))
    return pieces[:most]


def _split_by_pattern(call: Call, text: str, pattern: Pattern) -> list[Any]:
    """Groups stand between the pieces; what is empty splits nothing at either end."""
    pieces: list[Any] = []
    start = 0
    if not text:
        return [] if search(pattern, text, call.budget) else [text]
    for found in matches(Pattern(pattern.source, f"{pattern.flags}g"), text, call.budget):
        if found.end() == start or found.start() == len(text):
            continue
        pieces += [text[start : found.start()], *_groups(found)]
        start = found.end()
    return [*pieces, text[start:]]


def _groups(found: regex.Match[str]) -> list[Any]:
    return [UNDEFINED if each is None else each for each in found.groups()]


def substring(call: Call, text: str, start: Any, end: Any) -> str:
    """The units between two positions, whichever comes first."""
    size = texts.length(text)
    first = _limit_position(call, start, size)
    last = size if end is UNDEFINED else _limit_position(call, end, size)
    return texts.cut(text, min(first, last), max(first, last))


def _limit_position(call: Call, position: Any, size: int) -> int:
    return int(min(max(to_whole(position, call.budget), 0), size))


def _char_at(call: Call, text: str, position: Any) -> str:
    place = 0 if position is UNDEFINED else to_whole(position, call.budget)
    size = texts.length(text)
    return texts.cut(text, int(place), int(place) + 1) if 0 <= place < size else ""


def _index_of(call: Call, text: str, wanted: str, start: Any) -> int:
    first = 0 if start is UNDEFINED else _limit_position(call, start, texts.length(text))
    before = texts.cut(text, 0, first)
    return texts.position(text, text.find(wanted, len(before)))


def _last_index_of(call: Call, text: str, wanted: str) -> int:
    del call
    return texts.position(text, text.rfind(wanted))


def _includes(call: Call, text: str, wanted: str, start: Any) -> bool:
    return _index_of(call, text, wanted, start) >= 0


def replace(call: Call, text: str, wanted: str | Pattern, new: str) -> str:
    """The first place that fits, or all of a global pattern; `$1`, `$&` ... stand for what was found."""
    if isinstance(wanted, str):
        start = text.find(wanted)
        if start < 0:
            return text
        groups: tuple[Any, ...] = (wanted,)
        return _put_together(call, text, [(start, start + len(wanted), groups, {})], new)
    found = [
        (each.start(), each.end(), (each[0], *each.groups()), each.groupdict())
        for each in matches(wanted, text, call.budget)
    ]
    return _put_together(call, text, found, new)


def _put_together(call: Call, text: str, places: list[Any], new: str) -> str:
    parts: list[str] = []
    start = 0
    for first, last, groups, names in places:
        part = _expand(new, text, (first, last), groups, names)
        call.budget.make(len(part) + first - start)
        parts += [text[start:first], part]
        start = last
    call.budget.make(sum(map(len, parts)) + len(text) - start)
    return "".join([*parts, text[start:]])


def _expand(
    new: str, text: str, place: tuple[int, int], groups: tuple[Any, ...], names: dict[str, Any]
) -> str:
    signs: dict[str, str] = {"$": "$", "&": groups[0], "`": text[: place[0]], "'": text[place[1] :]}

    def put(found: re.Match[str]) -> str:
        sign, digits, name = found.groups()
        if sign:
            return signs[sign]
        if name is not None:
            return (names.get(name) or "") if names else found[0]
        return _find_group(digits, groups, found[0])

    return _REFERENCE.sub(put, new)


def _find_group(digits: str, groups: tuple[Any, ...], written: str) -> str:
    """Two digits mean a group of that number, or else one of the first digit."""
    if 0 < int(digits) < len(groups):
        return str(groups[int(digits)] or "")
    if len(digits) == 2 and 0 < int(digits[0]) < len(groups):
        return f"{groups[int(digits[0])] or ''}{digits[1]}"
    return written


def _compile(wanted: str | Pattern) -> Pattern:
    return wanted if isinstance(wanted, Pattern) else _new_pattern(wanted, "")


def _search(call: Call, text: str, wanted: str | Pattern) -> int:
    found = search(_compile(wanted), text, call.budget)
    return -1 if found is None else texts.position(text, found.start())


def _match(call: Call, text: str, wanted: str | Pattern) -> list[Any] | None:
    """All matches of a global pattern, or the first one with its groups; null without any."""
    pattern = _compile(wanted)
    if not pattern.is_global:
        return _exec(call, pattern, text)
    return [found[0] for found in matches(pattern, text, call.budget)] or None


def _new_pattern(source: str | Pattern, flags: str) -> Pattern:
    try:
        if isinstance(source, Pattern):
            return pattern_of(source.source, flags or source.flags)
        return pattern_of(source, flags)
    except BadPattern as fault:
        raise CallFailed(f"needs another pattern. {fault}") from None


def _new_reg_exp(call: Call, source: str | Pattern, flags: Any) -> Pattern:
    del call
    return _new_pattern(source, "" if flags is UNDEFINED else flags)


def _test(call: Call, wanted: str | Pattern, text: str) -> bool:
    return search(_compile(wanted), text, call.budget) is not None


def _exec(call: Call, wanted: str | Pattern, text: str) -> list[Any] | None:
    found = search(_compile(wanted), text, call.budget)
    return None if found is None else [found[0], *_groups(found)]


TEXT_METHODS = (
    method("String.new String", "any?", _new),
    method("String.concat", "text *written", _concat),
    method("String.split", "text pattern? any?", split),
    method("String.includes", "text written any?", _includes),
    method("String.length", "text", lambda call, text: texts.length(text)),  # noqa: ARG005
    method("String.toLowerCase", "text", lambda call, text: text.lower()),  # noqa: ARG005
    method("String.toUpperCase", "text", lambda call, text: text.upper()),  # noqa: ARG005
    method("String.substring", "text any? any?", substring),
    method("String.trim", "text", lambda call, text: text.strip(BLANKS)),  # noqa: ARG005
    method("String.replace", "text pattern written", replace),
    method("String.indexOf", "text written any?", _index_of),
    method("String.lastIndexOf", "text written", _last_index_of),
    method("String.charAt", "text any?", _char_at),
    method("String.search", "text pattern", _search),
    method("String.match", "text pattern", _match),
    method("RegExp.new RegExp", "pattern written?", _new_reg_exp),
    method("RegExp.test", "pattern written", _test),
    method("RegExp.exec", "pattern written", _exec),
)
