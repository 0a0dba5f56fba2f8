"""What proxies tell counts from those that are trusted, and from nobody else; metrics are for neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import ValidationError

from gateway.addresses import PublicUrl, parse_networks
from gateway.errors import InvalidRequest
from gateway.http.guard import Guard, Hosts
from gateway.http.proxies import Proxies, peer_of
from gateway.settings import load
from tests.serving import ADMINISTRATOR, PASSWORD

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.serving import Server

LOGIN = (ADMINISTRATOR, PASSWORD)
PROXY, INNER, CALLER, LIAR = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.9"
TRUSTED = "10.0.0.0/8, ::1"


def scope(peer: str = PROXY, **headers: str) -> dict[str, Any]:
    """A request from a peer; `_` stands for `-` in the names of its headers."""
    given = {"host": "localhost"} | {n.replace("_", "-"): v for n, v in headers.items()}
    return {
        "type": "http",
        "method": "GET",
        "path": "/metrics",
        "http_version": "1.1",
        "scheme": "http",
        "client": (peer, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def guard(trusted: str = TRUSTED, public: str | None = None) -> Guard:
    where = PublicUrl.of(public) if public else None
    return Guard(Hosts({"*"}, "127.0.0.1", where), Proxies(parse_networks(trusted)), where)


def seen(request: dict[str, Any], trusted: str = TRUSTED) -> tuple[str, str, str]:
    """Client, scheme and host of the request as the rest of the server sees them."""
    guard(trusted).check(request, ())
    return peer_of(request), request["scheme"], dict(request["headers"])[b"host"].decode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (PROXY, "http", "localhost")),
        ({"x_forwarded_for": CALLER}, (CALLER, "http", "localhost")),
        ({"x_forwarded_for": f"{LIAR}, {CALLER}"}, (CALLER, "http", "localhost")),
        ({"x_forwarded_for": f"{LIAR}, {CALLER}, {INNER}"}, (CALLER, "http", "localhost")),
        ({"x_forwarded_for": f"{CALLER}:5555"}, (CALLER, "http", "localhost")),
        ({"x_forwarded_for": f"{INNER}, {PROXY}"}, (INNER, "http", "localhost")),
        ({"x_forwarded_for": "2001:db8::1"}, ("2001:db8::1", "http", "localhost")),
        ({"x_forwarded_for": f"::ffff:{CALLER}"}, (CALLER, "http", "localhost")),
        ({"x_forwarded_for": "unknown"}, (PROXY, "http", "localhost")),
        ({"x_forwarded_proto": "HTTPS"}, (PROXY, "https", "localhost")),
        ({"x_forwarded_for": f"{CALLER}, {INNER}", "x_forwarded_proto": "https, http"},
         (CALLER, "https", "localhost")),
        ({"x_forwarded_for": f"{LIAR}, {CALLER}", "x_forwarded_proto": "https"},
         (CALLER, "https", "localhost")),
        ({"x_forwarded_host": "Gateway.Example.com"}, (PROXY, "http", "gateway.example.com")),
        ({"forwarded": f"for={CALLER};proto=https;host=a.example.com"},
         (CALLER, "https", "a.example.com")),
        ({"forwarded": f'for={LIAR};proto=http, for="{CALLER}:4711";proto=https'},
         (CALLER, "https", "localhost")),
        ({"forwarded": 'For="[2001:db8::1]:4711"'}, ("2001:db8::1", "http", "localhost")),
        ({"forwarded": "for=_hidden"}, (PROXY, "http", "localhost")),
        ({"forwarded": f"for={CALLER}", "x_forwarded_for": CALLER}, (CALLER, "http", "localhost")),
    ],
)  # fmt: skip
def test_a_trusted_proxy_tells_who_asks_and_how(
    headers: dict[str, str], expected: tuple[str, str, str]
) -> None:
    assert seen(scope(**headers)) == expected


@pytest.mark.parametrize("peer", [CALLER, "127.0.0.1", "::2", "not an address"])
def test_nobody_else_does(peer: str) -> None:
    told = {"x_forwarded_for": LIAR, "x_forwarded_proto": "https", "x_forwarded_host": "evil"}
    assert seen(scope(peer, **told)) == (peer, "http", "localhost")
    assert seen(scope(peer, forwarded=f"for={LIAR};host=evil")) == (peer, "http", "localhost")


def test_without_trusted_proxies_nothing_of_it_counts(server: Server) -> None:
    told = {"x-forwarded-host": "evil.example.com", "x-forwarded-proto": "https"}
    info = httpx2.get(f"{server.url}/oauth/info", headers=told).json()
    assert info["cloudDomainUrl"] == server.url


@pytest.mark.parametrize(
    "headers",
    [
        {"x_forwarded_for": "nonsense"},
        {"x_forwarded_for": "1.2.3.4.5"},
        {"x_forwarded_proto": "gopher"},
        {"x_forwarded_host": "a b"},
        {"x_forwarded_host": "a/../b"},
        {"forwarded": "nonsense"},
        {"forwarded": f"for={CALLER};for={LIAR}"},
        {"forwarded": "for=nonsense"},
        {"forwarded": f"for={LIAR}", "x_forwarded_for": CALLER},
    ],
)
def test_what_a_trusted_proxy_tells_is_refused_when_it_cannot_be(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        seen(scope(**headers))


@pytest.mark.parametrize("text", ["nonsense", "10.0.0.0/99", "10.0.0.1/8", "*", "proxy.internal"])
def test_trusted_proxies_that_are_no_networks_are_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match="neither an address nor a network"):
        load({}, trusted_proxies=text)


def test_links_follow_what_a_trusted_proxy_tells(make_server: ServerFactory) -> None:
    own = make_server(trusted_proxies="127.0.0.1", allowed_hosts="gateway.example.com")
    told = {"x-forwarded-host": "gateway.example.com", "x-forwarded-proto": "https"}
    info = httpx2.get(f"{own.url}/oauth/info", headers=told).json()
    assert info["cloudDomainUrl"] == "https://gateway.example.com"
    login = {"username": LOGIN[0], "password": LOGIN[1]}
    answer = httpx2.post(f"{own.url}/login", json=login, headers=told)
    assert "; Secure" in answer.headers["set-cookie"]
    evil = httpx2.get(f"{own.url}/oauth/info", headers={"x-forwarded-host": "evil.example.com"})
    assert evil.status_code == 400


# ---- who reads the metrics without a login -----------------------------------------------------------


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_program_on_this_machine_reads_the_metrics(peer: str) -> None:
    assert guard("").is_local(scope(peer))
    assert guard("", "http://localhost:8080").is_local(scope(peer))


@pytest.mark.parametrize(
    "headers",
    [
        {"x_forwarded_for": CALLER},
        {"x_forwarded_proto": "https"},
        {"x_real_ip": CALLER},
        {"forwarded": f"for={CALLER}"},
        {"via": "1.1 proxy"},
        {"host": "gateway.example.com"},
    ],
)
def test_nobody_does_for_whom_a_proxy_asks(headers: dict[str, str]) -> None:
    assert not guard("").is_local(scope("127.0.0.1", **headers))


def test_a_proxy_that_tells_nothing_of_itself_does_not_either() -> None:
    assert not guard("", "https://gateway.example.com").is_local(scope("127.0.0.1"))
    assert not guard("127.0.0.0/8").is_local(scope("127.0.0.1"))
    assert not guard("").is_local(scope("127.0.0.1") | {"http_version": "1.0"})


def test_a_trusted_proxy_does_not_make_its_caller_a_neighbour() -> None:
    request = scope(x_forwarded_for="127.0.0.1")
    door = guard()
    door.check(request, ())
    assert peer_of(request) == "127.0.0.1"
    assert not door.is_local(request)


@pytest.mark.parametrize("peer", [CALLER, PROXY, ""])
def test_a_program_elsewhere_logs_in(peer: str) -> None:
    assert not guard("").is_local(scope(peer))


@pytest.mark.parametrize(
    ("setting", "headers", "status"),
    [
        ("loopback", {}, 200),
        ("loopback", {"x-forwarded-for": CALLER}, 401),
        ("login", {}, 401),
        ("open", {"x-forwarded-for": CALLER}, 200),
    ],
)
def test_the_metrics_are_as_open_as_the_operator_says(
    make_server: ServerFactory, setting: str, headers: dict[str, str], status: int
) -> None:
    own = make_server(metrics=setting)
    for path in ("/metrics", "/prometheus_metrics"):
        assert httpx2.get(own.url + path, headers=headers).status_code == status
        assert httpx2.get(own.url + path, headers=headers, auth=LOGIN).status_code == 200
