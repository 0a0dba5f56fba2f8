"""What legitimate clients notice while others attack: latencies beside each attack, against idle.

`python -m tests.security.siege [ROW ...]` is the long form, of some rows or of all; the suite runs a
short one. All traffic goes to a server of its own on the loopback interface, and ends by itself.
"""

from __future__ import annotations

import asyncio
import base64
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import psutil

from tests.serving import ADMINISTRATOR, IN_JSON, PASSWORD, REST, ROOT, Api, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from tests.serving import Server

SEED = 20260101
POLLERS = 20
#: Seconds between two requests of a poller.
PAUSE = 0.05
MIB = 1024 * 1024
HEAD = b"%s %s HTTP/1.1\r\nhost: localhost\r\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """How one attacker behaves, and how many of them there are."""

    act: Callable[[str, int, random.Random], Awaitable[None]]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the pollers have seen of the server meanwhile."""

    #: Seconds of each answer.
    latencies: Sequence[float]
    #: Answers other than 200, and connections that broke.
    failures: int
    #: Bytes of the server's memory, the most that was seen.
    memory: int

    @property
    def median(self) -> float:
        """Milliseconds."""
        return quantiles(self.latencies, n=100)[49] * 1_000

    @property
    def slowest(self) -> float:
        """Milliseconds that 99 of 100 answers do not take."""
        return quantiles(self.latencies, n=100)[98] * 1_000


def authorization(password: str) -> bytes:
    """A header of Basic authentication."""
    token = base64.b64encode(f"{ADMINISTRATOR}:{password}".encode())
    return b"authorization: Basic %s\r\n" % token


# ---- the attackers --------------------------------------------------------------------------------


async def _silent(host: str, port: int, _: random.Random) -> None:
    _reader, writer = await asyncio.open_connection(host, port)
    await _held(_reader, writer)


async def _half_body(host: str, port: int, chance: random.Random) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    size = chance.choice((60_000, 8 * MIB))
    writer.write(HEAD % (b"POST", b"/login") + b"content-length: %d\r\n\r\n" % size)
    writer.write(b"{" + b" " * (size // 2))
    await _held(reader, writer)


async def _long_header(host: str, port: int, chance: random.Random) -> None:
    _reader, writer = await asyncio.open_connection(host, port)
    piece = chance.randbytes(1).hex().encode() * (MIB // 2)
    writer.write(HEAD % (b"GET", b"/livez") + b"x-long: ")
    for _ in range(128):
        writer.write(piece)
        await writer.drain()
    await _held(_reader, writer)


async def _wrong_password(host: str, port: int, chance: random.Random) -> None:
    while True:
        reader, writer = await asyncio.open_connection(host, port)
        guess = authorization(chance.randbytes(8).hex())
        writer.write(HEAD % (b"GET", f"{REST}/self".encode()) + guess)
        writer.write(b"connection: close\r\n\r\n")
        await _held(reader, writer)


async def _held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hold the connection as long as the server lets us."""
    try:
        await reader.read()
    finally:
        writer.close()


ATTACKS = {
    "wrong-passwords": Attack(act=_wrong_password, count=200),
    "silent-connections": Attack(act=_silent, count=1_000),
    "half-bodies": Attack(act=_half_body, count=100),
    "long-header": Attack(act=_long_header, count=1),
}


async def attack(row: str, host: str, port: int, count: int) -> None:
    """Attack until this process is ended, each attacker again and again; some wait a little."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 100)), hard))
    chance = random.Random(SEED)
    act = ATTACKS[row].act

    async def one(chance: random.Random) -> None:
        while True:
            with suppress(OSError):
                await act(host, port, chance)
            await asyncio.sleep(chance.uniform(0.05, 0.2))

    await asyncio.gather(*(one(random.Random(chance.random())) for _ in range(count)))


@contextmanager
def attacking(row: str, server: Server, count: int) -> Iterator[None]:
    """Attackers in a process of their own, as long as the block lasts."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    command = [sys.executable, "-m", __spec__.name, "--attack", row, host, port, str(count)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()


# ---- the pollers ----------------------------------------------------------------------------------


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """The status of the answer to a request on a connection that stays open."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


async def poll(server: Server, path: str, seconds: float) -> Seen:
    """Poll for so many seconds."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    accept = f"accept: {IN_JSON['accept']}\r\n\r\n".encode()
    request = HEAD % (b"GET", path.encode()) + authorization(PASSWORD) + accept
    process = psutil.Process(server.process.pid)
    until = time.monotonic() + seconds
    latencies: list[float] = []
    failures, memory = 0, process.memory_info().rss

    async def one(chance: random.Random) -> None:
        nonlocal failures, memory
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
                while time.monotonic() < until:
                    began = time.monotonic()
                    failures += await _asked(reader, writer, request) != 200
                    latencies.append(time.monotonic() - began)
                    memory = max(memory, process.memory_info().rss)
                    await asyncio.sleep(chance.uniform(0, 2 * PAUSE))
                writer.close()
            except (OSError, asyncio.IncompleteReadError):
                failures += 1

    chance = random.Random(SEED)
    await asyncio.gather(*(one(random.Random(chance.random())) for _ in range(POLLERS)))
    return Seen(latencies=latencies, failures=failures, memory=memory)


def besiege(
    database: Path, rows: Sequence[str], *, seconds: float, share: float = 1
) -> Iterator[tuple[str, Seen]]:
    """What pollers see of an idle server, and then beside each attack with a share of its attackers."""
    with serving(database) as server, server.client() as client:
        path = f"{REST}/users/{Api(client).create('users', {'name': 'polled'})}"
        yield "idle", asyncio.run(poll(server, path, seconds))
        for row in rows:
            count = max(1, round(ATTACKS[row].count * share))
            with attacking(row, server, count):
                yield row, asyncio.run(poll(server, path, seconds))


def main(arguments: Sequence[str]) -> None:
    """Attack, or print what is seen beside attacks."""
    if arguments[:1] == ["--attack"]:
        row, host, port, count = arguments[1:]
        asyncio.run(attack(row, host, int(port), int(count)))
        return
    unknown = [each for each in arguments if each not in ATTACKS]
    if unknown:
        raise SystemExit(f"There is no row '{unknown[0]}'; there are {', '.join(ATTACKS)}.")
    print(f"{'beside':<20}{'answers':>9}{'failed':>8}{'p50 ms':>9}{'p99 ms':>9}{'MiB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        rows = arguments or list(ATTACKS)
        for row, seen in besiege(Path(folder) / "siege.db", rows, seconds=20):
            print(
                f"{row:<20}{len(seen.latencies):>9}{seen.failures:>8}"
                f"{seen.median:>9.1f}{seen.slowest:>9.1f}{seen.memory / MIB:>7.0f}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
