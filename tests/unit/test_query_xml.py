"""What counts in XML that is compared, and what of it is never read."""

from __future__ import annotations

import pytest

from gateway.query.canonical_xml import UnsafeXml, canonical_xml, read_xml


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a b='1' c='2'/>", '<a  c = "2" b="1"></a>'),
        ("<a>\n  <b>x</b>\n</a>", "<a><b> x </b></a>"),
        ("<a><!-- said --></a>", "<a/>"),
        ("<?xml version='1.0' encoding='UTF-16'?><a>é</a>", "<a>&#233;</a>"),
        ("<a>&lt;</a>", "<a><![CDATA[<]]></a>"),
        ("<p:a xmlns:p='urn:x'><p:b/></p:a>", "<a xmlns='urn:x'><b/></a>"),
    ],
)
def test_spellings_of_one_document_are_one_text(one: str, other: str) -> None:
    assert canonical_xml(one) == canonical_xml(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a>x</a>", "<a>X</a>"),
        ("<a>x y</a>", "<a>xy</a>"),
        ("<a><b/><c/></a>", "<a><c/><b/></a>"),
        ("<a xmlns='urn:x'/>", "<a/>"),
        ("<a b='1'/>", "<a b=' 1'/>"),
    ],
)
def test_documents_that_differ_stay_different(one: str, other: str) -> None:
    assert canonical_xml(one) != canonical_xml(other)


@pytest.mark.parametrize("text", ["", "no", "<a>", "<a/><b/>", "<a>\x01</a>", "<a b=c/>"])
def test_what_is_no_xml_stays_as_it_is(text: str) -> None:
    assert read_xml(text) is None
    assert canonical_xml(text) == text


UNSAFE = {
    "a document type": "<!DOCTYPE a><a/>",
    "an entity": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "a file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "depth": "<a>" * 101 + "</a>" * 101,
    "namespaces": "<a " + " ".join(f"xmlns:n{number}='n'" for number in range(101)) + "/>",
}


@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE.keys())
def test_what_is_dangerous_to_read_is_refused_and_compared_as_a_text(text: str) -> None:
    with pytest.raises(UnsafeXml):
        read_xml(text)
    assert canonical_xml(text) == text
