"""Objects in files: XML, JSON or YAML, one object or many below `objects`. Knows no connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.forms import BY_NAME
from gateway.dialects.midpoint.wire.names import COLLECTION_OF, ROOT_OF
from gateway.dialects.midpoint.wire.read import Reader, read_type_name, take_single_root
from gateway.dialects.midpoint.wire.xml_read import read_objects
from gateway.engine.objects.defaults import check_name
from gateway.errors import MalformedBody
from gateway.http.xml_body import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Document, Json

#: Ending of a file's name to the form of what is in it.
FORM_OF = {".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
ROOTS = {root: type_name for type_name, root in ROOT_OF.items()}
ROOT = "objects"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileObject:
    """One object of a file: where it belongs, and the body that creates it, as JSON has it."""

    collection: str
    name: str
    body: Document


def read_bodies(content: bytes, form: str, limits: BodyLimits) -> Iterator[Json]:
    """The body of each object of a file, as JSON has it; `MalformedBody` if the file cannot be read.

    Args:
        content: what is in the file.
        form: `xml`, `json` or `yaml`.
        limits: how large and how deep it may be.
    """
    if form == "xml":
        yield from read_objects(parse_xml(content, limits))
    else:
        yield from _list_bodies(BY_NAME[form].read(content, limits, "ObjectType"))


def _list_bodies(value: Json) -> Iterator[Json]:
    """The bodies in a value: one, a list of bodies, or those below the root `objects`."""
    if isinstance(value, list):
        yield from value
        return
    if not isinstance(value, dict) or ROOT not in map(read_type_name, value):
        yield value
        return
    _, content = take_single_root(value)
    if not isinstance(content, dict | list):
        raise MalformedBody(f"'{ROOT}' must hold objects under their root elements.")
    yield from content if isinstance(content, list) else _read_members(content)


def _read_members(content: Document) -> Iterator[Json]:
    """Each value of each root element; those of `object` say their types themselves."""
    for key, values in content.items():
        if not key.startswith("@"):
            for each in values if isinstance(values, list) else [values]:
                yield {key: each}


def read_file_object(body: Json) -> FileObject:
    """Where an object belongs; `InvalidRequest` names what the schema does not allow."""
    read = Reader().object(body, ROOTS)
    if read.type not in COLLECTION_OF:
        raise MalformedBody(f"Objects of type {read.type} are not served.")
    _, content = take_single_root(body)
    return FileObject(
        collection=COLLECTION_OF[read.type],
        name=check_name(read.items),
        body={ROOT_OF[read.type]: content},
    )
