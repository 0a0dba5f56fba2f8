from __future__ import annotations

import re
from pathlib import Path

from gateway.dialects.sailpoint.collection_filters import parse_filter
from gateway.query import parse

ROOT = Path(__file__).parents[2]
OTHER = "## The other language"
EXAMPLE = re.compile(r"^\| `[^|]*? \| (`+) ?(.*?) ?\1 \|$", re.MULTILINE)


def test_every_example_of_the_readme_is_read() -> None:
    readme = (ROOT / "grammar" / "README.md").read_text("utf-8").partition(OTHER)[0]
    examples = [match.group(2).replace("⏎", "\n") for match in EXAMPLE.finditer(readme)]
    assert len(examples) == 24
    for example in examples:
        parse(example)


def test_every_named_alternative_of_the_grammar_has_an_example() -> None:
    grammar = (ROOT / "grammar" / "mql.lark").read_text("utf-8")
    readme = (ROOT / "grammar" / "README.md").read_text("utf-8")
    names = set(re.findall(r"-> (\w+)", grammar))
    assert {name for name in names if f"| `{name}`" not in readme} == set()


def test_every_alternative_of_the_collection_filters_has_an_example_that_is_read() -> None:
    grammar = (ROOT / "grammar" / "collection_filters.lark").read_text("utf-8")
    readme = (ROOT / "grammar" / "README.md").read_text("utf-8").partition(OTHER)[2]
    named = set(re.findall(r"-> (\w+)", grammar)) | {"any_of", "all_of", "negation"}
    assert {name for name in named if f"| `{name}`" not in readme} == set()
    examples = [match.group(2) for match in EXAMPLE.finditer(readme)]
    assert len(examples) == len(named)
    for example in examples:
        parse_filter(example)
