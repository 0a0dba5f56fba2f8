"""The page of limits says what the settings say."""

from __future__ import annotations

import pytest

from gateway.limits import LimitSettings
from gateway.settings import variable
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LimitSettings.model_fields)
def test_every_limit_stands_on_the_page_with_its_default_and_meaning(name: str) -> None:
    field = LimitSettings.model_fields[name]
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{variable(name)}` |")]
    assert f"| `{field.default}` |" in row
    assert field.description is not None
    assert field.description.rstrip(".") in row


def test_the_readme_leads_to_the_page() -> None:
    assert "(docs/limits.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
