"""Methods of applications that need nothing but values, as a table: application and name to row.

* `table`: the rows, with the names of inputs and outputs
* `row`: what a row says, and `perform`, which makes an outcome of a step's inputs
* `parameters`: kinds of inputs, what counts as not given, what is converted
* `pairs`: what pairs of task and variable mean
* `evaluation`, `data`, `texts`, `times`: the work
* `moments`: moments in formats
"""

from gateway.engine.workflow.applications.row import (
    MethodContext,
    MethodOutcome,
    MethodRow,
    perform,
)
from gateway.engine.workflow.applications.table import ENGINE, ROWS

__all__ = ["ENGINE", "ROWS", "MethodContext", "MethodOutcome", "MethodRow", "perform"]
