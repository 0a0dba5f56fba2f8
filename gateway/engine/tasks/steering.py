"""What runs may ask of the loop that runs them."""

from __future__ import annotations

from typing import Protocol


class SchedulerSteering(Protocol):
    """Starts and stops tasks; the scheduler."""

    def halt(self, oid: str) -> None:
        """Stop the task's work."""
        ...

    def nudge(self, next_start: str | None) -> None:
        """Look again if a task is due earlier than was known."""
        ...

    async def settle(self, oid: str) -> None:
        """Let go on what waited for a task that is closed now."""
        ...

    async def look_again(self, oid: str) -> None:
        """Let a job go on that waits for nothing."""
        ...
