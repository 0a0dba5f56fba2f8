"""Dependencies point one way: the contracts of pyproject.toml, and rules that imports cannot tell."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from gateway.cli.main import COMMANDS, app
from tests.serving import ROOT, unmeasured

PACKAGE = ROOT / "gateway"
MODULES = sorted(PACKAGE.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names_used(path: Path) -> set[str]:
    """Dotted names that a module calls or reads, such as `time.time`."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((PACKAGE / "model").rglob("*.py")), ids=shown)
def test_the_model_imports_only_the_standard_library(path: Path) -> None:
    assert imported(path) <= sys.stdlib_module_names | {"gateway"}


def test_only_the_clock_reads_the_clock() -> None:
    forbidden = {"time.time", "datetime.now", "datetime.utcnow", "date.today"}
    readers = {shown(path) for path in MODULES if names_used(path) & forbidden}
    assert readers <= {"gateway/clock.py"}


def test_only_the_command_line_and_the_settings_read_the_environment() -> None:
    forbidden = {"os.environ", "os.getenv"}
    readers = {shown(path) for path in MODULES if names_used(path) & forbidden}
    allowed = {"gateway/settings.py"} | {shown(path) for path in (PACKAGE / "cli").glob("*.py")}
    assert readers <= allowed


def test_only_the_store_imports_a_database_driver() -> None:
    drivers = {
        shown(path)
        for path in MODULES
        if imported(path) & {"aiosqlite", "sqlite3"} and "sqlite" not in path.parts
    }
    assert drivers == set()


def longest(module: ast.Module) -> int:
    """The lines that a module may have: a table, or one class, reads well as one piece."""
    defined = [
        each
        for each in module.body
        if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    is_table = not defined
    is_one_class = len(defined) == 1 and isinstance(defined[0], ast.ClassDef)
    return 600 if is_table or is_one_class else 400


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("ROWS = (1, 2)", 600),
        ("from a import B\n\nclass C(B):\n    def d(self): ...\n", 600),
        ("ROWS = (1, 2)\n\ndef row(): ...\n", 400),
        ("class A: ...\nclass B: ...\n", 400),
        ("class A: ...\nasync def b(): ...\n", 400),
    ],
)
def test_a_table_or_one_class_may_be_longer_than_what_has_several_parts(
    text: str, lines: int
) -> None:
    assert longest(ast.parse(text)) == lines


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_opens_with_its_purpose_and_is_not_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < longest(parsed(path))
    if text.strip():
        assert ast.get_docstring(parsed(path))


def test_no_module_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "helpers", "common", "manager", "misc"}
    assert [shown(path) for path in MODULES if path.stem in nothing] == []


#: What a server is made of.
SERVER = {"app", "assembly", "dialects", "engine", "http", "store"}
LOADED = """
import json, sys, gateway.cli.{module}
print(json.dumps(sorted({{name.split(".")[1] for name in sys.modules if name.startswith("gateway.")}})))
"""


@pytest.mark.parametrize(
    "module", "main tasks users clients sessions secret serve demo".split(), ids=str
)
def test_a_command_of_a_client_waits_for_no_servers_code(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module)],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "cli" in loaded
    assert loaded & SERVER == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_found_where_the_table_says(name: str) -> None:
    found = typer.main.get_group(app).commands[name]
    assert found.name == name
    assert found.help
