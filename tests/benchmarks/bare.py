"""The floor of every HTTP figure: an ASGI app that sends fixed bytes, under the gateway's uvicorn.

`python -m tests.benchmarks.bare FILE` serves the answer in FILE: status, headers, body.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.http.serving import server

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class BareApp:
    """The same answer to everything; the request's body is not even looked at."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def stopping(self) -> None:
        """Nothing is under way that would not end by itself."""


def main() -> None:
    """Serve until stopped."""
    answer = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    headers = [(name.encode(), value.encode()) for name, value in answer["headers"]]
    app = BareApp(answer["status"], headers, answer["body"].encode())
    server(app, "127.0.0.1", 0, lambda url: print(f"listens on {url}", flush=True)).run()


if __name__ == "__main__":
    main()
