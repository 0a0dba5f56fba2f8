"""Behind nginx with TLS and a path in front, stripped or kept: everything leads where callers are."""

from __future__ import annotations

import socket
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import orjson
import pytest

from tests.programs import program
from tests.serving import (
    ADMINISTRATOR,
    CLIENT,
    NOWHERE,
    PASSWORD,
    REST,
    ROOT,
    SECRET,
    serving,
    unique,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.nginx
LOGIN = (ADMINISTRATOR, PASSWORD)
PREFIX = "/identity/tasks"
WORKFLOW = ROOT / "samples" / "itential"
CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location {prefix}/ {{
      proxy_pass {upstream};
      {headers}
    }}
  }}
}}
"""
TELLING = """
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where callers find the gateway, and how they check that it is it."""

    url: str
    certificate: Path

    def client(self, path: str = "", *, logs_in: bool = True) -> httpx2.Client:
        """A client that goes through the proxy."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        login = LOGIN if logs_in else None
        return httpx2.Client(base_url=self.url + path, auth=login, verify=context, timeout=30)


def certify(folder: Path) -> None:
    """A key, and a certificate of its own for 127.0.0.1."""
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", *kind, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path, port: int, upstream: str, headers: str = TELLING) -> Iterator[None]:
    """A running nginx in front of the upstream; it ends with the block."""
    text = CONFIGURATION.format(
        folder=folder, port=port, upstream=upstream, headers=headers, prefix=PREFIX
    )
    (folder / "nginx.conf").write_text(text)
    command = [
        str(program("nginx")),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
    ]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: listens(port) or process.poll() is not None)
            assert process.poll() is None, (folder / "error.log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="module", params=["stripped", "kept"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A gateway behind nginx, which takes the prefix off or leaves it on."""
    folder = tmp_path_factory.mktemp("nginx")
    certify(folder)
    port = free_port()
    url = f"https://127.0.0.1:{port}{PREFIX}"
    settings = {"public_url": url, "trusted_proxies": "127.0.0.1"}
    with serving(folder / "taskgate.db", **settings) as server:
        upstream = f"{server.url}/" if request.param == "stripped" else server.url
        with nginx(folder, port, upstream):
            yield Place(url=url, certificate=folder / "cert.pem")


def test_an_object_is_found_where_its_creation_says(place: Place) -> None:
    with place.client(REST) as client:
        name = unique("person")
        made = client.post("/users", json={"user": {"name": name}})
        assert made.status_code == 201
        assert made.headers["location"].startswith(f"{place.url}{REST}/users/")
        found = client.get(made.headers["location"], headers={"accept": "application/json"})
        assert found.json()["user"]["name"] == name


def test_documents_and_pages_lead_through_the_proxy(place: Place) -> None:
    with place.client(logs_in=False) as client:
        for name, path in client.get("/openapi.json").json().items():
            document = client.get(f"{place.url.removesuffix(PREFIX)}{path}").json()
            (served,) = document["servers"]
            assert served["url"] in (place.url, f"{place.url}{REST}"), name
        page = client.get("/docs/", follow_redirects=True)
        assert str(page.url) == f"{place.url}/docs"
        assert client.get(page.url.join("docs/docs.js")).status_code == 200
        assert client.get("/oauth/info").json()["tokenEndpoint"] == f"{place.url}/oauth/token"


def test_a_token_opens_the_lists(place: Place) -> None:
    with place.client(logs_in=False) as client:
        grant = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        url = client.get("/oauth/info").json()["tokenEndpoint"]
        token = client.post(url, data=grant).json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        listed = client.get("/v2025/task-status", headers=bearer, params={"limit": 5})
        assert listed.status_code == 200
        assert isinstance(listed.json(), list)


def test_a_session_works_on_jobs_and_its_cookie_is_secure(place: Place) -> None:
    workflow = orjson.loads(min(WORKFLOW.glob("*.json")).read_bytes())
    with place.client(logs_in=False) as client:
        login = {"username": ADMINISTRATOR, "password": PASSWORD}
        answer = client.post("/login", json=login)
        assert "; Secure" in answer.headers["set-cookie"]
        # From here on the cookie alone says who asks.
        assert client.get("/whoami").json()["username"] == ADMINISTRATOR
        imported = client.post(
            "/automation-studio/automations/import", json={"automations": [workflow]}
        )
        assert imported.status_code == 200, imported.text
        started = client.post(
            "/operations-manager/jobs/start", json={"workflow": workflow["name"], "options": {}}
        )
        assert started.status_code == 200, started.text
        job = started.json()["data"]["_id"]
        assert client.get(f"/operations-manager/jobs/{job}").json()["data"]["_id"] == job


def test_events_come_as_they_happen(place: Place) -> None:
    with place.client() as client, client.stream("GET", "/-/events?names=task_started") as stream:
        lines = stream.iter_lines()
        with place.client(REST) as other:
            task = {"name": unique("task"), "activity": {"work": {"noOp": {}}}}
            ready = {"task": task | {"schedulingState": "ready"}}
            assert other.post("/tasks", json=ready).status_code == 202
        # Held back until the buffer is full, nothing would come before the time is over.
        assert any(line.startswith("event: task_started") for line in lines)


def test_the_metrics_are_not_open_because_a_proxy_is_the_neighbour(place: Place) -> None:
    with place.client(logs_in=False) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401
        assert client.get("/metrics", auth=LOGIN).status_code == 200


def test_only_the_pages_of_the_public_site_may_send(place: Place) -> None:
    with place.client(REST) as client:
        path, own = f"/tasks/{NOWHERE}/run", place.url.removesuffix(PREFIX)
        assert client.post(path, headers={"origin": own}).status_code == 404
        assert client.post(path, headers={"origin": "https://evil.example.com"}).status_code == 403


def test_a_proxy_that_says_nothing_of_itself_opens_no_metrics(tmp_path: Path) -> None:
    certify(tmp_path)
    port = free_port()
    with (
        serving(tmp_path / "taskgate.db") as server,
        nginx(tmp_path, port, f"{server.url}/", ""),
        Place(url=f"https://127.0.0.1:{port}{PREFIX}", certificate=tmp_path / "cert.pem").client(
            logs_in=False
        ) as client,
    ):
        assert client.get("/livez").status_code == 200
        assert client.get("/metrics").status_code == 401


@pytest.mark.browser
def test_a_browser_draws_the_documents_behind_the_proxy(place: Place, browser: Chrome) -> None:
    browser.get(f"{place.url}/docs")
    wait_until(
        lambda: browser.find_elements("css selector", "main details, main section, main table")
    )


# ---- TLS of our own ------------------------------------------------------------------------------------


def test_the_server_serves_tls_itself(tmp_path: Path) -> None:
    certify(tmp_path)
    files = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    with serving(tmp_path / "taskgate.db", **files) as server:
        assert server.url.startswith("https://127.0.0.1:")
        place = Place(url=server.url, certificate=tmp_path / "cert.pem")
        with place.client(REST) as client:
            made = client.post("/users", json={"user": {"name": unique("person")}})
            assert made.headers["location"].startswith(f"{server.url}{REST}/users/")
        with place.client(logs_in=False) as client:
            login = {"username": ADMINISTRATOR, "password": PASSWORD}
            assert "; Secure" in client.post("/login", json=login).headers["set-cookie"]
            assert client.get("/metrics").status_code == 200
