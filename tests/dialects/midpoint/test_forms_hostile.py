"""XML and YAML that mean harm: refused in bounded time and memory (architecture 3.11)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import yaml

from gateway.errors import MalformedBody
from gateway.http import xml_body, yaml_body
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
COMMON = b"http://midpoint.evolveum.com/xml/ns/public/common/common-3"
ORG = b'<org xmlns="%s"><name>x</name><displayOrder>%%s</displayOrder></org>' % COMMON
ORG_OPEN = (
    b'<org xmlns="%s"><name>x</name><extension><a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    b' xmlns:d="http://www.w3.org/2001/XMLSchema" i:type="d:double">%%s</a></extension></org>'
    % COMMON
)
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
    "another encoding than it says": b'<?xml version="1.0" encoding="utf-16"?><user/>',
    "four bytes a character": "<user><name>x</name></user>".encode("utf-32"),
    "letters of a mainframe": '<?xml version="1.0" encoding="cp037"?><user/>'.encode("cp037"),
    "half of its characters": "<user><name>x</name></user>".encode("utf-16")[:-3],
    "an element's endless name": b"<" + b"a" * (4 * MEBIBYTE) + b"/>",
    "a number of a million digits": ORG % (b"9" * 1_000_000),
    "a number without end": ORG % b"INF",
    "a number that is too large": ORG_OPEN % b"1e999999",
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
    **{
        f"the number {number}": b"org: {name: x, displayOrder: %s}\n" % number.encode()
        for number in (
            "1e999999",
            "1.0e+999",
            "-1.0e+999",
            "0o17",
            "0x1F",
            "190:20:30",
            ".inf",
            ".nan",
        )
    },
    "many directives": b"".join(b"%%TAG !a%d! x:\n" % n for n in range(300_000))
    + b"---\nuser: {}\n",
    "many wide directives": ("%TAG ! x:\r" * 200_000 + "---\nuser: {}\n").encode("utf-16"),
    "many directives at the end": b"user: {}\n...\n" + b"%YAML 1.1\n" * 300_000,
    "many anchors": b"user: [" + b",".join(b"&a%d 1" % n for n in range(300_000)) + b"]",
    "four bytes a character": "user: {name: x}".encode("utf-32"),
    "half of a character": "user: {name: x}".encode("utf-16")[:-1],
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
@pytest.mark.parametrize(
    ("path", "accept"), [("/users", "application/xml"), ("/users/search", "application/yaml")]
)
def test_a_body_that_means_harm_is_refused_in_the_form_that_was_asked_for(
    client: httpx2.Client, path: str, accept: str, kind: str, body: bytes
) -> None:
    headers = {"content-type": kind, "accept": accept}
    answer = client.post(path, content=body, headers=headers)
    assert answer.headers["content-type"] == accept
    assert_operation_result(answer, 400)


@pytest.mark.parametrize("body", [XML["a million elements"], XML["elements without bottom"]])
def test_reading_xml_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    begun = count()
    honest = xml_body._Builder.start

    def start(builder: Any, tag: str, attributes: Any) -> None:
        next(begun)
        honest(builder, tag, attributes)

    monkeypatch.setattr(xml_body._Builder, "start", start)
    with pytest.raises(MalformedBody):
        parse_xml(body, LIMITS)
    assert next(begun) <= LIMITS.values * xml_body.ELEMENTS_PER_VALUE + 1


@pytest.mark.parametrize("name", ["a million lists", "lists without bottom", "many directives"])
def test_reading_yaml_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    read = count()
    honest = yaml.parse

    def parse(*arguments: Any, **options: Any) -> Iterator[Any]:
        for event in honest(*arguments, **options):
            next(read)
            yield event

    monkeypatch.setattr(yaml, "parse", parse)
    with pytest.raises(MalformedBody):
        parse_yaml(YAML[name], LIMITS, lambda _: None)
    # A list and a mapping have an event for each of their ends.
    assert next(read) <= 2 * LIMITS.values * yaml_body.NODES_PER_VALUE
