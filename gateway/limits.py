"""The limits that an operator can set: how much anybody may ask of the server at the door and inside.

Each refuses what goes beyond it with a sentence that names its variable. `docs/limits.md` lists them.
"""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class LimitSettings(BaseSettings):
    """Limits of connections, of requests and answers, and of what one user or one job may start."""

    max_header_bytes: int = Field(
        65_536, ge=1_024, description="Most bytes of a request's headers."
    )
    max_headers: int = Field(200, ge=10, description="Most headers of a request.")
    max_url: int = Field(65_536, ge=256, description="Most bytes of a request's URL.")
    head_seconds: float = Field(
        15, ge=0.1, allow_inf_nan=False, description="Most seconds for the head of a request."
    )
    body_seconds: float = Field(
        120, ge=0.1, allow_inf_nan=False, description="Most seconds for the body of a request."
    )
    idle_seconds: float = Field(
        30,
        ge=0.1,
        allow_inf_nan=False,
        description="Seconds that a connection is kept for another request.",
    )
    send_seconds: float = Field(
        60,
        ge=0.1,
        allow_inf_nan=False,
        description="Most seconds in which a client takes nothing of its answer.",
    )
    max_connections: int = Field(
        4_096, ge=1, description="Most connections; fewer where the process may open fewer files."
    )
    max_connections_per_source: int = Field(
        1_024, ge=1, description="Most connections of one address."
    )
    max_answer: int = Field(
        67_108_864, ge=65_536, description="Most bytes of the objects in one answer."
    )
    max_streams: int = Field(1_000, ge=1, description="Most event streams.")
    max_streams_per_user: int = Field(50, ge=1, description="Most event streams of one user.")
    max_open_tasks: int = Field(
        20_000, ge=1, description="Most tasks of one user that are not done, superusers excepted."
    )
    max_open_jobs: int = Field(
        5_000, ge=1, description="Most jobs of one user that are not over, superusers excepted."
    )
    max_job_tasks: int = Field(
        10_000, ge=1, description="Most child jobs and tasks below one job, on all levels."
    )
    max_job_depth: int = Field(20, ge=1, description="Most jobs within one another.")
    max_job_items: int = Field(
        20_000, ge=1, description="Most steps that one job does, repeated ones each time."
    )
    max_job_bytes: int = Field(
        2_097_152, ge=1_024, description="Most bytes of one job's variables and outputs."
    )
    max_buckets: int = Field(
        1_000_000, ge=1, description="Most buckets of all activities of one task together."
    )
    max_generated: int = Field(
        1_000, ge=1, description="Most values that one request has made by value policies."
    )
