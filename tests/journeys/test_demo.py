"""The demo plays the Task page's transcript, and leaves a server for the reader's own calls."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DEMO = [sys.executable, "-m", "gateway", "demo", "--users", "40"]
PAGE_TASK = "/tasks/6d13632c-6b75-4a33-9744-ec9523375f6b"
CREDENTIALS = ("administrator", "y0uR_P455woR*d")
#: The page's calls in the order in which they make sense: method, path, sample, status.
CALLS = (
    ("POST", "/tasks", "task-recompute-members-employee.json", 202),
    ("GET", PAGE_TASK, None, 200),
    ("POST", "/tasks/search", "query-gen-name.json", 200),
    ("PATCH", PAGE_TASK, "modify-attribute-gen.json", 204),
    ("POST", f"{PAGE_TASK}/run", None, 204),
    ("POST", f"{PAGE_TASK}/suspend", None, 204),
    ("POST", f"{PAGE_TASK}/resume", None, 202),
    ("DELETE", PAGE_TASK, None, 204),
)


@contextmanager
def _playing() -> Iterator[str]:
    """The URL of a demo that has played its transcript and keeps serving."""
    command = [*DEMO, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "Documentation of the API" in line:
                    break
            else:
                pytest.fail("".join(lines))
            yield lines[0].split(" listens on ")[1].split(",")[0]
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_the_demo_plays_the_transcript_and_exits_with_0_when_all_is_as_expected() -> None:
    played = subprocess.run(
        [*DEMO, "--port", "0", "--exit"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The transcript" in played.stdout
    assert "✗" not in played.stdout
    for told in ("/claim  200", "/release  200", "the job  complete", "completionStatus  SUCCESS"):
        assert f"{told}\n" in played.stdout


def test_the_pages_eight_calls_answer_as_printed_after_the_demo() -> None:
    with (
        _playing() as url,
        httpx2.Client(base_url=f"{url}/midpoint/ws/rest", auth=CREDENTIALS) as client,
    ):
        for method, path, sample, status in CALLS:
            body = (ROOT / "samples" / "rest" / sample).read_bytes() if sample else None
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            answer = client.request(method, path, content=body, headers=headers)
            assert answer.status_code == status, (method, path, answer.text)
            if status == 204:
                assert answer.content == b""
            if path == "/tasks":
                assert answer.headers["location"].startswith(f"{url}/midpoint/ws/rest/tasks/")


def test_the_demo_says_so_when_its_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        played = subprocess.run(
            [*DEMO, "--port", port, "--exit"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert played.returncode == 1
    assert f"is port {port} free?" in played.stderr


def test_the_demo_insists_on_the_repository_root(tmp_path: object) -> None:
    command = [*DEMO, "--exit"]
    played = subprocess.run(command, cwd=str(tmp_path), capture_output=True, text=True, check=False)
    assert played.returncode == 2
    assert "run the demo from its repository" in played.stdout
