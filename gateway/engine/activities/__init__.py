"""The activities that tasks can do; importing this package registers them all."""

from gateway.engine.activities import no_op, recomputation

__all__ = ["no_op", "recomputation"]
