"""`taskgate query`: what a filter means and whether an index carries it. Needs no server.

A filter is text, or a structured filter as JSON; `-` reads it from standard input.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gateway.cli.output import complain, plain, printable, printable_lines
from gateway.cli.remote import Exit
from gateway.errors import InvalidRequest, QueryError, Unsupported
from gateway.model.schema import nearest
from gateway.model.types import SCHEMA
from gateway.query import compile_clauses, compile_filter, render
from gateway.query.ast import And, Condition, Or, Subfilter
from gateway.query.operators import describe
from gateway.store.sqlite.compile.where import where_of
from gateway.store.sqlite.plans import explain_search

if TYPE_CHECKING:
    from gateway.query import CompiledFilter
    from gateway.query.ast import Filter

query = typer.Typer(help="Check and explain filters.", no_args_is_help=True)
TextArgument = Annotated[
    str, typer.Argument(metavar="TEXT", help="The filter, or - for standard input.")
]
TypeOption = Annotated[
    str, typer.Option("--type", help="User, Task, Role ... or a full type name.")
]
REFERENCE = "ObjectReferenceType"
#: Parts of a plan that lead to all objects of a type, or to all objects.
_EVERYTHING = ("SCAN o", "(type=?)")


@query.command("check")
def check(text: TextArgument, type_name: TypeOption = "Object") -> None:
    """Say whether a filter can be used; exit code 1 if not."""
    written = _write_canonical(text)
    _try_compile(written, _type(type_name))
    Console().print("[green]The filter is correct.[/green]")


@query.command("operators")
def operators() -> None:
    """Show every filter of the language; JSON when piped."""
    rows = describe()
    console = Console()
    if not console.is_terminal:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("Filter", "Sign", "Stands on", "Takes", "Meaning", "Example")
    for row in rows:
        shown = ("name", "sign", "on", "takes", "meaning", "example")
        table.add_row(*(Text(row[column]) for column in shown))
    console.print(table)


@query.command("explain")
def explain(text: TextArgument, type_name: TypeOption = "Object") -> None:
    """Show a filter's tree, its canonical text, its SQL and how the database answers it."""
    written, full_name = _write_canonical(text), _type(type_name)
    compiled = _try_compile(written, full_name)
    console = Console()
    if compiled is None:
        console.print("The filter selects everything.")
        return
    console.print(_tree(compiled.tree))
    _section(console, "Canonical text", _canonical(compiled.tree))
    where = where_of(compiled)
    _section(console, "SQL", where.sql)
    if where.parameters:
        _section(console, "Parameters", orjson.dumps(where.parameters).decode())
    plan = explain_search(compiled, full_name)
    _section(console, "Plan", "\n".join(plan))
    reads_all = any(line.startswith(_EVERYTHING[0]) for line in plan) or any(
        " o " in f"{line} " and line.endswith(_EVERYTHING[1]) for line in plan
    )
    verdict = (
        "[yellow]No index carries it: every object of the type is looked at.[/yellow]"
        if reads_all
        else "[green]An index carries it.[/green]"
    )
    console.print(verdict)


def _section(console: Console, title: str, text: str) -> None:
    console.print(f"[bold]{title}[/bold]")
    console.print(Text(f"  {printable_lines(text)}".replace("\n", "\n  ")), soft_wrap=True)


def _write_canonical(text: str) -> str:
    return sys.stdin.read().rstrip("\n") if text == "-" else text


def _type(name: str) -> str:
    for wanted in (name, f"{name}Type"):
        if SCHEMA.get(wanted) is not None or wanted == REFERENCE:
            return wanted
    names = [each.name for each in SCHEMA.types()]
    near = nearest(name, names) or nearest(f"{name}Type", names)
    hint = f"; did you mean '{near}'?" if near else ""
    complain(f"type {name} is not known{hint}")
    raise typer.Exit(Exit.USAGE)


def _try_compile(text: str, type_name: str) -> CompiledFilter | None:
    try:
        if text.lstrip().startswith("{"):
            return compile_clauses(_json(text), type_name)
        return compile_filter(text, type_name)
    except InvalidRequest as error:
        _show(error)
        raise typer.Exit(Exit.REFUSED) from error


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        complain(f"the structured filter is not JSON: {error}")
        raise typer.Exit(Exit.REFUSED) from error


def _show(error: InvalidRequest) -> None:
    """The fault in its line, with a caret under it, and what to write instead."""
    console = Console(stderr=True)
    reason = printable_lines(error.reason if isinstance(error, QueryError) else error.message)
    kind = "not served" if isinstance(error, Unsupported) else "error"
    console.print(Text.assemble((kind, "bold red"), f": {reason}"), soft_wrap=True)
    if not isinstance(error, QueryError):
        return
    if error.text:
        line, caret = printable_lines(error.excerpt()).split("\n")
        margin = f"{error.line}:{error.column} | "
        console.print(Text.assemble((margin, "blue"), line), soft_wrap=True)
        console.print(Text(" " * len(margin) + caret, "bold red"), soft_wrap=True)
    if error.expected:
        console.print(plain(f"expected: {', '.join(error.expected)}"), soft_wrap=True)
    if error.suggestion:
        meant = Text.assemble("did you mean: ", (printable(error.suggestion), "bold green"))
        console.print(meant, soft_wrap=True)


# ---- what a filter is ---------------------------------------------------------------------------


def _tree(tree: Filter) -> Tree:
    shown = Tree(plain(_label(tree)))
    for part in _parts(tree):
        shown.add(_tree(part))
    return shown


def _parts(tree: Filter) -> tuple[Filter, ...]:
    if isinstance(tree, And | Or):
        return tree.parts
    if isinstance(tree, Condition):
        argument = tree.argument
        return (argument.filter,) if isinstance(argument, Subfilter) else ()
    part = getattr(tree, "part", None)
    return (part,) if part is not None else ()


def _label(tree: Filter) -> str:
    if isinstance(tree, Condition) and isinstance(tree.argument, Subfilter):
        return f"{tree.path} {'not ' if tree.negated else ''}{tree.operator}"
    if isinstance(tree, Condition):
        return _canonical(tree)
    value = getattr(tree, "value", None)
    return type(tree).__name__.lower() if value is None else str(value).lower()


def _canonical(tree: Filter) -> str:
    try:
        return render(tree)
    except Unsupported as error:
        return f"({error.message})"
