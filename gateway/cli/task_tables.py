"""Rows as tables, cards and lines for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway.cli.output import plain, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.cli.task_rows import TaskCard, TaskRow

#: Colours of states and results; others have none.
STYLES = {
    "running": "cyan",
    "in_progress": "cyan",
    "waiting": "yellow",
    "suspended": "yellow",
    "success": "green",
    "warning": "yellow",
    "handled_error": "yellow",
    "partial_error": "red",
    "fatal_error": "bold red",
}
RUNS = 5
#: Columns that a task needs to stand in one line.
ROOMY = 160
#: Instants, with and without room.
LONG, SHORT = "%Y-%m-%d %H:%M:%S", "%m-%d %H:%M"


def task_table(rows: Iterable[TaskRow], width: int) -> Table:
    """One line a task; where it would be torn to pieces, a few lines with half the columns."""
    return _roomy(rows) if width >= ROOMY else _narrow(rows)


def _roomy(rows: Iterable[TaskRow]) -> Table:
    table = _table("name", "oid", "work", "state")
    for heading in ("progress", "errors"):
        table.add_column(heading, justify="right")
    for heading in ("last start", "next start", "result"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            plain(row.name),
            row.oid,
            plain(row.work),
            format_word(row.state),
            progress(row),
            Text(str(row.errors), "red" if row.errors else ""),
            moment(row.last_start),
            moment(row.next_start),
            format_word(row.result),
        )
    return table


def _narrow(rows: Iterable[TaskRow]) -> Table:
    table = _table("name: work\noid", "state\nresult")
    table.add_column("progress\nerrors", justify="right")
    table.add_column("last start\nnext start", no_wrap=True)
    table.padding = (0, 1, 0, 0)
    for row in rows:
        errors = [Text(f"{row.errors} errors", "red")] if row.errors else []
        table.add_row(
            _stack(plain(f"{row.name}: {row.work}"), Text(row.oid)),
            _stack(format_word(row.state), format_word(row.result)),
            _stack(*map(Text, progress(row).split()), *errors),
            _stack(Text(moment(row.last_start, SHORT)), Text(moment(row.next_start, SHORT))),
        )
    return table


def _table(first: str, *others: str) -> Table:
    """A table without lines; the first column gives way."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for heading in others:
        table.add_column(heading, no_wrap=True)
    return table


def _stack(*lines: Text) -> Text:
    return Text("\n").join(lines)


def task_card(card: TaskCard) -> Table:
    """Everything about one task, a line a fact; facts that are missing are left out."""
    row = card.row
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    grid.add_row("name", plain(row.name))
    facts: list[tuple[str, Any]] = [
        ("oid", row.oid),
        ("work", plain(row.work)),
        ("state", format_word(row.state)),
        ("result", format_word(row.result)),
        ("message", plain(card.message)),
        ("progress", progress(row)),
        ("", _bar(row)),
        ("items", _items(card)),
        ("throughput", _throughput(card)),
        ("last error", _last_error(card)),
        ("schedule", plain(card.schedule)),
        ("last start", moment(row.last_start)),
        ("last finish", moment(card.last_finish)),
        ("next start", moment(row.next_start)),
    ]
    for label, fact in facts:
        if fact:
            grid.add_row(label, fact)
    for number, run in enumerate(card.runs[:RUNS]):
        end = moment(run.end) or ("now" if row.state == "running" else "no end yet")
        grid.add_row("" if number else "runs", f"{moment(run.start)} to {end}  {run.identifier}")
    return grid


def error_table(errors: Iterable[dict[str, Any]]) -> Table:
    """One line an item that failed."""
    table = _table("at", "status")
    for heading in ("task", "object", "type", "message"):
        table.add_column(heading, overflow="fold")
    for each in errors:
        table.add_row(
            moment(each["at"]),
            format_word(each["status"]),
            plain(each["task_name"] or each["task_oid"]),
            plain(each["object_name"] or each["object_oid"]),
            plain(each["object_type"]),
            plain(each["message"]),
        )
    return table


def line(row: TaskRow) -> str:
    """A task in one line of text."""
    errors = f", {row.errors} errors" if row.errors else ""
    result = f", {row.result}" if row.result and row.state != "running" else ""
    return f"{printable(row.name)}: {row.state}, {progress(row)}{errors}{result}"


def progress(row: TaskRow) -> str:
    """Such as `30/60 50.0%`, or what is known of it."""
    if row.total is None:
        return str(row.progress)
    percent = "" if row.percent is None else f" {row.percent}%"
    return f"{row.progress}/{row.total}{percent}"


def format_word(word: str | None) -> Text:
    """A state or result in its colour."""
    return Text(printable(word or ""), STYLES.get(word or "", ""))


def moment(text: str | None, form: str = LONG) -> str:
    """An instant as the reader's clock shows it."""
    return "" if text is None else datetime.fromisoformat(text).astimezone().strftime(form)


def _bar(row: TaskRow) -> ProgressBar | None:
    if not row.total:
        return None
    return ProgressBar(total=row.total, completed=min(row.progress, row.total), width=40)


def _items(card: TaskCard) -> str:
    return f"{card.succeeded} succeeded, {card.failed} failed, {card.skipped} skipped"


def _throughput(card: TaskCard) -> str | None:
    return None if card.throughput is None else f"{card.throughput:,.1f} items a minute"


def _last_error(card: TaskCard) -> Text | None:
    if card.last_error is None and card.last_error_item is None:
        return None
    parts = filter(None, (card.last_error_item, card.last_error))
    return Text(printable(": ".join(parts)), "red")
