"""What the code cites can be read: every citation leads to a section that stands in the repository."""

from __future__ import annotations

import re

import pytest

from tests.serving import ROOT

CONTRACTS = {path.stem: path for path in (ROOT / "docs" / "contracts").glob("*.md")}
DOCUMENTS = CONTRACTS | {"architecture": ROOT / "docs" / "architecture.md"}
NUMBERS = r"\d+(?:\.\d+)*(?:(?:, | to | and |, and )\d+(?:\.\d+)*)*"
CITATION = re.compile(rf"\b({'|'.join(DOCUMENTS)}) ({NUMBERS})")
NUMBER = re.compile(r"\d+(?:\.\d+)*")


def citations() -> set[tuple[str, str]]:
    """Documents and sections that the code, its tests and the documents name."""
    texts = [*ROOT.glob("gateway/**/*.py"), *ROOT.glob("tests/**/*.py"), ROOT / "README.md"]
    return {
        (document, number)
        for path in texts
        for document, numbers in CITATION.findall(path.read_text(encoding="utf-8"))
        for number in NUMBER.findall(numbers)
    }


def test_there_are_citations() -> None:
    assert len(citations()) > 50


@pytest.mark.parametrize(("document", "number"), sorted(citations()))
def test_a_citation_leads_to_a_section(document: str, number: str) -> None:
    text = DOCUMENTS[document].read_text(encoding="utf-8")
    assert re.search(rf"^(#+ |\| |\* |){re.escape(number)}\.? ", text, re.MULTILINE)
