from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from gateway.errors import QuerySemanticError
from gateway.store.sqlite.compile.where import SQL_FUNCTIONS, order_by

MIGRATION = Path(__file__).parents[2] / "gateway" / "store" / "sql" / "migrations" / "0001.sql"


def ordered(path: str, type_name: str, *, descending: bool = False) -> list[str]:
    """Names of three objects in the order of `path`, ties by name."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(MIGRATION.read_text("utf-8"))
    for name, (arity, function) in SQL_FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)
    documents = [
        {
            "name": "b",
            "tenantRef": {"oid": "o1"},
            "fullName": {"orig": "Z", "lang": {}},
            "activation": {"validTo": "2020"},
        },
        {
            "name": "a",
            "tenantRef": {"oid": "o2"},
            "fullName": "Y",
            "activation": {"validTo": "2021"},
            "schedule": {"interval": 9},
        },
        {"name": "c", "schedule": {"interval": 10}},
    ]
    for number, document in enumerate(documents):
        connection.execute(
            "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (?, ?, ?, ?, 0, 1, ?)",
            (str(9 - number), type_name, document["name"], document["name"], json.dumps(document)),
        )
        connection.execute(
            "INSERT INTO task (seq, identifier, execution_state) VALUES (?, ?, ?)",
            (number + 1, str(number), [None, "running", "closed"][number]),
        )
    for key in ("o1", "o2"):
        connection.execute(
            "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (?, 'OrgType', ?, ?, 0, 1, '{}')",
            (key, key, key),
        )
    clause = order_by(path, type_name, descending=descending)
    join = "JOIN task t ON t.seq = o.seq" if clause.uses_task else ""
    rows = connection.execute(
        f"SELECT o.name FROM object o {join} WHERE o.type = ? ORDER BY {clause.sql}, o.name",
        (type_name, *clause.parameters),
    ).fetchall()
    connection.close()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("path", "type_name", "up", "down"),
    [
        ("name", "UserType", "abc", "cba"),
        ("c:name", "UserType", "abc", "cba"),
        ("#", "UserType", "cab", "bac"),
        ("fullName", "UserType", "abc", "bac"),
        ("activation/validTo", "UserType", "bac", "abc"),
        ("extension/any", "UserType", "abc", "abc"),
        ("executionState", "TaskType", "cab", "acb"),
        ("schedule/interval", "TaskType", "acb", "cab"),
    ],
)
def test_missing_values_come_last_both_ways(path: str, type_name: str, up: str, down: str) -> None:
    assert "".join(ordered(path, type_name)) == up
    assert "".join(ordered(path, type_name, descending=True)) == down


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("assignment/order", "cannot be used for ordering because subquery"),
        ("archetypeRef/@/name", "cannot be used for ordering because subquery"),
        ("assignment", "non-comparable path"),
        ("subtype", "non-comparable path"),
        ("archetypeRef", "non-comparable path"),
        (".", "non-comparable path"),
        ("nothing", "Path nothing is not present in type UserType"),
        ("name = 'a' and name", "is not an item path"),
        ("name; DROP TABLE object", "is not an item path"),
        ("name not", "is not an item path"),
        ("", "is not an item path"),
        ("name,", "is not an item path"),
        ("name,,name", "is not an item path"),
    ],
)
def test_a_path_that_gives_no_order_is_refused(path: str, message: str) -> None:
    with pytest.raises(QuerySemanticError, match=message):
        order_by(path, "UserType")


@pytest.mark.parametrize(
    ("path", "type_name", "names"),
    [
        ("tenantRef/@/name, name", "UserType", "bac"),
        ("extension/any,name", "UserType", "abc"),
        ("activation/validTo, #", "UserType", "bac"),
        ("schedule/interval,executionState,name", "TaskType", "acb"),
    ],
)
def test_several_items_order_one_after_the_other(path: str, type_name: str, names: str) -> None:
    assert "".join(ordered(path, type_name)) == names


def test_the_number_of_items_to_order_by_has_an_end() -> None:
    with pytest.raises(QuerySemanticError, match="At most 8 items"):
        order_by(",".join(["name"] * 9), "UserType")


def test_objects_are_ordered_by_what_their_reference_points_to() -> None:
    assert "".join(ordered("tenantRef/@/name", "UserType")) == "bac"
    assert "".join(ordered("tenantRef/@/name", "UserType", descending=True)) == "abc"


def test_an_order_by_name_is_left_to_the_index() -> None:
    assert order_by("name", "UserType").sql == "o.name ASC"
