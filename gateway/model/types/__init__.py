"""The schema's rows, one module a family; `SCHEMA` is all of them."""

from __future__ import annotations

from gateway.model.schema import Schema
from gateway.model.types import (
    activity,
    focus,
    governance,
    objects,
    resource,
    system,
    task,
    workflow,
)

SCHEMA = Schema()
for module in (objects, focus, activity, task, resource, governance, system, workflow):
    module.declare(SCHEMA)
