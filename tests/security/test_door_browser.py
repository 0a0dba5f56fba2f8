"""In a real browser: what others have stored does not run, and what other sites forge does nothing."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.serving import ADMINISTRATOR, PASSWORD, REST, Api, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from tests.serving import Server

pytestmark = pytest.mark.browser
XHTML = "http://www.w3.org/1999/xhtml"
SECONDS = 30


def logged_in(server: Server, path: str) -> str:
    """The URL of a page, with the administrator's login for the browser to remember."""
    return server.url.replace("//", f"//{ADMINISTRATOR}:{PASSWORD.replace('*', '%2A')}@") + path


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """The URL of a page on a site that is not ours."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Not into the output of the tests."""

    # Reached as localhost, which is another site than 127.0.0.1.
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{site.server_port}/"
        finally:
            site.shutdown()
            thread.join()


def seen_after_sending(browser: Chrome, server: Server) -> str:
    """What the browser shows when a page has sent a form to the server."""
    host = urlsplit(server.url).netloc
    WebDriverWait(browser, SECONDS).until(lambda b: host in urlsplit(b.current_url).netloc)
    return browser.find_element(By.CSS_SELECTOR, ":root").text


def test_a_page_of_the_server_runs_its_own_script(browser: Chrome, server: Server) -> None:
    browser.get(f"{server.url}/docs")
    WebDriverWait(browser, SECONDS).until(
        lambda b: b.find_elements(By.CSS_SELECTOR, "main details, main section, main table")
    )


def test_a_stored_script_does_not_run(browser: Chrome, server: Server, api: Api) -> None:
    oid, victim = (api.create("users", {"name": unique(name)}) for name in ("thief", "victim"))
    target = f"{REST}/users/{victim}"
    code = (
        f"document.documentElement.setAttribute('ran', 'yes');"
        f"fetch(location.origin + '{target}', {{method: 'DELETE'}})"
    )
    script = {f"{XHTML}#script": code}
    api.modify("users", oid, delta("replace", "extension", {"a": script}))
    for path in (f"/users/{oid}", "/users"):
        browser.get(logged_in(server, REST + path))
        # The very node of the page exists, and nothing of it happened.
        scripts = browser.execute_script(
            f"return document.getElementsByTagNameNS('{XHTML}', 'script').length"
        )
        assert scripts == 1 or path == "/users"
        assert browser.execute_script("return document.documentElement.getAttribute('ran')") is None
    assert api.get("users", victim)["oid"] == victim


def test_a_forged_form_makes_no_account(browser: Chrome, server: Server) -> None:
    browser.get(logged_in(server, "/-/accounts"))
    name = unique("forged")
    field = f'{{"name":"{name}","password":"{PASSWORD}","roles":["superuser"],"x":"'
    page = (
        f"<form method=post enctype=text/plain action='{server.url}/-/accounts'>"
        f"<input name='{field}' value='\"}}'></form><script>document.forms[0].submit()</script>"
    )
    with another_site(page) as url:
        browser.get(url)
        shown = seen_after_sending(browser, server)
    assert "another site" in shown
    browser.get(f"{server.url}/-/accounts")
    listed = browser.find_element(By.TAG_NAME, "body").text
    assert ADMINISTRATOR in listed
    assert name not in listed


def test_a_forged_click_runs_no_task(browser: Chrome, server: Server, api: Api) -> None:
    browser.get(logged_in(server, "/-/accounts"))
    oid = api.task()
    page = (
        f"<form method=post action='{server.url}{REST}/tasks/{oid}/resume'></form>"
        "<script>document.forms[0].submit()</script>"
    )
    with another_site(page) as url:
        browser.get(url)
        shown = seen_after_sending(browser, server)
    assert "another site" in shown
    assert api.get("tasks", oid)["executionState"] == "suspended"
