"""`taskgate transform`: a transformation on values, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.transforming import Draft

if TYPE_CHECKING:
    from typer.testing import Result

CASES = {
    case["id"]: case
    for case in map(
        json.loads,
        (Path(__file__).parents[1] / "corpus" / "transformations.jsonl")
        .read_text("utf-8")
        .splitlines(),
    )
}


def transform(document: Any, path: Path, *arguments: str, text: str | None = None) -> Result:
    file = path / "transformation.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return CliRunner().invoke(app, ["transform", str(file), *arguments], input=text)


@pytest.mark.parametrize("key", ["T001", "T006", "T007", "T025", "T043", "T081"])
def test_outgoing_values_are_printed_as_one_json(key: str, tmp_path: Path) -> None:
    case = CASES[key]
    options = ["--options", json.dumps(case["options"])]
    result = transform(case["document"], tmp_path, "--input", json.dumps(case["inputs"]), *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == case["expected"]


def test_without_options_an_only_output_is_given_as_it_is(tmp_path: Path) -> None:
    case = CASES["T007"]
    result = transform(case["document"], tmp_path, "--input", "-", text='{"rows": [1, 2]}')
    assert json.loads(result.stdout) == {"list": [1, 2]}


def draft() -> dict[str, Any]:
    found = Draft()
    return {"name": "d"} | found.to("r", found.input("v", type="number")).document


@pytest.mark.parametrize(
    ("document", "arguments", "message"),
    [
        ("{", [], "transformation.json' is not JSON"),
        ("[]", [], "/: A transformation or function must be an object."),
        ("{}", [], "/steps: 'steps' must be a list."),
        (draft(), ["--input", "{"], "The input is not JSON"),
        (draft(), ["--input", "[]"], "The input must be an object"),
        (draft(), ["--input", '{"w": 1}'], "has no incoming 'w'."),
        (draft(), ["--input", '{"v": "x"}'], "'v' must be of type number, not a text."),
        (draft(), ["--options", "5"], "The options must be an object."),
        (draft(), ["--options", "{"], "--options is not JSON"),
        (draft(), ["--options", '{"fast": true}'], "The option 'fast' is not known"),
        ("[" * 100_000, [], "is not JSON"),
        (" " * (16 * 1024 * 1024 + 1), [], "is larger than"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(
    document: Any, arguments: list[str], message: str, tmp_path: Path
) -> None:
    result = transform(document, tmp_path, *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("taskgate: ")
    assert message in result.stderr


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["transform", str(tmp_path / "gone.json")])
    assert result.exit_code == 1
    assert "cannot be read: No such file" in result.stderr
