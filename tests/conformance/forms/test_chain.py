"""What is read in one form and written in another is the same (midpoint-rest 3, 4.9)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import orjson
import pytest
import yaml
from defusedxml.ElementTree import fromstring

from gateway.dialects.midpoint.wire.forms import BY_NAME
from gateway.model.documents import same
from tests.conformance.forms.chain import LIMITS, ROOTS, check, generated, read, written
from tests.conformance.forms.generating import KEYS, NUMBERS, TEXTS, Maker
from tests.serving import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

OBJECT_SAMPLES = sorted(
    path
    for path in (ROOT / "samples").rglob("*.json")
    if next(iter(orjson.loads(path.read_bytes()))) in ROOTS
)
OBJECTS = 300
VALUES = 300
FORMS = sorted(BY_NAME)


class Tagless(yaml.SafeLoader):
    """Reads values as if they had no types."""


Tagless.add_multi_constructor(
    "http", lambda loader, _, node: loader.construct_mapping(node, deep=True)
)


def test_generated_objects_are_the_same_in_all_forms() -> None:
    for number in range(OBJECTS):
        check(generated(f"short/{number}"))


@pytest.mark.parametrize("form", FORMS)
def test_generated_structures_are_the_same_in_every_form(form: str) -> None:
    maker = Maker(random.Random(form))
    for _ in range(VALUES):
        value = {"content": maker.anything(0)}
        body = BY_NAME[form].structure({"@type": "c:OperationResultType", "within": value})
        assert same(
            BY_NAME[form].read(body, LIMITS, "ObjectType")["object"]["within"]["content"],
            value["content"],
        )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", [*TEXTS, *NUMBERS, *({key: "x"} for key in KEYS if key != "@type")]
)
def test_a_value_that_hurts_is_the_same_in_every_form(form: str, value: Any) -> None:
    body = BY_NAME[form].structure({"@type": "c:OperationResultType", "within": {"content": value}})
    assert same(
        BY_NAME[form].read(body, LIMITS, "ObjectType")["object"]["within"]["content"], value
    )


@pytest.mark.parametrize("prefix", ["c:", "s:", ""])
def test_the_prefix_of_an_element_of_the_schema_goes_without_saying(prefix: str) -> None:
    value = [{"@element": f"{prefix}search", "type": "UserType"}]
    body = BY_NAME["xml"].structure(
        {"@type": "c:OperationResultType", "within": {"content": value}}
    )
    assert f"<{prefix}search>" in body.decode()
    [found] = BY_NAME["xml"].read(body, LIMITS, "ObjectType")["object"]["within"]["content"]
    assert found == {"@element": "search", "type": "UserType"}


@pytest.mark.parametrize("path", OBJECT_SAMPLES, ids=lambda path: path.name)
def test_samples_of_objects_are_the_same_in_all_forms(path: Path) -> None:
    check(read(path.read_bytes(), "json"))


def test_other_readers_of_xml_and_yaml_read_them_too() -> None:
    for number in range(50):
        thing = generated(f"others/{number}")
        fromstring(written(thing, "xml"))
        found = yaml.load(written(thing, "yaml"), Loader=Tagless)
        assert isinstance(found, dict)
