"""From midPoint's JSON to XML: objects by the schema, everything else by what it is.

Bare names are in the common namespace, which is the default one; `DECLARATIONS` stand at the root,
so that no prefix has to be made up. See `xml_open` for the content that the schema leaves open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.names import COMMON, NAMESPACES
from gateway.dialects.midpoint.wire.xml_names import element_name, type_attributes
from gateway.dialects.midpoint.wire.xml_open import ELEMENT, INCOMPLETE, MEMBER, is_scalar_type
from gateway.dialects.midpoint.wire.xml_text import write_attribute, write_text
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.model.documents import Document, Json
    from gateway.model.schema import Item

DECLARATIONS = f' xmlns="{COMMON}"' + "".join(
    f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMESPACES.items()
)
#: Types whose items are in another namespace.
TYPE_PREFIX = {"QueryType": "q:", "PagingType": "q:", "ShadowAttributesType": "ri:"}
#: The same for what open items hold.
INNER_PREFIX = {"filter": "q:", "itemDelta": "t:", "value": ""}
#: Members of references that are attributes.
ATTRIBUTES = ("oid", "relation", "type")


def write_object_tail(type_name: str, members: Document) -> str:
    """An object from behind the name of its element up to its end tag: attributes, `>`, elements."""
    rest = dict(members)
    out = [write_attribute(name, rest.pop(name)) for name in ("oid", "version") if name in rest]
    out.append(">")
    _write_items(out, type_name, rest)
    return "".join(out)


def open_element(tag: str, value: Json, attributes: str = "") -> str:
    """An element whose content the schema does not describe."""
    out: list[str] = []
    _open_one(out, tag, attributes, value, "")
    return "".join(out)


def _write_items(out: list[str], type_name: str, members: Document) -> None:
    declared, prefix = SCHEMA[type_name].items, TYPE_PREFIX.get(type_name, "")
    for name, value in members.items():
        item = declared.get(name)
        if item is None or item.type == "any":
            _open(out, name, value, prefix, "")
        elif isinstance(value, list):
            for each in value:
                _write_value(out, f"{prefix}{name}", each, item)
        else:
            _write_value(out, f"{prefix}{name}", value, item)


def _write_value(out: list[str], tag: str, value: Json, item: Item) -> None:
    if not isinstance(value, dict):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        out.append(f"<{tag}>{write_text(text)}</{tag}>")
    elif value == INCOMPLETE:
        out.append(f'<{tag} incomplete="true"/>')
    elif item.kind is Kind.REFERENCE:
        _open_one(out, tag, "", value, "")
    elif item.kind is Kind.CONTAINER:
        rest = {name: inner for name, inner in value.items() if name != "@id"}
        number = write_attribute("id", str(value["@id"])) if "@id" in value else ""
        out.append(f"<{tag}{number}>")
        _write_items(out, item.type, rest)
        out.append(f"</{tag}>")
    else:
        # A translated polystring; its members are in the namespace of types.
        _open_one(out, tag, "", value, "t:")


# ---- content that the schema leaves open ----------------------------------------------------------


def _open(out: list[str], key: str, value: Json, prefix: str, below: str) -> None:
    """The elements of a value; a bare key gets the prefix, and those inside the one for below."""
    name, namespace = element_name(key)
    tag = name if ":" in name else f"{prefix}{name}"
    declared = write_attribute("xmlns:gen", namespace) if namespace else ""
    inner = INNER_PREFIX.get(key, below)
    if isinstance(value, list) and _is_repeated(value):
        for each in value:
            _open_one(out, tag, declared, each, inner)
    else:
        _open_one(out, tag, declared, value, inner)


def _is_repeated(values: list[Json]) -> bool:
    """Whether repeated elements say that this is a list, and all that is in it."""
    return len(values) > 1 and not any(isinstance(each, list) for each in values)


def _open_one(out: list[str], tag: str, declared: str, value: Json, prefix: str) -> None:
    if value == INCOMPLETE:
        out.append(f'<{tag}{declared} incomplete="true"/>')
    elif isinstance(value, dict):
        _write_structure(out, tag, declared, value, prefix)
    elif isinstance(value, list):
        out.append(f'<{tag}{declared} list="true">')
        for each in value:
            _write_member(out, each, prefix)
        out.append(f"</{tag}>")
    else:
        out.append(f"<{tag}{declared}{_write_scalar(value)}</{tag}>")


def _write_member(out: list[str], value: Json, prefix: str) -> None:
    """A value of a list, as an element of its own name if it has one."""
    name = value.get(ELEMENT) if isinstance(value, dict) else None
    if isinstance(name, str) and name != MEMBER and name == element_name(name)[0]:
        rest = {key: inner for key, inner in value.items() if key != ELEMENT}
        _open_one(out, name, "", rest, prefix)
    else:
        _open_one(out, MEMBER, ' xmlns=""', value, prefix)


def _write_scalar(value: Json) -> str:
    """The end of the opening tag, and the text; types go without saying for most texts only."""
    if isinstance(value, str):
        return f"{'' if value.strip() else _declare_type('string')}>{write_text(value)}"
    if value is None:
        return ' xsi:nil="true">'
    if isinstance(value, bool):
        return f"{_declare_type('boolean')}>{str(value).lower()}"
    if isinstance(value, float):
        return f"{_declare_type('double')}>{value!r}"
    return f"{_declare_type('int' if -(2**31) <= value < 2**31 else 'long')}>{value}"


def _declare_type(name: str) -> str:
    return f' xsi:type="xsd:{name}"'


def _write_structure(out: list[str], tag: str, declared: str, value: Document, prefix: str) -> None:
    attributes, members = _split(value)
    text = members.get("@value")
    if attributes and len(members) == 1 and isinstance(text, str) and text.strip():
        out.append(f"<{tag}{declared}{attributes}>{write_text(text)}</{tag}>")
        return
    out.append(f"<{tag}{declared}{attributes}>")
    for key, inner in members.items():
        _open(out, key, inner, prefix, prefix)
    out.append(f"</{tag}>")


def _split(value: Document) -> tuple[str, Document]:
    """What is written as attributes, and the other members."""
    members, written = dict(value), ""
    declared = members.get("@type")
    if isinstance(declared, str) and not is_scalar_type(declared):
        found = type_attributes(declared)
        if found is not None:
            del members["@type"]
            written += found
    number = members.get("@id")
    if type(number) is int and 0 < number < 10**16 and "id" not in members:
        written += write_attribute("id", str(members.pop("@id")))
    if isinstance(members.get("oid"), str):
        for name in ATTRIBUTES:
            if isinstance(members.get(name), str):
                written += write_attribute(name, members.pop(name))
    return written, members
