"""Links lead where callers are; names that an attacker points to this machine lead nowhere."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import httpx2
import pytest
from pydantic import ValidationError

from gateway.addresses import PublicUrl, host_name
from gateway.http.guard import Hosts
from gateway.settings import Settings, load
from tests.serving import ADMINISTRATOR, PASSWORD, REST, ROOT, environment, serve_command, unique

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServerFactory
    from tests.serving import Server

LOGIN = (ADMINISTRATOR, PASSWORD)
PUBLIC = "https://gateway.example.com/tasks"
MALFORMED = [
    "a b",
    "a/b",
    "a@b",
    "a:b",
    "a:99999",
    "",
    "[::1",
    "a\\b",
    "a:80:80",
    "<x>",
    ".",
    "a#b",
]


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TASKGATE_{name.upper()}", raising=False)


def named(server: Server, host: str, path: str = "/livez") -> httpx2.Response:
    """The answer to a request that says it is for the host."""
    return httpx2.get(server.url + path, headers={"host": host}, auth=LOGIN, timeout=30)


# ---- which hosts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1234", "LOCALHOST", "127.0.0.1", "127.9.9.9:80", "[::1]:8080"]
)
def test_this_machines_own_names_are_served(server: Server, host: str) -> None:
    assert named(server, host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "evil.example.com:8080", "127.0.0.1.evil.example.com", "localhost.evil",
     "10.0.0.1", "[2001:db8::1]"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/livez", f"{REST}/users", "/metrics", "/whoami", "/oauth/info"])
def test_no_other_name_is_served_on_loopback(server: Server, host: str, path: str) -> None:
    answer = named(server, host, path)
    assert answer.status_code == 400, answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", MALFORMED)
def test_no_malformed_host_is_well_formed(host: str) -> None:
    assert host_name(host) is None
    assert not Hosts({"*"}, "0.0.0.0", None).admits(host.encode())


def test_an_operator_names_the_hosts_that_are_served(make_server: ServerFactory) -> None:
    own = make_server(allowed_hosts="gateway.internal, other.internal")
    assert named(own, "gateway.internal:8080").status_code == 200
    assert named(own, "Other.Internal").status_code == 200
    assert named(own, "localhost").status_code == 200
    assert named(own, "evil.example.com").status_code == 400


@pytest.mark.parametrize(
    ("names", "bound", "is_served"),
    [
        ((), "127.0.0.1", False),
        ((), "::1", False),
        ((), "localhost", False),
        ((), "0.0.0.0", True),
        ((), "10.1.2.3", True),
        (("gateway.internal",), "0.0.0.0", False),
        (("gateway.internal", "*"), "127.0.0.1", True),
    ],
)
def test_any_name_is_served_elsewhere_than_on_loopback_unless_some_are_listed(
    names: tuple[str, ...], bound: str, *, is_served: bool
) -> None:
    hosts = Hosts(names, bound, None)
    assert hosts.admits(b"anything.example.com") is is_served
    assert hosts.admits(bound.encode() if ":" not in bound else b"[::1]")


def test_the_public_name_is_served() -> None:
    hosts = Hosts((), "127.0.0.1", PublicUrl.of("https://gateway.example.com:8443/x"))
    assert hosts.admits(b"gateway.example.com:8443")
    assert not hosts.admits(b"other.example.com")


# ---- the public URL ----------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/tasks"], ids=["stripped", "kept"])
def test_every_link_is_public_whether_a_proxy_strips_the_prefix_or_not(
    make_server: ServerFactory, prefix: str
) -> None:
    own = make_server(public_url=PUBLIC)
    with httpx2.Client(base_url=own.url + prefix, auth=LOGIN, timeout=30) as client:
        made = client.post(f"{REST}/users", json={"user": {"name": unique("person")}})
        assert made.status_code == 201
        assert made.headers["location"].startswith(f"{PUBLIC}{REST}/users/")
        info = client.get("/oauth/info").json()
        assert info["tokenEndpoint"] == f"{PUBLIC}/oauth/token"
        assert info["cloudDomainUrl"] == PUBLIC
        for name, path in client.get("/openapi.json").json().items():
            assert path == f"/tasks/openapi/{name}.json"
            (served,) = client.get(f"/openapi/{name}.json").json()["servers"]
            assert served["url"] in (PUBLIC, f"{PUBLIC}{REST}")
        slashed = client.get("/docs/")
        assert (slashed.status_code, slashed.headers["location"]) == (307, f"{PUBLIC}/docs")
        cookie = client.post("/login", json={"username": LOGIN[0], "password": LOGIN[1]})
        assert "; Secure" in cookie.headers["set-cookie"]
        assert client.post("/-/clients/x/disable", headers={"origin": PUBLIC}).status_code == 403
        own_page = {"origin": "https://gateway.example.com"}
        assert client.post("/-/clients/x/disable", headers=own_page).status_code == 404


def test_the_bare_prefix_leads_to_the_index(make_server: ServerFactory) -> None:
    own = make_server(public_url=PUBLIC)
    found = httpx2.get(f"{own.url}/tasks")
    assert (found.status_code, found.headers["location"]) == (307, f"{PUBLIC}/")
    assert httpx2.get(f"{own.url}/tasks/").status_code == 200
    assert httpx2.get(f"{own.url}/tasksandmore").status_code == 404


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_links_in_pages_are_relative(server: Server, path: str) -> None:
    page = httpx2.get(server.url + path).text
    assert 'href="/' not in page
    assert 'src="/' not in page
    assert "`/" not in httpx2.get(f"{server.url}/docs/docs.js").text


def test_without_a_public_url_links_lead_to_the_host_that_was_asked(server: Server) -> None:
    info = named(server, "localhost:9999", "/oauth/info").json()
    assert info["cloudDomainUrl"] == "http://localhost:9999"
    cookie = httpx2.post(
        f"{server.url}/login", json={"username": LOGIN[0], "password": LOGIN[1]}
    ).headers["set-cookie"]
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "url",
    ["gateway.example.com", "ftp://a", "https://", "https://a/?b", "https://a/#b", "https://u:p@a",
     "https://a/b c", "https://a/<b>", 'https://a/"', "https://a:99999", "https://a/b//c"],
)  # fmt: skip
def test_a_public_url_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="is not a URL such as"):
        load({}, public_url=url)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://A.example.com/", "https://a.example.com"),
        ("https://a:443/b/", "https://a/b"),
        ("http://a:80", "http://a"),
        ("http://a:8080/b/c", "http://a:8080/b/c"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_public_url_is_read_as_browsers_name_origins(url: str, base: str) -> None:
    assert load({}, public_url=url).public_url == base


@pytest.mark.parametrize("host", ["a b", "http://a", "a:80", "*.example.com"])
def test_an_allowed_host_that_is_none_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(ValidationError, match="is not the name of a host"):
        load({}, allowed_hosts=host)


def test_a_certificate_that_cannot_be_used_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    nothing = tmp_path / "cert.pem"
    nothing.write_text("no certificate")
    settings = {"database_url": f"sqlite:///{tmp_path}/t.db", "tls_cert": nothing}
    for key in (nothing, tmp_path / "nowhere.pem"):
        done = subprocess.run(
            serve_command(), env=environment(**settings, tls_key=key), cwd=ROOT,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith("taskgate: the certificate or its key cannot be used")
        assert "Traceback" not in done.stderr


def test_half_a_certificate_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="given together"):
        load({}, tls_cert=tmp_path / "cert.pem")
