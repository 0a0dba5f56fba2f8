"""The loop of every Python driver: a call on each line of standard input, its answer on a line."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def converse(*functions: Callable[..., Any]) -> None:
    """Answer calls of these functions until nothing more is asked."""
    known = {function.__name__: function for function in functions}
    answers = sys.stdout
    # What the vendor's code prints must not mix with the answers.
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            call = json.loads(line)
            try:
                answer = {"value": known[call["function"]](**call["arguments"])}
            except Exception as raised:  # noqa: BLE001 - whatever it is, the test hears of it
                answer = {"raised": type(raised).__name__, "message": str(raised)}
            answers.write(json.dumps(answer, default=str) + "\n")
            answers.flush()
