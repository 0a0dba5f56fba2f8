"""The load generator: wrk with a small script made for each case."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

USER, PASSWORD = "administrator", "only-for-measuring"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
JSON = "application/json"
HEADERS = {"Authorization": AUTHORIZATION, "Content-Type": JSON, "Accept": JSON}
MISSING = (
    "The benchmarks need the load generator wrk; install it from your distribution "
    "(Debian and Ubuntu: apt-get install -y wrk)."
)

#: `paths` and `bodies` are chosen together at random; `@` in them becomes a number never used before.
_SCRIPT = """\
local method, headers = %(method)s, %(headers)s
local paths, bodies, unique, pause = %(paths)s, %(bodies)s, %(unique)s, %(pause)s
local prepared, count, total = {}, 0, 0

function init(arguments)
  math.randomseed(tonumber(arguments[1]))
  total = math.max(#paths, #bodies)
  if not unique then
    for i = 1, total do
      prepared[i] = wrk.format(method, paths[i] or paths[1], headers, bodies[i] or bodies[1])
    end
  end
end

function request()
  local i = math.random(total)
  if not unique then return prepared[i] end
  count = count + 1
  local number = string.format("%%s%%08d", unique, count)
  local path, body = paths[i] or paths[1], bodies[i] or bodies[1]
  path = path:gsub("@", number, 1)
  return wrk.format(method, path, headers, body and body:gsub("@", number, 1))
end

if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nRESULT [%%d, %%d, %%d, %%d, %%d, %%d, %%d, %%d]\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.status, e.connect + e.read, e.write, e.timeout))
end
"""


class LoadFailed(Exception):
    """The answers were not what is being measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requests:
    """What is sent, over and over, in random order."""

    method: str
    paths: Sequence[str]
    bodies: Sequence[str] = ()
    #: Paths or bodies hold an `@` that must differ from request to request: four digits of the
    #: generator's run, from 1, and eight of the request in it, from 1.
    is_unique: bool = False
    #: Milliseconds that a connection waits on average before its next request.
    pause: int = 0
    #: The form that is asked for.
    accept: str = JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What the load generator saw; latencies in milliseconds."""

    requests: int
    rate: float
    p50: float
    p99: float


def check_installed() -> None:
    """Exit with a sentence if wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit(MISSING)


class Generator:
    """Sends one kind of requests to any of the servers that are compared."""

    def __init__(self, folder: Path, name: str, requests: Requests) -> None:
        self._folder = folder
        self._name = name
        self._requests = requests
        self._runs = 0

    def run(self, url: str, connections: int, seconds: int, seed: int) -> Load:
        """Load the server; raises `LoadFailed` for any answer that is not 2xx or 3xx."""
        self._runs += 1
        script = self._folder / f"{self._name}.lua"
        unique = f"{self._runs:04d}" if self._requests.is_unique else None
        script.write_text(_script(self._requests, unique), encoding="ascii")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
        done = subprocess.run(
            [*command, "--", str(seed + 1)], capture_output=True, text=True, check=False
        )
        results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if done.returncode != 0 or len(results) != 1:
            raise LoadFailed(f"{self._name}: wrk says {done.stdout}{done.stderr}")
        count, micros, p50, p99, *errors = json.loads(results[0].removeprefix("RESULT "))
        if any(errors) or count == 0:
            raise LoadFailed(
                f"{self._name}: {count} requests, of which status/socket/write/timeout {errors} failed"
            )
        return Load(requests=count, rate=count / (micros / 1e6), p50=p50 / 1000, p99=p99 / 1000)


def _script(requests: Requests, unique: str | None) -> str:
    return _SCRIPT % {
        "method": json.dumps(requests.method),
        "headers": _lua_map(HEADERS | {"Accept": requests.accept}),
        "paths": _lua_list(requests.paths),
        "bodies": _lua_list(requests.bodies),
        "unique": "false" if unique is None else json.dumps(unique),
        "pause": requests.pause,
    }


def _lua_list(texts: Sequence[str]) -> str:
    return "{" + ",\n".join(json.dumps(text) for text in texts) + "}"


def _lua_map(texts: dict[str, str]) -> str:
    return "{" + ", ".join(f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in texts.items()) + "}"
