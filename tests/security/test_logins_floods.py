"""A flood of wrong passwords costs its sender, not the others, and is seen (finding A-2)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from gateway.http.budgets import Budgets
from gateway.http.fair_threads import FIRST, FairThreads
from gateway.http.verifying import FAILURES, network_of
from tests.dialects.midpoint.people import PASSWORD
from tests.security.speaking import member
from tests.serving import ADMINISTRATOR, CLIENT, NOWHERE, REST, SECRET, assert_operation_result
from tests.serving import PASSWORD as ADMINISTRATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.clock import ManualClock
    from tests.conftest import ServerFactory
    from tests.serving import Server

#: Loopback addresses of those who flood and of those who do not.
FLOODING, FRIENDLY = "127.0.0.9", "127.0.0.8"
ATTACKERS = 200


def coming_from(server: Server, address: str) -> httpx2.Client:
    """A client whose requests come from an address."""
    transport = httpx2.HTTPTransport(local_address=address)
    return httpx2.Client(base_url=server.url, transport=transport, timeout=60)


def basic(name: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"authorization": f"Basic {token}", "accept": "application/json"}


def exhausted(client: httpx2.Client, name: str = "nobody") -> httpx2.Response:
    """The first answer that tells the client to wait."""
    for number in range(4 * FAILURES):
        answer = client.get(f"{REST}/users/{NOWHERE}", headers=basic(name, f"wrong {number}"))
        if answer.status_code != 401:
            return answer
    raise AssertionError("Nobody was told to wait.")


def settled(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The answer to who has used up what they may; a little of it may have come back meanwhile."""
    answer = ask()
    return ask() if answer.status_code == 401 else answer


@pytest.fixture
def server(make_server: ServerFactory) -> Server:
    """A server of its own, as a flood leaves its mark."""
    return make_server()


def test_who_fails_too_often_is_told_to_wait_in_the_words_of_each_api(server: Server) -> None:
    with coming_from(server, FLOODING) as client:
        answer = exhausted(client)
        assert_operation_result(answer, 429)
        assert int(answer.headers["retry-after"]) >= 1
        login = settled(lambda: client.post("/login", json={"username": "x", "password": "y"}))
        assert (login.status_code, set(login.json())) == (429, {"message", "data", "metadata"})
        form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
        token = settled(lambda: client.post("/oauth/token", data=form))
        assert (token.status_code, set(token.json())) == (429, {"error", "error_description"})
        page = settled(lambda: client.get("/-/sessions", headers=basic("x", "y")))
        assert (page.status_code, page.json()["code"]) == (429, "throttled")
        for other in (login, token, page):
            assert int(other.headers["retry-after"]) >= 1


def test_another_address_logs_in_while_one_is_told_to_wait(server: Server) -> None:
    with coming_from(server, FLOODING) as flooding, coming_from(server, FRIENDLY) as friendly:
        exhausted(flooding, ADMINISTRATOR)
        pair = {"username": ADMINISTRATOR, "password": ADMINISTRATORS}
        assert friendly.post("/login", json=pair).status_code == 200
        guess = pair | {"password": "guessed"}
        assert settled(lambda: flooding.post("/login", json=guess)).status_code == 429


def test_who_has_proved_their_name_at_an_address_goes_on_there(server: Server) -> None:
    person = member(server)
    with coming_from(server, FLOODING) as client:
        pair = {"username": person.name, "password": PASSWORD}
        assert client.post("/login", json=pair).status_code == 200
        exhausted(client)
        assert client.post("/login", json=pair).status_code == 200


def test_a_name_that_nobody_has_is_throttled_like_any_other(server: Server) -> None:
    person = member(server)
    seen = {}
    for name, addresses in ((person.name, range(10, 15)), ("no-such-name", range(20, 25))):
        answers = []
        for address in addresses:
            with coming_from(server, f"127.0.1.{address}") as client:
                last = exhausted(client, name)
                answers.append((last.status_code, re.findall("messageCode>(.*?)<", last.text)))
        seen[name] = answers
    assert seen[person.name] == seen["no-such-name"]


def test_refusals_are_counted_and_told_without_filling_the_log(server: Server) -> None:
    with coming_from(server, FLOODING) as client:
        exhausted(client, "x" * 200 + "\n")
        before = len(server.log.read_text())
        for number in range(6):
            client.get(f"{REST}/users", headers=basic("a\x1b[2Jb", f"wrong {number}"))
        text = server.log.read_text()
        assert len(text) - before < 4_000
        metrics = httpx2.get(f"{server.url}/metrics").text
    lines = [json.loads(line) for line in text.splitlines() if "login_refused" in line]
    assert 20 <= len(lines) <= 60
    assert lines[0]["source"] == FLOODING
    assert lines[0]["reason"] == "credentials"
    assert max(len(each["name"]) for each in lines) <= 70
    assert "\x1b" not in text
    assert "wrong" not in text
    found = re.search(
        r'taskgate_logins_refused_total\{reason="credentials",way="user"\} (\S+)', metrics
    )
    assert found is not None
    assert float(found[1]) >= FAILURES


#: Who tries passwords, each as soon as the last one was refused; in a process of its own, as its work
#: is not the server's.
ATTACK = """
import asyncio, base64, sys
import httpx2

url, source, attackers = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def attack(client, number):
    tries = 0
    while True:
        tries += 1
        pair = base64.b64encode(f"administrator:guess {number} {tries}".encode()).decode()
        await client.get(url, headers={"authorization": f"Basic {pair}"})

async def main():
    limits = httpx2.Limits(max_connections=attackers)
    transport = httpx2.AsyncHTTPTransport(local_address=source, limits=limits)
    async with httpx2.AsyncClient(transport=transport, timeout=60) as client:
        print("begun", flush=True)
        await asyncio.gather(*(attack(client, number) for number in range(attackers)))

asyncio.run(main())
"""


@contextmanager
def flood(server: Server) -> Iterator[None]:
    """Two hundred who try passwords."""
    url = f"{server.url}{REST}/users/{NOWHERE}"
    command = [sys.executable, "-c", ATTACK, url, FLOODING, str(ATTACKERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield
        finally:
            process.kill()


def median(times: int, work: Callable[[int], int]) -> float:
    """The median seconds of work that succeeds each time."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        assert work(number) == 200
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def test_pollers_and_newcomers_go_on_while_two_hundred_flood(server: Server) -> None:
    people = [member(server) for _ in range(36)]
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    with coming_from(server, FRIENDLY) as friendly:
        poller = basic(ADMINISTRATOR, ADMINISTRATORS)

        def poll(_: int) -> int:
            return friendly.get(f"{REST}/users/{people[0].oid}", headers=poller).status_code

        def log_in(number: int) -> int:
            pair = {"username": people[number].name, "password": PASSWORD}
            return friendly.post("/login", json=pair).status_code

        def get_token(_: int) -> int:
            return friendly.post("/oauth/token", data=form).status_code

        def measured(first: int) -> list[float]:
            return [
                median(20, poll),
                median(6, lambda number: log_in(first + number)),
                median(6, get_token),
            ]

        # Others use the machine, too; that makes a round slow, but never quick.
        rounds = []
        for number in range(3):
            idle = measured(12 * number)
            with flood(server):
                rounds.append(list(zip(idle, measured(12 * number + 6), strict=True)))
            if all(now < 3 * before + 0.02 for before, now in rounds[-1]):
                return
    raise AssertionError(f"Seconds without a flood and with one: {rounds}")


def test_budgets_fill_up_with_time_and_no_further(clock: ManualClock) -> None:
    budgets = Budgets(clock, most=3, per_second=0.5)
    for _ in range(3):
        assert budgets.wait("a") == 0
        budgets.spend("a")
    assert (budgets.wait("a"), budgets.wait("b")) == (2, 0)
    clock.advance(2)
    assert budgets.wait("a") == 0
    clock.advance(-1_000)
    assert budgets.wait("a") in (0, 2)
    clock.advance(1_000_000)
    for _ in range(3):
        budgets.spend("a")
    assert budgets.wait("a") == 2


async def test_threads_are_shared_in_turn_by_who_brings_work() -> None:
    threads = FairThreads(1, "test")
    order: list[str] = []
    go = threading.Event()

    def work(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    first = asyncio.ensure_future(threads.run("flood", go.wait))
    flood_ = [asyncio.ensure_future(threads.run("flood", work("flood"))) for _ in range(5)]
    await asyncio.sleep(0)
    late = asyncio.ensure_future(threads.run("late", work("late")))
    proven = asyncio.ensure_future(threads.run(FIRST, work("proven")))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(first, late, proven, *flood_)
    threads.close()
    assert order.index("proven") == 0
    assert order.index("late") <= 2


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_who_has_a_whole_network_is_one_sender(source: str, network: str) -> None:
    assert network_of(source) == network
