"""The shape of a task's document, known in one place."""

from __future__ import annotations

import re

import pytest

from gateway.model import task_document
from gateway.model.documents import reference
from gateway.model.types import SCHEMA
from tests.serving import ROOT

OTHERS = [
    path
    for path in sorted((ROOT / "gateway").rglob("*.py"))
    if path.name not in {"task_document.py", "documents.py", "destructible.py"}
    and "openapi" not in path.parts
]
#: How the document is read or written where somebody knows its shape by heart.
BY_HEART = re.compile(
    r'"relation": ("default"|DEFAULT_RELATION)'
    r'|(items|before|after)(\.get\(|\[)"(ownerRef|activity|parent|dependent|indestructible)"'
    r'|(?<!mql\()"activity/work'
    r"|is marked as indestructible"
)


def test_nobody_else_knows_the_shape_by_heart() -> None:
    by_heart = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in OTHERS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if BY_HEART.search(line)
    ]
    assert by_heart == []


@pytest.mark.parametrize("name", [task_document.OWNER, task_document.ACTIVITY])
def test_what_it_names_are_items_of_tasks(name: str) -> None:
    assert name in SCHEMA[task_document.TASK_TYPE].items


def test_an_empty_document_has_no_owner_no_work_and_nobody_who_waits() -> None:
    assert task_document.owner_oid({}) is None
    assert task_document.activity({}) is None
    assert task_document.parent({}) is None
    assert list(task_document.dependents({})) == []
    assert not task_document.is_job({})
    assert not task_document.is_awaited({})


def test_a_job_is_told_by_its_work() -> None:
    assert task_document.is_job({"activity": {"work": {"workflow": {}}}})
    assert not task_document.is_job({"activity": {"work": {"noOp": {}}}})
    assert not task_document.is_job({"activity": {"composition": {}}})


@pytest.mark.parametrize("items", [{"parent": "1-0-1"}, {"dependent": ["1-0-1"]}])
def test_a_task_with_a_parent_or_a_dependent_is_awaited(items: dict[str, object]) -> None:
    assert task_document.is_awaited(items)


def test_the_owner_is_who_the_reference_names() -> None:
    assert task_document.owner_oid({"ownerRef": reference("some-oid", "UserType")}) == "some-oid"


def test_a_place_in_the_work_is_told_as_it_is_written_in_filters() -> None:
    assert task_document.work_path("noOp", "steps") == "activity/work/noOp/steps"
