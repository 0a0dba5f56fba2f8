"""Tests that need a browser or a proxy are skipped with a sentence, or fail where they are insisted on."""

from __future__ import annotations

import pytest

from tests.security.conftest import NEEDED, programs


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("TASKGATE_TESTS_REQUIRE", raising=False)


@pytest.mark.parametrize("mark", NEEDED)
def test_what_is_missing_skips_its_tests_and_says_how_to_get_it(mark: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="is not installed \\(apt-get install"):
        programs(mark)


@pytest.mark.parametrize("mark", NEEDED)
def test_what_is_missing_fails_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setenv("TASKGATE_TESTS_REQUIRE", "browser nginx")
    with pytest.raises(pytest.fail.Exception, match="is not installed"):
        programs(mark)
