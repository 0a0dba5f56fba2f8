"""Objects that tasks and clients touch beside identities: stored, validated, found, shown in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.dialects.midpoint.wire.names import COLLECTIONS
from tests.meaning import meaning
from tests.serving import COLLECTIONS as IDENTITIES
from tests.serving import assert_operation_result, unique

if TYPE_CHECKING:
    import httpx2

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
XML = {"content-type": "application/xml"}
OTHERS = {name: root for name, (_, root) in COLLECTIONS.items() if name not in IDENTITIES}
#: What is special to a type, as its files have it.
CONTENT = {
    "resources": """
        <connectorConfiguration xmlns:icfc="http://midpoint.evolveum.com/xml/ns/public/connector/icf-1/connector-schema-3">
            <icfc:configurationProperties><port>1389</port></icfc:configurationProperties>
        </connectorConfiguration>
        <schemaHandling>
            <objectType><kind>account</kind><!-- the only kind --><default>true</default></objectType>
        </schemaHandling>""",
    "shadows": """
        <kind>account</kind>
        <objectClass xmlns:x="http://midpoint.evolveum.com/xml/ns/public/resource/instance-3">x:AccountObjectClass</objectClass>
        <attributes xmlns:y="http://midpoint.evolveum.com/xml/ns/public/resource/instance-3"><y:uid>7</y:uid></attributes>""",
    "lookupTables": """
        <row id="1"><key>sk</key><label>Slovak</label></row>
        <row id="2"><key>cs</key><label>Czech</label></row>""",
    "objectCollections": """
        <type xmlns:d="http://midpoint.evolveum.com/xml/ns/public/common/common-3">d:UserType</type>
        <filter xmlns:f="http://prism.evolveum.com/xml/ns/public/query-3">
            <f:equal><f:path>d:name</f:path><f:value>jack</f:value></f:equal>
        </filter>""",
    "valuePolicies": """
        <stringPolicy>
            <limitations>
                <minLength>5</minLength>
                <limit><minOccurs>1</minOccurs><characterClass><value>0123456789</value></characterClass></limit>
            </limitations>
        </stringPolicy>""",
    "systemConfigurations": """
        <globalSecurityPolicyRef oid="00000000-0000-0000-0000-000000000120"/>
        <logging><rootLoggerLevel>INFO</rootLoggerLevel></logging>""",
    "objectTemplates": """
        <mapping><strength>strong</strength><expression><script><code>a &lt; b</code></script></expression></mapping>""",
    "functionLibraries": "<function><name>twice</name></function>",
    "messageTemplates": "<defaultContent><subjectExpression/></defaultContent>",
    "securityPolicies": "<credentials><password><historyLength>3</historyLength></password></credentials>",
}


def body(collection: str, name: str, content: str) -> bytes:
    root = OTHERS[collection]
    return f'<{root} xmlns="{COMMON}"><name>{name}</name>{content}</{root}>'.encode()


@pytest.mark.parametrize("collection", OTHERS)
def test_an_object_of_every_collection_lives_its_life_in_xml(
    client: httpx2.Client, collection: str
) -> None:
    name = unique(collection)
    content = CONTENT.get(collection, "<description>of its own</description>")
    made = client.post(f"/{collection}", content=body(collection, name, content), headers=XML)
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    forms = [
        client.get(where, headers={"accept": f"application/{kind}"})
        for kind in ("json", "xml", "yaml")
    ]
    assert meaning(forms[0]) == meaning(forms[1]) == meaning(forms[2])
    assert forms[0].json()[OTHERS[collection]]["name"] == name
    query = f'<query><filter><text>name = "{name}"</text></filter></query>'.encode()
    found = client.post(f"/{collection}/search", content=query, headers=XML)
    assert len(found.json()["object"]["object"]) == 1
    change = (
        b'<objectModification xmlns:t="http://prism.evolveum.com/xml/ns/public/types-3"><itemDelta>'
        b"<t:modificationType>replace</t:modificationType><t:path>description</t:path>"
        b"<t:value>changed</t:value></itemDelta></objectModification>"
    )
    assert client.patch(where, content=change, headers=XML).status_code == 204
    assert client.get(where).json()[OTHERS[collection]]["description"] == "changed"
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404


@pytest.mark.parametrize("collection", OTHERS)
def test_an_element_that_the_schema_does_not_have_is_refused_by_name(
    client: httpx2.Client, collection: str
) -> None:
    answer = client.post(
        f"/{collection}",
        content=body(collection, "x", "<descripton>typo</descripton>"),
        headers=XML,
    )
    message = assert_operation_result(answer, 400)["message"]
    assert "descripton" in message
    assert "description" in message


def test_a_name_in_xml_is_resolved_by_its_declaration(client: httpx2.Client) -> None:
    given = body(
        "objectCollections",
        unique("names"),
        CONTENT["objectCollections"].replace("d:UserType", " d:UserType "),
    )
    given = given.replace(b"d:name", b"name")
    where = client.post("/objectCollections", content=given, headers=XML).headers["location"]
    found = client.get(where).json()["objectCollection"]
    assert found["type"] == "c:UserType"
    assert found["filter"] == {"equal": {"path": "name", "value": "jack"}}


def test_a_prefix_that_nobody_declared_is_refused(client: httpx2.Client) -> None:
    answer = client.post("/forms", content=b"<z:form><name>x</name></z:form>", headers=XML)
    assert "prefix" in assert_operation_result(answer, 400)["message"]


def test_an_element_of_another_namespace_is_refused(client: httpx2.Client) -> None:
    content = '<x:description xmlns:x="http://example.com/x">x</x:description>'
    answer = client.post("/forms", content=body("forms", "x", content), headers=XML)
    assert "http://example.com/x" in assert_operation_result(answer, 400)["message"]
