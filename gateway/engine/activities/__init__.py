"""The activities that tasks can do; importing this package registers them all."""

from gateway.engine.activities import (
    cleanup,
    integrity_check,
    no_op,
    recomputation,
    trigger_scan,
    validity_scan,
)

__all__ = [
    "cleanup",
    "integrity_check",
    "no_op",
    "recomputation",
    "trigger_scan",
    "validity_scan",
]
