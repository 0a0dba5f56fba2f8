"""`taskgate tasks`: what runs, how far it is, and the switches to stop it or let it go on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.output import Output, OutputOption, console, is_json, printable, show_json
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    Exit,
    Refused,
    UrlOption,
    UserOption,
    connect,
)
from gateway.cli.task_client import TaskClient, TaskQuery, condition
from gateway.cli.task_rows import make_card, make_error_row, make_row
from gateway.cli.task_tables import error_table, task_card, task_table
from gateway.cli.task_waiting import (
    SENTENCES,
    Until,
    Waiter,
    WaitOutcome,
    exit_code,
    report_refusal,
)
from gateway.cli.task_watching import display, follow
from gateway.model.task import ExecutionState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.cli.task_waiting import Waited

tasks = typer.Typer(
    help="See, start, stop and wait for tasks. A task is named by its oid, or by a name that only it has.",
    no_args_is_help=True,
)
TaskArgument = Annotated[str, typer.Argument(metavar="OID|NAME", help="The task.")]
TasksArgument = Annotated[list[str], typer.Argument(metavar="OID|NAME...", help="The tasks.")]
#: What is said of a task that did as it was told.
DONE = {"run": "will run now", "suspend": "suspended", "resume": "resumed"}


@dataclass(frozen=True, kw_only=True)
class Operated:
    """What became of one task that was to be run, suspended or resumed."""

    task: str
    oid: str | None
    operation: str
    done: bool
    message: str | None


@tasks.command(
    "list",
    epilog="Examples: taskgate tasks list --state running,suspended\n\n"
    "taskgate tasks list --name Nightly --order -lastRunStartTimestamp --limit 10\n\n"
    "taskgate tasks list --filter \"resultStatus = 'fatal_error'\" --output json",
)
def list_tasks(
    state: Annotated[
        str | None, typer.Option(help=f"Some of {', '.join(ExecutionState)}; commas between them.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="How the name begins.")] = None,
    mql: Annotated[
        str | None, typer.Option("--filter", metavar="MQL", help="A midPoint query.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most tasks to show.")] = 100,
    order: Annotated[
        str, typer.Option(metavar="PATH", help="Item to sort by; -PATH sorts downwards.")
    ] = "name",
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Show tasks: what they do, how far they are, and how they ended."""
    states = _states(state)
    with _tasks(url, user) as client:
        filters = [mql] if mql else []
        if states:
            filters.append(condition("executionState", "equal", *states))
        if name:
            filters.append(condition("name", "startsWith", name))
        found, total = client.search(
            TaskQuery(
                filters=filters,
                limit=limit,
                order=order.removeprefix("-"),
                is_descending=order.startswith("-"),
            )
        )
    rows = [make_row(each.task) for each in found]
    if is_json(output):
        show_json([row.flat() for row in rows])
        return
    shown = console()
    shown.print(task_table(rows, shown.width))
    if total > len(rows):
        typer.echo(f"{total - len(rows)} more; --limit shows them.", err=True)


@tasks.command("get", epilog="Example: taskgate tasks get 'Nightly recomputation'")
def get(
    task: TaskArgument,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Show one task: progress, counters, throughput, the last error and the runs."""
    with _tasks(url, user) as client:
        seen = client.get(client.resolve(task).oid)
    card = make_card(seen.task, seen.at)
    if is_json(output):
        show_json([card.flat()])
    else:
        console().print(task_card(card))


@tasks.command(
    "watch",
    epilog="Examples: taskgate tasks watch\n\ntaskgate tasks watch 'Nightly recomputation'",
)
def watch(
    task: Annotated[
        list[str] | None,
        typer.Argument(metavar="[OID|NAME...]", help="The tasks; without any, all that run."),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Follow tasks till they rest: live bars on a terminal, lines when piped."""
    with _tasks(url, user) as client:
        oids = [client.resolve(each).oid for each in task or ()]
        with display(console()) as shown:
            rows = follow(client, oids, shown)
    if not rows:
        typer.echo("No task is running.", err=True)
    if any(row.has_failed for row in rows):
        raise typer.Exit(Exit.REFUSED)


@tasks.command("run", epilog="Example: taskgate tasks run 'Nightly recomputation'")
def run(
    task: TasksArgument,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Start tasks as soon as possible."""
    with _tasks(url, user) as client:
        _report(_operate_each(client, "run", task), output)


@tasks.command("suspend", epilog="Example: taskgate tasks suspend 'Nightly recomputation'")
def suspend(
    task: TasksArgument,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Stop tasks where they are, until they are resumed."""
    with _tasks(url, user) as client:
        _report(_operate_each(client, "suspend", task), output)


@tasks.command("resume", epilog="Example: taskgate tasks resume 'Nightly recomputation'")
def resume(
    task: TasksArgument,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let suspended tasks go on from where they stopped."""
    with _tasks(url, user) as client:
        _report(_operate_each(client, "resume", task), output)


@tasks.command(
    "wait",
    epilog="Exit codes: 0 all ended well, 1 an error or a suspension, 4 time-out.\n\n"
    "Example: taskgate tasks run Nightly && taskgate tasks wait Nightly --timeout 3600",
)
def wait(
    task: TasksArgument,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="For all together; without it, for ever."),
    ] = None,
    until: Annotated[
        Until, typer.Option(help="rest: nothing runs and nothing is about to start.")
    ] = Until.REST,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Wait till tasks come to rest; the exit code tells how they ended."""
    waited = []
    with _tasks(url, user) as client:
        waiter = Waiter(client, until, timeout)
        for given in task:
            waited.append(_wait_for_each(client, waiter, given))
            if not is_json(output):
                _tell(waited[-1])
    if is_json(output):
        show_json([asdict(each) for each in waited])
    raise typer.Exit(exit_code(waited))


@tasks.command(
    "errors",
    epilog="Examples: taskgate tasks errors --since 1h\n\n"
    "taskgate tasks errors 'Nightly recomputation' --output json",
)
def errors(
    task: Annotated[
        str | None, typer.Argument(metavar="[OID|NAME]", help="Only errors of this task.")
    ] = None,
    since: Annotated[str, typer.Option(help="How far back, such as 30m, 24h or 7d.")] = "24h",
    limit: Annotated[int, typer.Option(min=1, help="Most errors to show.")] = 100,
    output: OutputOption = None,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Show the items that failed lately, over all tasks."""
    with _tasks(url, user) as client:
        of_task = {"task": client.resolve(task).oid} if task else {}
        rows = [make_error_row(each) for each in client.errors(since=since, limit=limit, **of_task)]
    if is_json(output):
        show_json(rows)
    else:
        console().print(error_table(rows))


@contextmanager
def _tasks(url: str, user: str) -> Iterator[TaskClient]:
    with connect(url, user) as client:
        yield TaskClient(client)


def _states(given: str | None) -> list[str]:
    states = [each.strip() for each in given.split(",")] if given else []
    for each in states:
        if each not in list(ExecutionState):
            raise typer.BadParameter(
                f"'{each}' is none of {', '.join(ExecutionState)}.", param_hint="--state"
            )
    return states


def _operate_each(client: TaskClient, operation: str, given: Sequence[str]) -> Iterator[Operated]:
    """The outcome for each task; one that is refused does not keep the others."""
    for each in given:
        oid = None
        try:
            oid = client.resolve(each).oid
            message = client.operate(oid, operation)
            done = message is None
        except Refused as error:
            message, done = error.whole, False
        yield Operated(task=each, oid=oid, operation=operation, done=done, message=message)


def _report(operated: Iterator[Operated], output: Output | None) -> None:
    """Show each outcome as it comes, and end with the exit code of them all."""
    seen: list[Operated] = []
    try:
        for each in operated:
            seen.append(each)
            if not is_json(output):
                words = each.message or DONE[each.operation]
                typer.echo(f"{_mark(each.done)} {printable(each.task)}: {_lines(words)}")
    finally:
        # What is done is told, too, if the server goes away in the middle.
        if is_json(output):
            show_json([asdict(each) for each in seen])
    raise typer.Exit(Exit.DONE if all(each.done for each in seen) else Exit.REFUSED)


def _wait_for_each(client: TaskClient, waiter: Waiter, given: str) -> Waited:
    try:
        target = client.resolve(given)
    except Refused as error:
        return report_refusal(given, error)
    return waiter.wait(target)


def _tell(waited: Waited) -> None:
    is_well = waited.outcome is WaitOutcome.SUCCESS
    sentence = SENTENCES[waited.outcome].format(state=waited.state)
    reason = waited.message or (waited.result if is_well else None)
    tail = f": {_lines(reason)}" if reason else ""
    typer.echo(f"{_mark(is_well)} {printable(waited.name)} {sentence}{tail}")


def _mark(done: bool) -> str:
    return "✓" if done else "✗"


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
