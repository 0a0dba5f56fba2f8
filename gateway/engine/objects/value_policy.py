"""Value policies: whether a text keeps one, and texts that do. Pure but for chance.

A policy counts characters: how many there are, how many different ones, how many of each class.
"""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from random import Random

    from gateway.model.documents import Document

#: Characters of a text for which no class is named.
USUAL = string.ascii_letters + string.digits
#: Length of a text that may have any.
USUAL_LENGTH = 12
#: No longer text is made up, whatever the policy asks for.
MAX_LENGTH = 4_096
#: Texts that are tried before a policy is taken for one that none can keep.
TRIES = 100
#: Limits of one policy, and the characters of all their classes together.
MAX_LIMITS, MOST_CHARACTERS = 100, 100_000
#: Classes of characters within one another.
MAX_DEPTH = 10


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


def read_policy(name: str, items: Document) -> ValuePolicy:
    """The policy in the items of a stored object; `SchemaViolation` for one that is contradictory."""
    strings = items.get("stringPolicy", {})
    found = strings.get("limitations", {})
    classes: dict[str, str] = {}
    _name_classes(strings.get("characterClass", {}), classes, 0)
    limits = tuple(_limit(each, classes) for each in _few(found.get("limit", ()), name))
    if sum(len(each.characters) for each in limits) > MOST_CHARACTERS:
        raise SchemaViolation(
            f"The limits of the policy '{name}' name more than {MOST_CHARACTERS} characters."
        )
    policy = ValuePolicy(
        name=name,
        least=max(found.get("minLength", 0), 0),
        most=found.get("maxLength"),
        different=max(found.get("minUniqueChars", 0), 0),
        limits=limits,
    )
    least = _least_length(policy)
    if (policy.most is not None and policy.most < least) or least > MAX_LENGTH:
        raise SchemaViolation(f"No text can keep the policy '{name}': it needs {least} characters.")
    return policy


def _few(limits: Sequence[Document], name: str) -> Sequence[Document]:
    if len(limits) > MAX_LIMITS:
        raise SchemaViolation(f"The policy '{name}' has more than {MAX_LIMITS} limits.")
    return limits


def _name_classes(given: Document, classes: dict[str, str], depth: int) -> None:
    """Enter the characters of each class that has a name; later ones may refer to earlier ones."""
    if depth > MAX_DEPTH:
        raise SchemaViolation("Character classes are nested too deeply.")
    for each in given.get("characterClass", ()):
        _name_classes(each, classes, depth + 1)
    if "name" in given:
        classes[given["name"]] = _list_characters(given, classes)


def _list_characters(given: Document, classes: Mapping[str, str]) -> str:
    """All characters of a class, each of them once."""
    if "ref" in given:
        name = given["ref"].rpartition(":")[2]
        if name not in classes:
            raise SchemaViolation(f"There is no character class '{name}' in the policy.")
        return classes[name]
    inner = "".join(_list_characters(each, classes) for each in given.get("characterClass", ()))
    return "".join(dict.fromkeys(given.get("value", "") + inner))


def _limit(given: Document, classes: Mapping[str, str]) -> Limit:
    characters = _list_characters(given.get("characterClass", {}), classes)
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


def find_violations(policy: ValuePolicy, text: str) -> Iterator[str]:
    """A sentence for each rule that the text breaks; the text itself is never told."""
    if len(text) < policy.least:
        yield f"The value has {len(text)} characters; at least {policy.least} are needed."
    if policy.most is not None and len(text) > policy.most:
        yield f"The value has {len(text)} characters; at most {policy.most} are allowed."
    if len(set(text)) < policy.different:
        yield f"The value needs at least {policy.different} different characters."
    counts = Counter(text)
    for limit in policy.limits:
        yield from _find_broken(limit, text, counts)


def _find_broken(limit: Limit, text: str, counts: Mapping[str, int]) -> Iterator[str]:
    which = limit.description or f"one of {limit.characters[:40]}"
    count = sum(counts[character] for character in limit.characters)
    if count < limit.least:
        yield f"The value has {count} characters of this kind: {which}; it needs {limit.least}."
    if limit.most is not None and count > limit.most:
        yield f"The value has {count} characters of this kind: {which}; {limit.most} are allowed."
    if limit.leads and (not text or text[0] not in limit.characters):
        yield f"The value must begin with a character of this kind: {which}."


def length_of(policy: ValuePolicy) -> int:
    """How many characters a text has that is made up, at least."""
    return max(_least_length(policy), sum(each.least for each in policy.limits))


def make_up_text(policy: ValuePolicy, chance: Random) -> str:
    """A text that keeps the policy; `SchemaViolation` if none is found."""
    for _ in range(TRIES):
        text = _attempt(policy, chance)
        if not any(find_violations(policy, text)):
            return text
    raise SchemaViolation(f"No text was found that keeps the policy '{policy.name}'.")


def _attempt(policy: ValuePolicy, chance: Random) -> str:
    """What every limit needs, then what may be added, in any order but for the first character."""
    draft = _Draft(policy, chance)
    length = max(_least_length(policy), len(draft.chosen))
    if policy.least == 0:
        length = max(length, min(USUAL_LENGTH, policy.most or USUAL_LENGTH))
    while len(draft.chosen) < length:
        draft.grow()
    return _arrange(policy, draft.chosen, chance)


def _arrange(policy: ValuePolicy, chosen: list[str], chance: Random) -> str:
    """The characters in any order, behind one that may lead."""
    chance.shuffle(chosen)
    leading = [set(each.characters) for each in policy.limits if each.leads]
    first = next((n for n, c in enumerate(chosen) if all(c in each for each in leading)), 0)
    return "".join([chosen[first], *chosen[:first], *chosen[first + 1 :]]) if chosen else ""


class _Bag:
    """Characters from which one is drawn or taken out, however many there are."""

    def __init__(self, characters: Iterable[str]) -> None:
        self._drawn_from = list(characters)
        self._places = {each: place for place, each in enumerate(self._drawn_from)}

    def __bool__(self) -> bool:
        return bool(self._drawn_from)

    def draw(self, chance: Random) -> str:
        """One of them, which stays."""
        return chance.choice(self._drawn_from)

    def take_out(self, character: str) -> None:
        """The character is not drawn any more."""
        place = self._places.pop(character, None)
        if place is None:
            return
        last = self._drawn_from.pop()
        if last != character:
            self._drawn_from[place], self._places[last] = last, place


class _Draft:
    """Characters that become a text; counts them as they come."""

    def __init__(self, policy: ValuePolicy, chance: Random) -> None:
        self._policy = policy
        self._chance = chance
        pool = "".join(each.characters for each in policy.limits if each.most != 0) or USUAL
        self._pool = list(dict.fromkeys(pool))
        #: What no limit forbids one more of, and what of it is not chosen yet.
        self._open, self._new = _Bag(self._pool), _Bag(self._pool)
        self._classes = [frozenset(each.characters) for each in policy.limits]
        self._counts = [0] * len(policy.limits)
        self._different: set[str] = set()
        self.chosen: list[str] = []
        for number in range(len(policy.limits)):
            self._close_if_full(number)
        for limit in policy.limits:
            for _ in range(limit.least):
                self._add(chance.choice(limit.characters))

    def grow(self) -> None:
        """One more: a new one as long as there are too few different ones."""
        is_varied = len(self._different) >= self._policy.different
        if self._new and not is_varied:
            self._add(self._new.draw(self._chance))
        elif self._open:
            self._add(self._open.draw(self._chance))
        else:
            self._add(self._chance.choice(self._pool))

    def _add(self, character: str) -> None:
        self.chosen.append(character)
        self._different.add(character)
        self._new.take_out(character)
        for number, characters in enumerate(self._classes):
            if character in characters:
                self._counts[number] += 1
                self._close_if_full(number)

    def _close_if_full(self, number: int) -> None:
        if self._counts[number] == self._policy.limits[number].most:
            for character in self._classes[number]:
                self._open.take_out(character)
                self._new.take_out(character)
