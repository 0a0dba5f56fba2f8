"""What was measured against what was aimed at: lines of the report, its tables and its JSON."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeVar

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What is aimed at and what must hold anyway; `of_ratio` says which figure is meant."""

    aim: float
    limit: float
    higher_is_better: bool
    of_ratio: bool = True

    def verdict(self, value: float) -> str:
        """`met`, `missed` (but within what must hold) or `BELOW THE LIMIT`."""
        sign = 1 if self.higher_is_better else -1
        if sign * value >= sign * self.aim:
            return "met"
        return "missed" if sign * value >= sign * self.limit else "BELOW THE LIMIT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One figure. Lines without a target are there to be compared with."""

    case: str
    name: str
    value: float
    unit: str
    #: One ratio a round; the line's ratio is their median.
    ratios: tuple[float, ...] = ()
    #: What the ratio is taken of.
    against: str = ""
    target: Target | None = None
    note: str = ""
    details: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def verdict(self) -> str:
        """How the figure stands to its target."""
        if self.target is None:
            return ""
        judged = self.ratio if self.target.of_ratio else self.value
        return "" if judged is None else self.target.verdict(judged)

    def as_json(self) -> dict[str, object]:
        """The line with what follows from it."""
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}


def interleaved(rounds: int, alternatives: dict[str, Callable[[int], T]]) -> dict[str, list[T]]:
    """Run every alternative once a round, each round beginning with another one."""
    names = list(alternatives)
    results: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            results[name].append(alternatives[name](number))
    return results


def ratios(measured: Sequence[float], floor: Sequence[float]) -> tuple[float, ...]:
    """The ratio of each round."""
    return tuple(m / f if f else 0.0 for m, f in zip(measured, floor, strict=True))


def table(title: str, lines: Sequence[Line]) -> Table:
    """The lines as a table."""
    shown = Table(title=escape(title), title_justify="left", header_style="bold")
    shown.add_column("what", overflow="fold")
    for column in ("measured", "ratio", "spread", "target", "must hold"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("verdict", no_wrap=True)
    shown.add_column("note", overflow="fold")
    for line in lines:
        shown.add_row(*_cells(line), style="" if line.target else "dim")
    return shown


def _cells(line: Line) -> tuple[str, ...]:
    colours = {"met": "green", "missed": "yellow", "BELOW THE LIMIT": "bold red"}
    verdict = line.verdict
    spread = f"{min(line.ratios):.2f}-{max(line.ratios):.2f}" if line.ratios else ""
    ratio = "" if line.ratio is None else f"{line.ratio:.2f} {line.against}"
    aim, limit = _bounds(line)
    return (
        line.name,
        f"{number(line.value)} {line.unit}",
        ratio,
        spread,
        aim,
        limit,
        f"[{colours[verdict]}]{verdict}[/]" if verdict else "",
        escape(line.note),
    )


def _bounds(line: Line) -> tuple[str, str]:
    if line.target is None:
        return "", ""
    sign = ">=" if line.target.higher_is_better else "<="
    unit = "" if line.target.of_ratio else f" {line.unit}"
    return f"{sign} {line.target.aim:g}{unit}", f"{sign} {line.target.limit:g}{unit}"


def number(value: float) -> str:
    """A figure with as many digits as mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
