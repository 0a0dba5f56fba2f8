"""XML and YAML that mean harm: refused in bounded time and memory (architecture 11)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.errors import MalformedBody
from gateway.http.json_body import BodyLimits
from gateway.http.xml_body import parse_xml
from gateway.http.yaml_body import parse_yaml
from tests.serving import assert_operation_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.serving import Server

LIMITS = BodyLimits(size=8 * 2**20, depth=100, values=10_000)
MEBIBYTE = 2**20
ROOT = b'<user xmlns="http://midpoint.evolveum.com/xml/ns/public/common/common-3">'
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"ha") for n in range(10)
)
XML: dict[str, bytes] = {
    "billion laughs": b"<!DOCTYPE user [" + LAUGHS + b"]><user><name>&l9;</name></user>",
    "one entity": b'<!DOCTYPE user [<!ENTITY a "b">]><user><name>&a;</name></user>',
    "a blown-up entity": b'<!DOCTYPE u [<!ENTITY a "'
    + b"x" * 100_000
    + b'">]><u>'
    + b"&a;" * 10_000
    + b"</u>",
    "a file": b'<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/passwd">]><user><name>&a;</name></user>',
    "another server": b'<!DOCTYPE u [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]><user><name>&a;</name></user>',
    "a parameter entity": b'<!DOCTYPE u [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]><user/>',
    "a document type": b'<!DOCTYPE user SYSTEM "http://127.0.0.1:1/user.dtd"><user/>',
    "an empty document type": b"<!DOCTYPE user><user/>",
    "an entity nobody declared": b"<user><name>&nothing;</name></user>",
    "elements without bottom": b"<a>" * 100_000,
    "elements a bit too deep": b"<user>" + b"<a>" * 101 + b"</a>" * 101 + b"</user>",
    "a million elements": b"<user>" + b"<a/>" * 1_000_000 + b"</user>",
    "a huge attribute": b'<user oid="' + b"x" * (4 * MEBIBYTE) + b'"/>',
    "many attributes": b"<user " + b" ".join(b'a%d="x"' % n for n in range(100_000)) + b"/>",
    "many namespaces": b"<user " + b" ".join(b'xmlns:a%d="x"' % n for n in range(50_000)) + b"/>",
    "namespaces at every level": b"".join(b'<a xmlns:a%d="x">' % n for n in range(99))
    + b"</a>" * 99,
    "an attribute twice": b'<user oid="x" oid="y"/>',
    "a prefix that nobody declared": b"<x:user/>",
    "text between elements": ROOT + b"<name>x</name>text</user>",
    "two roots": b"<user/><user/>",
    "an unknown encoding": b'<?xml version="1.0" encoding="no-such"?><user/>',
    "a wide encoding": b'<?xml version="1.0" encoding="utf-7"?><user/>',
    "bytes that are no text": ROOT + b"<name>\xff\xfe</name></user>",
    "a nul": ROOT + b"<name>a\x00b</name></user>",
    "a number of a nul": ROOT + b"<name>a&#0;b</name></user>",
    "a surrogate": ROOT + b"<name>&#xD800;</name></user>",
    "an end without a beginning": b"</user>",
    "nothing but a comment": b"<!-- user -->",
    "JSON": b'{"user":{"name":"x"}}',
}
YAML: dict[str, bytes] = {
    "laughs": b"a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nuser: *c\n",
    "one alias": b"user: {name: &n x, description: *n}\n",
    "an alias of itself": b"user: &u [*u]\n",
    "a merge": b"base: &b {name: x}\nuser:\n  <<: *b\n",
    "lists without bottom": b"[" * 100_000,
    "members without bottom": b"".join(b" " * n + b"a:\n" for n in range(3_000)),
    "a bit too deep": b"user: " + b"[" * 101 + b"]" * 101,
    "a million values": b"user: [" + b"1," * 1_000_000 + b"1]",
    "a million lists": b"user: [" + b"[]," * 1_000_000 + b"]",
    "a million members": b"user: {" + b",".join(b"a%d: 1" % n for n in range(700_000)) + b"}",
    "a Python object": b"user: !!python/object/apply:os.system [id]\n",
    "a Python name": b"user: !!python/name:os.system\n",
    "bytes": b"user: {name: !!binary aGVsbG8=}\n",
    "a set": b"user: !!set {a, b}\n",
    "a tag of its own": b"user: !mine {name: x}\n",
    "two documents": b"user: {name: x}\n---\nuser: {name: y}\n",
    "a key twice": b"user: {name: x, name: y}\n",
    "a key that is a list": b"? [user]\n: x\n",
    "a nul": b'user: {name: "a\\0b"}\n',
    "a surrogate": b'user: {name: "\\ud800"}\n',
    "bytes that are no text": b"user: {name: \xff\xfe}\n",
    "a number of thousands of digits": b"org: {name: x, displayOrder: " + b"9" * 10_000 + b"}\n",
    "an infinite number": b"org: {name: x, displayOrder: " + b"9" * 400 + b".0}\n",
    "no value at all": b"# nothing\n",
    "a tab": b"user:\n\tname: x\n",
}
CASES = [
    *(pytest.param("application/xml", body, id=f"xml {name}") for name, body in XML.items()),
    *(pytest.param("application/yaml", body, id=f"yaml {name}") for name, body in YAML.items()),
]


@pytest.fixture(autouse=True)
def within_bounds(server: Server) -> Iterator[None]:
    """Each of these costs the server little work and hardly any memory that stays."""
    process = psutil.Process(server.process.pid)
    before, memory = process.cpu_times(), process.memory_info().rss
    yield
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 2
    assert process.memory_info().rss - memory < 128 * MEBIBYTE


@pytest.mark.parametrize(("kind", "body"), CASES)
@pytest.mark.parametrize("path", ["/users", "/users/search"])
def test_a_body_that_means_harm_is_refused(
    client: httpx2.Client, path: str, kind: str, body: bytes
) -> None:
    assert_operation_result(client.post(path, content=body, headers={"content-type": kind}), 400)


@pytest.mark.parametrize("body", [XML["a million elements"], XML["elements without bottom"]])
def test_reading_xml_stops_at_the_limit(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedBody):
        parse_xml(body, LIMITS)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", ["a million lists", "lists without bottom", "laughs"])
def test_reading_yaml_stops_at_the_limit(name: str) -> None:
    started = time.process_time()
    with pytest.raises(MalformedBody):
        parse_yaml(YAML[name], LIMITS, lambda _: None)
    assert time.process_time() - started < 1
