"""Objects in a real SQLite file, and the check that everything here makes: two ways, same rows."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.model.documents import StoredObject, normalize, orig
from gateway.model.types import SCHEMA
from gateway.query import compile_filter
from gateway.store.sqlite.compile.where import SQL_FUNCTIONS, Where, where_of
from gateway.store.sqlite.queries import migrations

ROOT = Path(__file__).parents[3]

Document = dict[str, Any]


def oid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def ref(target: str, type_name: str, relation: str = "default") -> Document:
    return {"oid": target, "type": type_name, "relation": relation}


@dataclass
class World:
    """The objects twice: in the file, and as the store would hand them out."""

    connection: sqlite3.Connection
    objects: dict[str, StoredObject] = field(default_factory=dict, repr=False)

    def add(
        self,
        type_name: str,
        key: str,
        items: Document,
        state: Document | None = None,
        outcomes: tuple[Document, ...] = (),
    ) -> StoredObject:
        """Insert one object by the layout of the tables."""
        cursor = self.connection.execute(
            "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (?, ?, ?, ?, 0, 100, ?)",
            (
                key,
                type_name,
                orig(items["name"]),
                normalize(orig(items["name"])),
                json.dumps(items, ensure_ascii=False),
            ),
        )
        seq = cursor.lastrowid or 0
        laid_over = dict(items)
        self._side_rows(seq, type_name, items)
        if type_name == "TaskType":
            laid_over |= self._task_row(seq, state or {})
        if outcomes:
            laid_over["operationExecution"] = [self._outcome_row(seq, each) for each in outcomes]
        stored = StoredObject(oid=key, type=type_name, version=0, items=laid_over, seq=seq)
        self.objects[key] = stored
        return stored

    def _side_rows(self, seq: int, type_name: str, items: Document) -> None:
        for item in SCHEMA[type_name].items.values():
            if item.storage not in {"reference", "assignment"}:
                continue
            for ordinal, value in enumerate(items.get(item.name, ())):
                if item.storage == "reference":
                    self._insert("reference", seq, item.name, ordinal, *_sides(value))
                else:
                    sides = _sides(value.get("targetRef"))
                    self._insert("assignment", seq, item.name, ordinal, value["id"], *sides)

    def _task_row(self, seq: int, state: Document) -> Document:
        columns = {
            item.name: item.storage.removeprefix("task.")
            for item in SCHEMA["TaskType"].items.values()
            if item.storage.startswith("task.")
        }
        names = ["seq", *(columns[name] for name in state)]
        marks = ", ".join("?" * len(names))
        self.connection.execute(
            f"INSERT INTO task ({', '.join(names)}) VALUES ({marks})", (seq, *state.values())
        )
        return {name: value for name, value in state.items() if value is not None}

    def _outcome_row(self, seq: int, outcome: Document) -> Document:
        self.connection.execute(
            "INSERT INTO outcome (owner, kind, at, status, message, initiator, task, channel) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                outcome["recordType"],
                outcome["timestamp"],
                outcome["status"],
                outcome.get("message"),
                outcome.get("initiatorRef", {}).get("oid"),
                outcome.get("taskRef", {}).get("oid"),
                outcome.get("channel"),
            ),
        )
        return outcome

    def _insert(self, table: str, *cells: object) -> None:
        self.connection.execute(
            f"INSERT INTO {table} VALUES ({', '.join('?' * len(cells))})", cells
        )

    def by_sql(self, text: str, type_name: str) -> set[str]:
        """Oids that the compiled SQL selects, with and without the index of name parts."""
        compiled = compile_filter(text, type_name)
        made = where_of(compiled)
        found = self._rows(made, compiled.query.types)
        if made.without_parts is not None:
            assert self._rows(made.without_parts, compiled.query.types) == found, text
        return found

    def _rows(self, where: Where, types: tuple[str, ...]) -> set[str]:
        join = "JOIN task t ON t.seq = o.seq" if where.uses_task else ""
        marks = ", ".join("?" * len(types))
        rows = self.connection.execute(
            f"SELECT o.oid FROM object o {join} WHERE o.type IN ({marks}) AND ({where.sql})",
            (*types, *where.parameters),
        ).fetchall()
        found = [row[0] for row in rows]
        assert len(found) == len(set(found)), "an object was selected twice"
        return set(found)

    def by_predicate(self, text: str, type_name: str) -> set[str]:
        """Oids that the predicate accepts."""
        accepts = compile_filter(text, type_name).predicate(self.objects.get, self.everything)
        return {key for key, stored in self.objects.items() if accepts(stored)}

    def everything(self) -> list[StoredObject]:
        return list(self.objects.values())

    def select(self, text: str, type_name: str = "UserType") -> set[str]:
        """Oids that both select; they must be the same."""
        by_sql = self.by_sql(text, type_name)
        assert by_sql == self.by_predicate(text, type_name), text
        return by_sql

    def names(self, text: str, type_name: str = "UserType") -> list[str]:
        """Sorted names of what both select."""
        return sorted(self.objects[key].name for key in self.select(text, type_name))


def _sides(value: Document | None) -> tuple[str | None, str | None, str | None]:
    if value is None:
        return (None, None, None)
    return (value["oid"], value["type"], value["relation"])


def open_world(path: Path) -> World:
    connection = sqlite3.connect(path)
    for _, script in migrations():
        connection.executescript(script)
    for name, (arity, function) in SQL_FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)
    return World(connection=connection)
