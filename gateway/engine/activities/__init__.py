"""The activities that tasks can do; importing this package registers them all."""

from gateway.engine.activities import (
    change_of_each,
    cleanup,
    deletion,
    integrity_check,
    iterative_scripting,
    listed_changes,
    no_op,
    non_iterative_scripting,
    recomputation,
    trigger_scan,
    validity_scan,
    workflow,
)

__all__ = [
    "change_of_each",
    "cleanup",
    "deletion",
    "integrity_check",
    "iterative_scripting",
    "listed_changes",
    "no_op",
    "non_iterative_scripting",
    "recomputation",
    "trigger_scan",
    "validity_scan",
    "workflow",
]
