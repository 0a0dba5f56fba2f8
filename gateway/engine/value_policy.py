"""Value policies: whether a text keeps one, and texts that do. Pure but for chance.

A policy counts characters: how many there are, how many different ones, how many of each class.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from gateway.model.documents import Document

#: Characters of a text for which no class is named.
USUAL = string.ascii_letters + string.digits
#: Length of a text that may have any.
USUAL_LENGTH = 12
#: No longer text is made up, whatever the policy asks for.
LONGEST = 4_096
#: Texts that are tried before a policy is taken for one that none can keep.
TRIES = 100
#: Classes of characters within one another.
DEEPEST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How often characters of a class may occur."""

    characters: str
    least: int
    #: None: any number.
    most: int | None
    #: The text must begin with one of them.
    leads: bool
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ValuePolicy:
    """What a text must be like; lengths count characters."""

    name: str
    least: int
    most: int | None
    different: int
    limits: tuple[Limit, ...]


def policy_of(name: str, items: Document) -> ValuePolicy:
    """The policy in the items of a stored object; `SchemaViolation` for one that is contradictory."""
    strings = items.get("stringPolicy", {})
    found = strings.get("limitations", {})
    classes: dict[str, str] = {}
    _name_classes(strings.get("characterClass", {}), classes, 0)
    policy = ValuePolicy(
        name=name,
        least=max(found.get("minLength", 0), 0),
        most=found.get("maxLength"),
        different=max(found.get("minUniqueChars", 0), 0),
        limits=tuple(_limit(each, classes) for each in found.get("limit", ())),
    )
    least = _least_length(policy)
    if (policy.most is not None and policy.most < least) or least > LONGEST:
        raise SchemaViolation(f"No text can keep the policy '{name}': it needs {least} characters.")
    return policy


def _name_classes(given: Document, classes: dict[str, str], depth: int) -> None:
    """Enter the characters of each class that has a name; later ones may refer to earlier ones."""
    if depth > DEEPEST:
        raise SchemaViolation("Character classes are nested too deeply.")
    for each in given.get("characterClass", ()):
        _name_classes(each, classes, depth + 1)
    if "name" in given:
        classes[given["name"]] = _characters(given, classes)


def _characters(given: Document, classes: Mapping[str, str]) -> str:
    """All characters of a class, each of them once."""
    if "ref" in given:
        name = given["ref"].rpartition(":")[2]
        if name not in classes:
            raise SchemaViolation(f"There is no character class '{name}' in the policy.")
        return classes[name]
    inner = "".join(_characters(each, classes) for each in given.get("characterClass", ()))
    return "".join(dict.fromkeys(given.get("value", "") + inner))


def _limit(given: Document, classes: Mapping[str, str]) -> Limit:
    characters = _characters(given.get("characterClass", {}), classes)
    if not characters:
        raise Unsupported("A limit without a class of characters is not supported.")
    return Limit(
        characters=characters,
        least=max(given.get("minOccurs", 0), 0),
        most=given.get("maxOccurs"),
        leads=given.get("mustBeFirst", False),
        description=given.get("description", ""),
    )


def _least_length(policy: ValuePolicy) -> int:
    """Characters without which no text keeps the policy."""
    return max(policy.least, policy.different, *(each.least for each in policy.limits), 0)


def violations(policy: ValuePolicy, text: str) -> Iterator[str]:
    """A sentence for each rule that the text breaks; the text itself is never told."""
    if len(text) < policy.least:
        yield f"The value has {len(text)} characters; at least {policy.least} are needed."
    if policy.most is not None and len(text) > policy.most:
        yield f"The value has {len(text)} characters; at most {policy.most} are allowed."
    if len(set(text)) < policy.different:
        yield f"The value needs at least {policy.different} different characters."
    for limit in policy.limits:
        yield from _broken(limit, text)


def _broken(limit: Limit, text: str) -> Iterator[str]:
    which = limit.description or f"one of {limit.characters[:40]}"
    count = sum(character in limit.characters for character in text)
    if count < limit.least:
        yield f"The value has {count} characters of this kind: {which}; it needs {limit.least}."
    if limit.most is not None and count > limit.most:
        yield f"The value has {count} characters of this kind: {which}; {limit.most} are allowed."
    if limit.leads and (not text or text[0] not in limit.characters):
        yield f"The value must begin with a character of this kind: {which}."


def made_up(policy: ValuePolicy, chance: Random) -> str:
    """A text that keeps the policy; `SchemaViolation` if none is found."""
    for _ in range(TRIES):
        text = _attempt(policy, chance)
        if not any(violations(policy, text)):
            return text
    raise SchemaViolation(f"No text was found that keeps the policy '{policy.name}'.")


def _attempt(policy: ValuePolicy, chance: Random) -> str:
    """What every limit needs, then what may be added, in any order but for the first character."""
    allowed = "".join(each.characters for each in policy.limits if each.most != 0) or USUAL
    pool = "".join(dict.fromkeys(allowed))
    chosen = [chance.choice(each.characters) for each in policy.limits for _ in range(each.least)]
    length = max(_least_length(policy), len(chosen))
    if policy.least == 0:
        length = max(length, min(USUAL_LENGTH, policy.most or USUAL_LENGTH))
    while len(chosen) < length:
        open_ones = [each for each in pool if _has_room(policy, chosen, each)] or list(pool)
        new_ones = [each for each in open_ones if each not in chosen]
        is_varied = len(set(chosen)) >= policy.different
        chosen.append(chance.choice(open_ones if is_varied or not new_ones else new_ones))
    chance.shuffle(chosen)
    leading = [each.characters for each in policy.limits if each.leads]
    first = next((n for n, c in enumerate(chosen) if all(c in each for each in leading)), 0)
    return "".join([chosen[first], *chosen[:first], *chosen[first + 1 :]]) if chosen else ""


def _has_room(policy: ValuePolicy, chosen: list[str], character: str) -> bool:
    """Whether no limit forbids one more of the character."""
    return all(
        limit.most is None
        or character not in limit.characters
        or sum(each in limit.characters for each in chosen) < limit.most
        for limit in policy.limits
    )
