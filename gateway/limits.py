"""The limits that an operator can set: how much anybody may ask of the server at the door and inside.

Each refuses what goes beyond it with a sentence that names its variable. `docs/limits.md` tells what
is fixed beside them, and `docs/reference/settings.md` lists them, a table a class.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings

#: The key of a field's extra facts that says what becomes of what goes beyond the limit.
BEYOND = "beyond"


def limit(
    default: float, description: str, beyond: str, *, ge: float, le: float | None = None
) -> Any:
    """A field that is a limit.

    Args:
        default: the limit as long as nobody sets another.
        description: a sentence that says what is counted, and in which unit.
        beyond: what becomes of what goes beyond it, a status of HTTP for instance.
        ge: the least that it can be set to.
        le: the most.
    """
    return Field(
        default,
        description=description,
        json_schema_extra={BEYOND: beyond},
        ge=ge,
        le=le,
        # A number without end is no limit; of integers, pydantic does not want to be told.
        allow_inf_nan=False if isinstance(default, float) else None,
    )


class DoorLimits(BaseSettings):
    """At the door, before anybody has logged in."""

    max_header_bytes: int = limit(65_536, "Most bytes of a request's headers.", "431", ge=1_024)
    max_headers: int = limit(200, "Most headers of a request.", "431", ge=10)
    max_url: int = limit(65_536, "Most bytes of a request's URL.", "414", ge=256)
    head_seconds: float = limit(
        15.0,
        "Most seconds for the head of a request.",
        "408; closed if nothing was said",
        ge=0.1,
    )
    body_seconds: float = limit(120.0, "Most seconds for the body of a request.", "408", ge=0.1)
    idle_seconds: float = limit(
        30.0, "Seconds that a connection is kept for another request.", "closed", ge=0.1
    )
    send_seconds: float = limit(
        60.0, "Most seconds in which a client takes nothing of its answer.", "closed", ge=0.1
    )
    max_connections: int = limit(
        4_096,
        "Most connections; fewer where the process may open fewer files.",
        "the one that has been silent longest makes room, else 503",
        ge=1,
    )
    max_connections_per_source: int = limit(
        1_024, "Most connections of one address; a /64 counts as one.", "429", ge=1
    )


class RequestLimits(BaseSettings):
    """Requests and answers."""

    max_body: int = limit(8_388_608, "Largest request body, in bytes.", "413", ge=1_024)
    max_depth: int = limit(100, "Deepest nesting of a request body.", "400", ge=10, le=500)
    max_list: int = limit(10_000, "Most values of one list, and names of one object.", "400", ge=10)
    max_filter_length: int = limit(65_536, "Longest text of a filter, in characters.", "400", ge=64)
    max_filter_depth: int = limit(200, "Deepest nesting of a filter.", "400", ge=5, le=400)
    search_seconds: float = limit(10.0, "Most seconds of a search; 0 for no limit.", "400", ge=0)
    max_page: int = limit(10_000, "Most objects of one answer.", "cut to it", ge=1)
    max_answer: int = limit(
        67_108_864,
        "Most bytes of the objects in one answer.",
        "413: ask for smaller pages",
        ge=65_536,
    )
    max_buckets: int = limit(
        1_000_000,
        "Most buckets of all activities of one task together.",
        "400 with the activity",
        ge=1,
    )
    max_generated: int = limit(
        1_000, "Most values that one request has made by value policies.", "400", ge=1
    )


class UserLimits(BaseSettings):
    """Users."""

    max_open_tasks: int = limit(
        20_000, "Most tasks of one user that are not done, superusers excepted.", "429", ge=1
    )
    max_open_jobs: int = limit(
        5_000, "Most jobs of one user that are not over, superusers excepted.", "429", ge=1
    )
    max_streams: int = limit(1_000, "Most event streams.", "429", ge=1)
    max_streams_per_user: int = limit(50, "Most event streams of one user.", "429", ge=1)


class JobLimitSettings(BaseSettings):
    """Jobs."""

    max_job_tasks: int = limit(
        10_000,
        "Most child jobs and tasks below one job, on all levels.",
        "the step ends in an error",
        ge=1,
    )
    max_job_depth: int = limit(
        20, "Most jobs within one another.", "the step ends in an error", ge=1
    )
    max_job_items: int = limit(
        20_000,
        "Most steps that one job does, repeated ones each time.",
        "the job stops in an error",
        ge=1,
    )
    max_job_bytes: int = limit(
        2_097_152,
        "Most bytes of one job's variables and outputs.",
        "the step ends in an error; 413 for what a person gives",
        ge=1_024,
    )


#: The groups of limits, each with its table in the reference.
LIMITS = (DoorLimits, RequestLimits, UserLimits, JobLimitSettings)


class LimitSettings(DoorLimits, RequestLimits, UserLimits, JobLimitSettings):
    """All limits: of connections, of requests and answers, and of what one user or one job may start."""
