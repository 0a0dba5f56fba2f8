"""For the fuzzer: its bodies in XML and YAML, too, and answers in these forms held against their schemas.

Bodies are made as values of JSON and written by others' writers. YAML says all that JSON says. XML knows
neither lists nor types of values, so that what is wrong in JSON may be right in it: a wrong body in XML is
held against the statuses and the answers that the document names, and may be accepted.
"""

from __future__ import annotations

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import schemathesis
import yaml
from defusedxml.ElementTree import fromstring
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.generation.meta import TestPhase

from tests.writing import COMMON, as_xml, as_yaml, fits_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemathesis import Case, SerializationContext
    from schemathesis.core.deserialization import DeserializationContext
    from schemathesis.core.transport import Response

JSON, XML, YAML = "application/json", "application/xml", "application/yaml"
XML_MEDIA_TYPES = (XML, "text/xml")
FORMS = (JSON, XML, YAML)
#: Answers whose body leads to the next call of a chain: only JSON's is looked into.
LISTS = ("list", "search")
#: How many bodies were written, and how many answers read, in each of the other forms.
COUNTED: Counter[str] = Counter()


@atexit.register
def _tell() -> None:
    text = json.dumps(COUNTED)
    Path(os.environ["TASKGATE_TEST_FORMS"]).write_text(text, encoding="utf-8")


class _Typed(yaml.CSafeLoader):
    """Reads tags as the types that JSON has, and texts that look like dates as texts."""


def _structure(loader: _Typed, suffix: str, node: yaml.MappingNode) -> dict[Any, Any]:
    namespace, _, name = f"http{suffix}".rpartition("/")
    declared = f"c:{name}" if namespace == COMMON else f"{namespace}#{name}"
    return {"@type": declared, **loader.construct_mapping(node, deep=True)}


_Typed.add_multi_constructor("http", _structure)
_Typed.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def read_yaml(context: DeserializationContext, response: Response) -> Any:
    """The members as JSON has them."""
    COUNTED["read yaml"] += 1
    return yaml.load(response.content, Loader=_Typed)


@schemathesis.deserializer(*XML_MEDIA_TYPES)
def read_xml(context: DeserializationContext, response: Response) -> Any:
    """The root by its local name; what is no XML is an error."""
    COUNTED["read xml"] += 1
    return {fromstring(response.content).tag.rpartition("}")[2]: {}}


@schemathesis.serializer(*YAML_MEDIA_TYPES)
def write_yaml(context: SerializationContext, value: Any) -> bytes:
    """As YAML."""
    COUNTED["written yaml"] += 1
    return as_yaml(value)


@schemathesis.serializer(*XML_MEDIA_TYPES)
def write_xml(context: SerializationContext, value: Any) -> bytes:
    """As XML."""
    COUNTED["written xml"] += 1
    return as_xml(value)


def is_served(document: Mapping[str, Any]) -> bool:
    """Whether the API speaks more than JSON."""
    return "midPoint" in document["info"]["title"]


def describe(document: dict[str, Any]) -> None:
    """Leave bodies to `vary`, and give answers in other forms the schemas that JSON's have."""
    schemas = document["components"]["schemas"]
    for content in _contents(document):
        described = content.get(JSON)
        if described is None:
            continue
        if YAML in content:
            content[YAML] = described
        if XML in content:
            name = described["schema"]["$ref"].rpartition("/")[2]
            needed = [each for each in schemas[name]["required"] if each != "@ns"]
            content[XML] = {"schema": {"type": "object", "required": needed}}


def _contents(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The bodies of all answers."""
    yield from (each.get("content", {}) for each in document["components"]["responses"].values())
    for entry in document["paths"].values():
        for operation in entry.values():
            if isinstance(operation, dict):
                for response in operation["responses"].values():
                    yield response.get("content", {})


def vary(case: Case[Any]) -> None:
    """Ask for the answer in one of the forms and send the body in one; the same ones for the same case."""
    number = crc32(repr((case.operation.label, case.query, case.body)).encode())
    phase = case.meta.phase.name if case.meta is not None else None
    definition: Any = case.operation.definition.raw
    is_followed = phase is TestPhase.STATEFUL and definition["operationId"].startswith(LISTS)
    case.headers["Accept"] = JSON if is_followed else FORMS[number % 3]
    if case.media_type == JSON and isinstance(case.body, dict | list):
        case.media_type = _form_of_body(case, FORMS[number // 3 % 3])


def _form_of_body(case: Case[Any], wanted: str) -> str:
    meta = case.meta
    if wanted != XML:
        return wanted
    if not isinstance(case.body, dict) or len(case.body) != 1 or not fits_xml(case.body):
        return JSON
    if meta is not None and meta.generation.mode.is_negative:
        if meta.phase.name is not TestPhase.FUZZING:
            return JSON
        # Whether it must be refused is not known any more.
        case._meta = None
    return XML
