"""Objects that exist from the first start: built-in roles and the archetypes of tasks.

Oids and names are midPoint's (its initial objects), so that references to them mean the same here.
"""

from __future__ import annotations

_BASE = "00000000-0000-0000-0000-000000000"

#: Oid and name of each archetype that a task gets by what it does.
RECOMPUTATION_ARCHETYPE = (f"{_BASE}502", "Recomputation task")
CLEANUP_ARCHETYPE = (f"{_BASE}506", "Cleanup task")
SINGLE_ACTION_ARCHETYPE = (f"{_BASE}508", "Single action task")
ITERATIVE_ACTION_ARCHETYPE = (f"{_BASE}509", "Iterative action task")
UTILITY_ARCHETYPE = (f"{_BASE}528", "Utility task")
SYSTEM_ARCHETYPE = (f"{_BASE}529", "System task")
ARCHETYPES = (
    RECOMPUTATION_ARCHETYPE,
    CLEANUP_ARCHETYPE,
    SINGLE_ACTION_ARCHETYPE,
    ITERATIVE_ACTION_ARCHETYPE,
    UTILITY_ARCHETYPE,
    SYSTEM_ARCHETYPE,
)
