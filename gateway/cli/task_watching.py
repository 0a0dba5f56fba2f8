"""Following tasks till they rest: bars on a terminal, lines where the output is piped."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from gateway.cli.output import printable
from gateway.cli.task_client import TaskQuery, condition
from gateway.cli.task_rows import is_at_rest, make_row
from gateway.cli.task_tables import line, progress
from gateway.cli.task_waiting import Timer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.progress import TaskID

    from gateway.cli.task_client import SeenTask, TaskClient
    from gateway.cli.task_rows import TaskRow

#: Seconds between two looks.
INTERVAL = 0.5
#: Tasks that are followed at once.
MAX_TASKS = 200
#: Columns of the shortest bar.
MIN_BAR = 10


class Display(Protocol):
    """Where rows are shown as they change."""

    def show(self, row: TaskRow) -> None:
        """The row as it is now."""
        ...


class Lines:
    """A line whenever a row has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: dict[str, str] = {}

    def show(self, row: TaskRow) -> None:
        """The row as a line, if it differs from the last one."""
        written = line(row)
        if self._last.get(row.oid) != written:
            self._last[row.oid] = written
            self._console.print(written, markup=False, highlight=False, soft_wrap=True)


class Bars:
    """A bar for each row."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._known: dict[str, TaskID] = {}

    def show(self, row: TaskRow) -> None:
        """The bar as far as the row is."""
        name = printable(row.name)
        if row.oid not in self._known:
            self._known[row.oid] = self._bars.add_task(name, total=None, count="", state="")
        errors = f"{row.errors} errors" if row.errors else ""
        is_over = row.state in {"closed", "suspended"}
        words = " ".join(filter(None, (row.state, row.result if is_over else "", errors)))
        # Without a total the bar swings, which a task that is over must not.
        total = row.progress if is_over and row.total is None else row.total
        self._bars.update(
            self._known[row.oid],
            total=total,
            completed=row.progress,
            count=progress(row),
            state=words,
        )


@contextmanager
def display(console: Console) -> Iterator[Display]:
    """What fits the console; bars stay on the screen when the block ends."""
    if not console.is_terminal:
        yield Lines(console)
        return
    giving_way = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=giving_way),
        BarColumn(max(MIN_BAR, console.width // 4)),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}", markup=False),
    )
    with Progress(*columns, console=console, expand=True) as bars:
        yield Bars(bars)


def follow(
    tasks: TaskClient, named: Sequence[str], shown: Display, timer: Timer | None = None
) -> list[TaskRow]:
    """Show the named tasks, or else those that run, till all rest; how each was seen last."""
    timer = timer or Timer()
    last: dict[str, TaskRow] = {}
    while True:
        seen = _look(tasks, named or list(last), also_running=not named)
        for each in seen:
            row = make_row(each.task)
            last[row.oid] = row
            shown.show(row)
        if all(is_at_rest(each.task, each.at) for each in seen):
            return list(last.values())
        timer.sleep(INTERVAL)


def _look(tasks: TaskClient, oids: Sequence[str], *, also_running: bool) -> list[SeenTask]:
    """These tasks as they are now, and with `also_running` whatever runs."""
    choices = [condition(".", "inOid", *oids)] if oids else []
    if also_running:
        choices.append(condition("executionState", "equal", "running"))
    found, _ = tasks.search(TaskQuery(filters=(" or ".join(choices),), limit=MAX_TASKS))
    return found
