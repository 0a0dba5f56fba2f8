from __future__ import annotations

import re
from pathlib import Path

from gateway.query import parse

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^\| `[^|]*? \| (`+) ?(.*?) ?\1 \|$", re.MULTILINE)


def test_every_example_of_the_readme_is_read() -> None:
    readme = (ROOT / "grammar" / "README.md").read_text("utf-8")
    examples = [match.group(2).replace("⏎", "\n") for match in EXAMPLE.finditer(readme)]
    assert len(examples) == 24
    for example in examples:
        parse(example)


def test_every_named_alternative_of_the_grammar_has_an_example() -> None:
    grammar = (ROOT / "grammar" / "mql.lark").read_text("utf-8")
    readme = (ROOT / "grammar" / "README.md").read_text("utf-8")
    names = set(re.findall(r"-> (\w+)", grammar))
    assert {name for name in names if f"| `{name}`" not in readme} == set()
