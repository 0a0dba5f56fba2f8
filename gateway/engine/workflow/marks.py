"""What a course is told and what it tells: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from gateway.model.workflow import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.model.workflow import Step


class WalkStatus(Enum):
    """How a walk stands when nothing more is done to it."""

    MORE = "steps can start"
    WAITING = "steps are under way"
    COMPLETE = "the end is reached"
    STUCK = "no way leads on"


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """When something happens, and where new ids come from."""

    now: str
    new_id: Callable[[], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class StartedStep:
    """A step was started: the item that tells of it."""

    id: str
    step: Step
    inputs: Mapping[str, Any]
    owner: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finish:
    """How a step ends."""

    state: str = SUCCESS
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    #: Oid of the person who has finished it.
    user: str | None = None


DONE = Finish()
