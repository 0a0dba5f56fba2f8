"""From midPoint's JSON to documents. Everything that the schema does not know is refused by path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.errors import InvalidRequest, MalformedBody, NotFound, SchemaViolation, Unsupported
from gateway.http.numerals import natural
from gateway.model.documents import DEFAULT_RELATION
from gateway.model.paths import KNOWN_PREFIXES
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.model.values import bare_name, convert

if TYPE_CHECKING:
    from gateway.model.documents import Document, Json
    from gateway.model.schema import ComplexType, Item

REFERENCE_MEMBERS = frozenset(
    "oid type relation targetName description filter resolutionTime referentialIntegrity object".split()
)
POLYSTRING_MEMBERS = frozenset({"orig", "norm", "translation", "lang"})
#: Keys of protected values, which this version cannot keep safely.
SECRET_KEYS = frozenset({"clearValue", "encryptedData", "hashedData"})
MAX_ID = 2**53 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadObject:
    """An object as a client sent it."""

    type: str
    items: Document
    oid: str | None
    version: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Reads values by the schema; `zone` is that of dates without one."""

    zone: tzinfo = UTC
    #: The object that is read, where prefixes may be declared.
    root: Json = None

    def object(self, body: Json, roots: dict[str, str]) -> ReadObject:
        """The object under one of the root elements (element name to type)."""
        root, value = take_single_root(body)
        if root == "object" and isinstance(value, dict) and "@type" in value:
            type_name = read_type_name(value["@type"])
        elif root in roots:
            type_name = roots[root]
        else:
            raise MalformedBody(
                f"The root element '{root[:80]}' is not an object; one of {', '.join(roots)}."
            )
        return self.object_of(value, type_name)

    def object_of(self, value: Json, type_name: str) -> ReadObject:
        """The object with these members."""
        if not isinstance(value, dict):
            raise MalformedBody("The object must be a JSON object with its items as keys.")
        declared = SCHEMA.get(type_name)
        if declared is None or not declared.is_object or declared.abstract:
            raise SchemaViolation(f"'{type_name}' is not a type of object that can be stored.")
        _check_namespace_first(value)
        members = dict(value)
        oid, version = _text(members, "oid"), _text(members, "version")
        reader = replace(self, root=value)
        return ReadObject(
            type=type_name,
            items=reader.items(members, declared, ""),
            oid=read_oid(oid) if oid else None,
            version=version or None,
        )

    def items(self, members: Document, within: ComplexType, path: str) -> Document:
        """The items of an object or container value."""
        found: Document = {}
        for key, value in members.items():
            if key.startswith("@"):
                _infrastructure(key, value, within)
                continue
            item = within.offered.get(key) or _item(self._local_name(key), within, path)
            if item.removed:
                continue
            read = self.item(item, value, f"{path}/{item.name}" if path else item.name)
            if read is not None:
                found[item.name] = read
        return found

    def _local_name(self, key: str) -> str:
        """An item's name without namespace or prefix; the prefix must mean something."""
        prefix, colon, name = key.rpartition(":")
        if not colon or "/" in key or "#" in key:
            return _local(key)
        if prefix not in KNOWN_PREFIXES and prefix not in collect_prefixes(self.root):
            raise SchemaViolation(f"The prefix '{prefix[:80]}' of '{key[:80]}' is not declared.")
        return name

    def item(self, item: Item, value: Json, path: str) -> Json:
        """The canonical value of an item; None if it has none."""
        is_wrapped = isinstance(value, dict) and "@value" in value
        if not (item.many or is_wrapped or isinstance(value, list)):
            return self._value(item, value, path)
        values = [each for each in self.values(item, value, path) if each is not None]
        if item.many:
            return values or None
        if len(values) > 1:
            raise SchemaViolation(
                f"'{path}' holds one value, but {len(values)} were given.", path=path
            )
        return values[0] if values else None

    def values(self, item: Item, value: Json, path: str) -> list[Json]:
        """The canonical values, whether one was given bare or several as a list."""
        if isinstance(value, dict) and "@value" in value:
            value = _unwrap(value, path)
        is_one_structure = item.type == "any" and not item.many
        given = value if isinstance(value, list) and not is_one_structure else [value]
        if len(given) > 1 and not item.many:
            raise SchemaViolation(
                f"'{path}' holds one value, but {len(given)} were given.", path=path
            )
        read = [self._value(item, each, path) for each in given]
        if item.kind is Kind.PROPERTY and item.many and item.type != "any":
            return list(dict.fromkeys(_freeze(each) for each in read if each is not None))
        return read

    def _value(self, item: Item, value: Json, path: str) -> Json:
        if isinstance(value, dict):
            if "@incomplete" in value:
                return None
            if "@value" in value:
                value = _unwrap(value, path)
        if item.kind is Kind.CONTAINER:
            return self._container(item, value, path)
        if value is None:
            return None
        if item.kind is Kind.REFERENCE:
            return self._reference(item, value, path)
        return self._property(item, value, path)

    def _container(self, item: Item, value: Json, path: str) -> Json:
        if value is None or value == "":
            return {}
        if not isinstance(value, dict):
            raise SchemaViolation(f"'{path}' is a container: give it a JSON object.", path=path)
        _check_namespace_first(value)
        members = dict(value)
        within = SCHEMA[item.type]
        number = members.pop("@id", None)
        if number is None and "@id" in value:
            raise SchemaViolation(f"The @id of a value of '{path}' is null.", path=path)
        if number is None and item.many and "id" not in within.items:
            number = members.pop("id", None)
        read = self.items(members, within, path)
        return read if number is None else {"id": _container_id(number, path), **read}

    def _reference(self, item: Item, value: Json, path: str) -> Json:
        if not isinstance(value, dict):
            raise SchemaViolation(
                f'\'{path}\' is a reference: write {{"oid": ..., "type": ...}}.', path=path
            )
        unknown = [k for k in value if k not in REFERENCE_MEMBERS and not k.startswith("@")]
        if unknown:
            raise SchemaViolation(
                f"A reference has no '{unknown[0][:80]}' (in '{path}').", path=path
            )
        if "filter" in value:
            raise Unsupported(f"'{path}': references by filter are not supported yet; give an oid.")
        oid = value.get("oid")
        if not isinstance(oid, str) or not oid.strip() or len(oid) > 256:
            raise SchemaViolation(f"The reference '{path}' needs an oid.", path=path)
        reference: Document = {
            "oid": oid.strip(),
            "type": _target_type(item, value.get("type"), path),
            "relation": _read_relation(value.get("relation"), path),
        }
        if isinstance(value.get("description"), str):
            reference["description"] = value["description"]
        return reference

    def _property(self, item: Item, value: Json, path: str) -> Json:
        if item.type == "any":
            return _without_secrets(value, path)
        if item.type == "polystring" and isinstance(value, dict):
            return _read_polystring(value, path)
        if isinstance(value, dict | list):
            raise SchemaViolation(f"'{path}' holds a plain value, not a structure.", path=path)
        text = _scalar_text(whole(value) if item.type in ("int", "long") else value)
        if item.type == "enum" and not text.strip():
            return None
        try:
            return convert(item, text, self.zone)
        except ValueError as error:
            raise SchemaViolation(f"'{path}': {error}.", path=path) from error


def take_single_root(body: Json) -> tuple[str, Json]:
    """Name and value of the one root element, without namespace or prefix."""
    if not isinstance(body, dict):
        raise MalformedBody("The body must be a JSON object with one root element.")
    roots = [key for key in body if key not in ("@ns", "@context")]
    if len(roots) != 1:
        raise MalformedBody(f"The body must have one root element, but has {len(roots)}.")
    if "@ns" in body and next(iter(body)) != "@ns":
        raise MalformedBody("'@ns' must be the first key.")
    return _local(roots[0]), body[roots[0]]


def read_oid(text: str) -> str:
    """A UUID in lower case; anything else is the oid of no object."""
    try:
        if len(text) != 36:
            raise ValueError  # noqa: TRY301  UUID() reads more forms than an oid has
        return str(UUID(text))
    except ValueError as error:
        raise NotFound(
            f"There is no object with the oid '{text[:80]}': it is not a UUID."
        ) from error


def read_type_name(value: Json) -> str:
    """A type name without prefix or namespace; empty if it is no name."""
    if not isinstance(value, str):
        return ""
    try:
        return bare_name(value)
    except ValueError:
        return ""


def _local(name: str) -> str:
    return name.rsplit("#", 1)[-1].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def collect_prefixes(value: Json) -> set[str]:
    """Every prefix that an `@context` in the value declares."""
    if isinstance(value, list):
        return {prefix for each in value for prefix in collect_prefixes(each)}
    if not isinstance(value, dict):
        return set()
    context = value.get("@context")
    own = set(context) if isinstance(context, dict) else set()
    return own.union(*map(collect_prefixes, value.values()))


def _check_namespace_first(value: Document) -> None:
    if "@ns" in value and next(iter(value)) != "@ns":
        raise MalformedBody("'@ns' must be the first key of its object.")


def _item(name: str, within: ComplexType, path: str) -> Item:
    item = within.item(name) if name else None
    place = f" (in '{path}')" if path else ""
    if item is None:
        raise SchemaViolation(
            f"{within.name} has no item '{name[:80]}'{place}.",
            path=f"{path}/{name[:80]}",
            suggestion=within.nearest(name),
        )
    if item.refused:
        raise Unsupported(f"The item '{name}'{place} is not supported yet.")
    return item


def _infrastructure(key: str, value: Json, within: ComplexType) -> None:
    """Keys that begin with `@`: understood, checked, and not kept."""
    if key == "@type":
        if within.is_object and not SCHEMA.is_subtype(read_type_name(value), within.name):
            raise SchemaViolation(f"'@type' is {value!r:.80}, but {within.name} is meant.")
    elif key not in ("@ns", "@context", "@metadata", "@id"):
        raise SchemaViolation(f"'{key[:80]}' is not a known key.")


def _text(members: Document, key: str) -> str | None:
    value = whole(members.pop(key, None))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SchemaViolation(f"'{key}' must be a text.", path=key)
    return str(value).strip()


def _scalar_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def whole(value: Json) -> Json:
    """A number without a fraction as an integer: to JSON, `5.0` and `5` are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _unwrap(value: Document, path: str) -> Json:
    """The value beside its type and metadata; no item has a place there."""
    for key in value:
        if not key.startswith("@"):
            raise SchemaViolation(
                f"'{path}' has '@value', so '{key[:80]}' has no place in it.", path=path
            )
    return value["@value"]


def _container_id(value: Json, path: str) -> int:
    number = natural(_scalar_text(whole(value)), MAX_ID, least=1)
    if number is None:
        raise SchemaViolation(
            f"The id of a value of '{path}' must be a positive integer.", path=path
        )
    return number


def _read_polystring(value: Document, path: str) -> Json:
    unknown = [key for key in value if key not in POLYSTRING_MEMBERS and not key.startswith("@")]
    if unknown:
        raise SchemaViolation(f"A polystring has no '{unknown[0][:80]}' (in '{path}').", path=path)
    translated = "translation" in value or "lang" in value
    text = value.get("orig", "" if translated else None)
    if isinstance(text, dict | list) or text is None:
        raise SchemaViolation(f"'{path}' needs 'orig', its text.", path=path)
    if not translated:
        return _scalar_text(text)
    kept = {key: value[key] for key in ("translation", "lang") if key in value}
    return {"orig": _scalar_text(text), **kept}


def _target_type(item: Item, given: Json, path: str) -> str:
    if given is None:
        if item.target == "ObjectType":
            raise SchemaViolation(f"The reference '{path}' needs a type.", path=path)
        return item.target
    name = read_type_name(given)
    if not (SCHEMA.is_subtype(name, item.target) or name == item.target):
        raise SchemaViolation(
            f"'{path}' refers to {item.target}, not to {given!r:.80}.",
            path=path,
            suggestion=SCHEMA.nearest_type(name) if SCHEMA.get(name) is None else None,
        )
    return name


def _read_relation(given: Json, path: str) -> str:
    if given is None or given == "":
        return DEFAULT_RELATION
    if not isinstance(given, str):
        raise SchemaViolation(f"The relation of '{path}' must be a name.", path=path)
    try:
        return bare_name(given)
    except ValueError as error:
        raise SchemaViolation(f"The relation of '{path}': {error}.", path=path) from error


def _without_secrets(value: Json, path: str) -> Json:
    stack: list[Any] = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            if not SECRET_KEYS.isdisjoint(each):
                raise Unsupported(f"'{path}' holds a protected value; these are not supported yet.")
            stack += each.values()
        elif isinstance(each, list):
            stack += each
    return value


def _freeze(value: Json) -> Json:
    if isinstance(value, dict):
        raise InvalidRequest("Translated values of multi-valued items are not supported yet.")
    return value
