"""What every case works with: the options, a folder, and data sets that are made when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tests.benchmarks.crowd import Crowd, make_crowd
from tests.benchmarks.data import Members, Tasks, make_members, make_tasks
from tests.benchmarks.work_data import Work, make_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Objects that point reads and changes pick from.
PICKED = 5_000


@dataclass(frozen=True, kw_only=True)
class Context:
    """One run of the benchmarks."""

    folder: Path
    #: Of each measurement with the load generator.
    seconds: int
    rounds: int
    task_count: int
    user_count: int
    #: Users, and tasks, of the large data set.
    crowd_count: int
    #: Jobs that wait for a person each.
    job_count: int
    #: Whether cases may take more than ten minutes.
    is_big: bool = False
    #: Tells the user what is going on.
    say: Callable[[str], None]

    @cached_property
    def tasks(self) -> Tasks:
        """The file full of tasks."""
        self.say(f"making {self.task_count:,} tasks")
        return make_tasks(self.folder, self.task_count)

    @cached_property
    def members(self) -> Members:
        """The file full of role members."""
        self.say(f"making {self.user_count:,} users")
        return make_members(self.folder, self.user_count, PICKED)

    @cached_property
    def work(self) -> Work:
        """The file full of jobs that wait."""
        self.say(f"making {self.job_count:,} jobs")
        return make_work(self.folder / "work.db", self.job_count)

    @cached_property
    def crowd(self) -> Crowd:
        """The file full of users and as many tasks."""
        self.say(f"making {self.crowd_count:,} users and as many tasks")
        return make_crowd(self.folder, self.crowd_count, self.crowd_count)
