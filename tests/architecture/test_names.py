"""What the names promise: a class's name means one thing, and functions say what they do."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "gateway"

#: Names that are verbs, or verbs in the third person where a function answers yes or no.
VERBS = frozenset((HERE / "verbs.txt").read_text().split())

#: Participles that do not end in `ed`; `read`, `put`, `set` and the like are verbs as well.
IRREGULAR = frozenset(
    "begun bound broken built chosen done drawn fallen found given gone held hidden kept known laid left lost made met "
    "paid said seen sent shown sold spent standing struck taken thrown told torn understood woken written".split()
)


@cache
def modules() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def first_words() -> Counter[str]:
    """How many functions and methods begin with each word; special methods have no choice."""
    functions = (
        node.name
        for module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return Counter(
        name.lstrip("_").split("_")[0] for name in functions if not name.startswith("__")
    )


def is_participle(word: str) -> bool:
    return word not in VERBS and (word.endswith("ed") or word in IRREGULAR)


def test_public_class_names_are_unique_in_the_package() -> None:
    names = Counter(
        node.name
        for module in modules()
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_hardly_a_function_is_named_by_a_participle() -> None:
    words = first_words()
    participles = {word: count for word, count in words.items() if is_participle(word)}
    assert sum(participles.values()) < 0.03 * words.total(), participles


def test_about_half_of_all_functions_are_named_by_a_verb() -> None:
    words = first_words()
    verbs = sum(count for word, count in words.items() if word in VERBS)
    assert verbs > 0.45 * words.total()
