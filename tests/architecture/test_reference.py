"""What is generated from the code's tables is up to date, and the tables are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.model.tables import complete
from gateway.query import compile_filter
from gateway.query.comparisons import COMPARISONS
from gateway.query.operators import CLAUSES_OF, OPERATORS, describe
from tests.reference import FOLDER, PAGES

if TYPE_CHECKING:
    import httpx2


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_says_what_the_tables_say(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "make reference"


def test_the_reference_has_no_page_that_nothing_makes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_a_table_without_a_row_for_each_key_fails_by_name() -> None:
    with pytest.raises(TypeError, match="colours lacks blue and has no use for green"):
        complete("colours", {"red": 1, "green": 2}, ["red", "blue"])


def test_every_filter_has_a_sentence_and_an_example() -> None:
    assert [row["name"] for row in describe() if not row["example"]] == []
    assert all(row["meaning"].endswith(".") for row in describe())
    assert set(CLAUSES_OF) <= set(OPERATORS)
    assert {row.comparison for row in OPERATORS.values()} >= set(COMPARISONS)


def test_the_server_tells_every_filter(client: httpx2.Client) -> None:
    base = str(client.base_url).split("/midpoint", maxsplit=1)[0]
    assert client.get(f"{base}/-/operators").json() == describe()


@pytest.mark.parametrize("row", describe(), ids=lambda row: row["name"])
def test_the_example_of_a_filter_is_one(row: dict[str, str]) -> None:
    searched = "TaskType" if row["example"].startswith("progress") else "UserType"
    is_of_value = row["name"] in {"ownedBy", "ownedByOid"}
    text = f"assignment matches ({row['example']})" if is_of_value else row["example"]
    assert compile_filter(text, searched) is not None
