"""What the demo speaks to the server with, and what it shows of that."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console


SAMPLES = Path("samples")


REST = "/midpoint/ws/rest"


PAGE_TASK = "6d13632c-6b75-4a33-9744-ec9523375f6b"


ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"


INDUCED = "0d1c1c1e-7f43-4d0e-8a11-4a2f5d3c9b01"


#: Connections that load the members.
LOADERS = 8


#: Seconds that anything may take before the demo gives up.
PATIENCE = 120.0


@dataclass(frozen=True, kw_only=True)
class DemoStep:
    """One line of the table at the end."""

    asked: str
    answered: str
    expected: str

    @property
    def is_met(self) -> bool:
        """Whether the answer is the expected one."""
        return self.answered == self.expected


class Demo:
    """The transcript so far, and the connection that it is played over."""

    def __init__(self, client: httpx2.Client, console: Console) -> None:
        self._client = client
        self._console = console
        self.steps: list[DemoStep] = []

    def ask(self, method: str, path: str, expected: int, sample: str | None = None) -> Any:
        """One call of the transcript; the response."""
        body = (SAMPLES / sample).read_bytes() if sample else None
        headers = {"content-type": "application/json"} if sample else {}
        response = self._client.request(method, f"{REST}{path}", content=body, headers=headers)
        data = f" @./samples/{sample}" if sample else ""
        self.note(f"{method} {path}{data}", str(response.status_code), str(expected))
        return response

    def call(self, method: str, path: str, expected: int, body: Any = None) -> Any:
        """One call beside midPoint's API; the response."""
        response = self._client.request(method, path, json=body)
        self.note(f"{method} {path}", str(response.status_code), str(expected))
        return response

    def read(self, path: str) -> Any:
        """What a GET that is no line of the table answers."""
        return self._client.get(path).raise_for_status().json()

    def call_with_token(self, grant: dict[str, str], path: str) -> Any:
        """What a GET answers to an OAuth client."""
        with httpx2.Client(base_url=self._client.base_url, timeout=30) as client:
            token = client.post("/oauth/token", data=grant).raise_for_status().json()
            headers = {"authorization": f"Bearer {token['access_token']}"}
            response = client.get(path, headers=headers)
        self.note(f"GET {path}", str(response.status_code), "200")
        return response.json()

    def note(self, asked: str, answered: str, expected: str) -> None:
        """A line for the table, shown at once."""
        step = DemoStep(asked=asked, answered=answered, expected=expected)
        self.steps.append(step)
        mark = "[green]✓[/green]" if step.is_met else "[red]✗[/red]"
        self._console.print(f"{mark} {asked}  [dim]{answered}[/dim]", highlight=False)

    def load(self, members: int) -> None:
        """The sample identities and further members, with a progress bar."""
        names = ("role-intranet-reader", "role-basic-employee")
        for name in (*names, "user-ada", "user-grace", "user-katherine"):
            body = json.loads((SAMPLES / "identities" / f"{name}.json").read_text("utf-8"))
            [root] = body
            self._post(f"/{root}s", body)
        further = [_member(number) for number in range(3, members)]
        with _bar(self._console) as progress, ThreadPoolExecutor(LOADERS) as pool:
            bar = progress.add_task("loading members", total=members, completed=3)
            for _ in pool.map(lambda body: self._post("/users?options=raw", body), further):
                progress.advance(bar)

    def _post(self, path: str, body: Any) -> None:
        self._client.post(f"{REST}{path}", json=body).raise_for_status()

    def task(self, oid: str) -> dict[str, Any]:
        """The task as it is now."""
        found: dict[str, Any] = self._client.get(f"{REST}/tasks/{oid}").json()["task"]
        return found

    def watch(
        self, oid: str, until: Callable[[dict[str, Any]], bool], title: str
    ) -> dict[str, Any]:
        """Follow the task with a progress bar until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        with _bar(self._console) as progress:
            bar = progress.add_task(title, total=None)
            while True:
                task = self.task(oid)
                total = task.get("expectedTotal")
                progress.update(bar, total=total, completed=task.get("progress", 0))
                if until(task):
                    return task
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{title}: still {task.get('executionState')}")
                time.sleep(0.05)

    def matching(self, text: str) -> int:
        """How many users match a filter."""
        body = {"query": {"filter": {"text": text}, "paging": {"maxSize": 0}}}
        response = self._client.post(f"{REST}/users/search?returnTotalCount=true", json=body)
        return int(response.raise_for_status().headers["x-total-count"])


def _member(number: int) -> dict[str, Any]:
    assignment = {"targetRef": {"oid": ROLE, "type": "c:RoleType"}}
    return {"user": {"name": f"member-{number:06d}", "assignment": assignment}}


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=not console.is_terminal,
    )
