"""Transformations: documents of steps and links that make outgoing values of incoming ones.

* `model`: a transformation as values
* `reading`: a document as such values, or the flaws that it has
* `links`: what its links and contexts say
* `circles`: steps that need themselves
* `method`, `methods`, `methods_of_*`: the table of what steps may call
* `evaluating`: each step that is needed, once
* `running`: inputs, options and outputs around it
"""

from gateway.engine.workflow.transformations.reading import read_transformation
from gateway.engine.workflow.transformations.running import (
    Options,
    TransformationFailed,
    read_options,
    run,
)

__all__ = ["Options", "TransformationFailed", "read_options", "read_transformation", "run"]
