"""How a worker process is asked: framed, pickled requests on one pipe, answers on another."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, BinaryIO

from gateway.engine.running.worker import NotOpen
from gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from gateway.engine.running.worker import Worker

#: The answer that asks for the bucket to be opened again.
NOT_OPEN = "not open"


def serve(worker: Worker, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer framed requests `(number, method, arguments)` until the pipe ends."""
    while True:
        frame = read_frame(requests)
        if frame is None:
            return
        number, method, arguments = pickle.loads(frame)  # noqa: S301  from the server that started us
        answer: tuple[int, Any, str | None]
        try:
            answer = (number, getattr(worker, method)(*arguments), None)
        except NotOpen:
            answer = (number, None, NOT_OPEN)
        except InvalidRequest as error:
            answer = (number, None, error.message)
        except Exception as error:  # noqa: BLE001  told to the server, which fails the run with it
            answer = (number, None, f"{type(error).__name__}: {error}")
        write_frame(answers, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Send a frame: its length in eight bytes, then itself."""
    stream.write(len(body).to_bytes(8))
    stream.write(body)
    stream.flush()
