"""One connection: uvicorn's protocol within limits of size and time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.http.connections import Refusal, name_setting

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from gateway.http.connections import Connections

log = structlog.get_logger(__name__)
#: Seconds that somebody who was refused has to read why; what they send meanwhile is dropped.
PARTING = 2.0
#: Bytes that are dropped meanwhile, at most.
PARTING_BYTES = 1024 * 1024
#: Bytes that are parsed at once: what a head may be too long by before that is noticed.
BITE = 65_536


class Connection(HttpToolsProtocol):
    """uvicorn's protocol within limits."""

    def __init__(
        self,
        connections: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections = connections
        self._limits = connections.limits
        self._refusal: Refusal | None = None
        self._is_parting, self._dropped = False, 0
        #: Where in a request it is: between two of them, in the head, or behind it.
        self._is_between, self._is_head = True, False
        self._head_bytes = 0
        #: When what is under way must be over, in the event loop's time.
        self._due = math.inf
        #: Since when nothing of an answer was taken, and how much of it was left then.
        self._stuck_since, self._unsent = math.inf, 0

    # ---- the connection ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it at once."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        refusal = self._connections.enter(self, host)
        self._connections.keep_sweeping(self.loop)
        self._due = self.loop.time() + self._limits.head_seconds
        if refusal is not None:
            self._write_refusal(refusal)
            if self._connections.may_part(self):
                self._part()
            else:
                transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._connections.leave(self)
        super().connection_lost(exc)

    def abort(self) -> None:
        """End the connection without a word."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """The client takes its answer slower than it is written."""
        super().pause_writing()
        self._stuck_since = self.loop.time()
        self._unsent = self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        """The client has taken what was written."""
        super().resume_writing()
        self._stuck_since = math.inf

    # ---- what is said -----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse in bites, so that the head of a request never grows by more than one unseen."""
        if self._is_parting:
            self._drop(len(data))
            return
        if self._is_between:
            self._begin()
        if len(data) <= BITE:
            self._take(data)
            return
        for start in range(0, len(data), BITE):
            if self._is_parting or self.transport.is_closing():
                return
            self._take(data[start : start + BITE])

    def _take(self, bite: bytes) -> None:
        if self._is_head:
            self._head_bytes += len(bite)
        try:
            self.parser.feed_data(bite)
        except httptools.HttpParserUpgrade:
            return  # nothing is upgraded to; the request itself is answered
        except httptools.HttpParserError:
            self._refuse(self._refusal or Refusal(400, "This is no HTTP request."))
            return
        if self._is_head and self._head_bytes > self._limits.url + self._limits.header_bytes:
            self._refuse(self._too_long())

    def _drop(self, count: int) -> None:
        self._dropped += count
        if self._dropped > PARTING_BYTES:
            self.abort()

    def _begin(self) -> None:
        self._is_between, self._is_head = False, True
        self._head_bytes = 0
        self._due = self.loop.time() + self._limits.head_seconds

    def on_message_begin(self) -> None:
        """Another request begins; pipelined ones do so amid what was received."""
        if self._is_between:
            self._begin()
        super().on_message_begin()

    def _too_long(self) -> Refusal:
        if len(self.url) > self._limits.url:
            return Refusal(414, f"The URL is too long; {name_setting('max_url')}")
        return Refusal(431, f"The headers are too long; {name_setting('max_header_bytes')}")

    def on_headers_complete(self) -> None:
        """The request is known; its body may follow.

        What its head holds is looked at once, here: it never grows beyond a bite too much before.
        """
        self._check_head()
        self._is_head = False
        self._due = self.loop.time() + self._limits.body_seconds
        self._connections.speaks(self)
        super().on_headers_complete()

    def _check_head(self) -> None:
        limits = self._limits
        if len(self.headers) > limits.headers:
            self._stop(Refusal(431, f"There are too many headers; {name_setting('max_headers')}"))
        if self._head_bytes > min(limits.header_bytes, limits.url):
            size = sum(len(name) + len(value) for name, value in self.headers)
            if size > limits.header_bytes or len(self.url) > limits.url:
                self._stop(self._too_long())

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._is_between, self._due = True, math.inf
        super().on_message_complete()
        if self.cycle.response_complete:
            self._rest()

    def on_response_complete(self) -> None:
        """The request is answered: the next one of the pipeline begins, or there is none for now.

        In place of uvicorn's own, which sets and cancels a timer for each answer; here the sweep
        sees who has been silent for too long.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._connections.falls_silent(self)
        if self._is_between:
            self._rest()

    def _rest(self) -> None:
        self._due = self.loop.time() + self._limits.idle_seconds

    # ---- what is refused --------------------------------------------------------------------------

    def _stop(self, refusal: Refusal) -> None:
        """Let the parser go no further."""
        self._refusal = refusal
        raise ValueError(refusal.message)

    def _refuse(self, refusal: Refusal) -> None:
        """Say why, and go on reading for a moment: who still sends would not see a closed answer."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            # An answer is under way; another one cannot be written into it.
            self.abort()
            return
        self._write_refusal(refusal)
        self._connections.count_refusal()
        self._part()

    def _part(self) -> None:
        self._is_parting = True
        self._due = self.loop.time() + PARTING
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _write_refusal(self, refusal: Refusal) -> None:
        body = f"{refusal.message}\n".encode()
        head = (
            b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % len(body)
        )
        self.transport.write(STATUS_LINE[refusal.status] + head + body)

    # ---- what takes too long ----------------------------------------------------------------------

    def look(self, now: float) -> None:
        """End the connection if it has taken too long at `now`."""
        if self._due <= now:
            self._overdue(now)
        elif self._is_stuck(now):
            log.info("answer_abandoned", seconds=self._limits.send_seconds)
            self.abort()

    def _is_stuck(self, now: float) -> bool:
        if self._stuck_since is math.inf and self.transport.is_closing():
            self._stuck_since = now
        if self._stuck_since is math.inf:
            return False
        left = self.transport.get_write_buffer_size()
        if left < self._unsent:
            self._stuck_since, self._unsent = now, left
        return now - self._stuck_since >= self._limits.send_seconds

    def _overdue(self, now: float) -> None:
        if self._is_parting:
            self.abort()
        elif self._is_between:
            # What was answered is still taken, as long as somebody takes it.
            self._due = math.inf
            self.transport.close()
        elif self._is_head:
            self._refuse(
                Refusal(
                    408, f"The head of the request took too long; {name_setting('head_seconds')}"
                )
            )
        elif self.flow.read_paused:
            # It is us who do not read.
            self._due = now + self._limits.body_seconds
        else:
            self._overdue_body()

    def _overdue_body(self) -> None:
        cycle = self.cycle
        if cycle.response_started:
            self.abort()
            return
        # Whoever waits for the body learns that there is none.
        cycle.disconnected = True
        cycle.message_event.set()
        self._write_refusal(
            Refusal(408, f"The body of the request took too long; {name_setting('body_seconds')}")
        )
        self._part()
