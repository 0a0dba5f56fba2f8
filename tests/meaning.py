"""What bodies mean, whatever their form: read by others' readers, never by our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from defusedxml.ElementTree import fromstring

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import httpx2

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


class _Tagged(yaml.SafeLoader):
    """Reads types as the members that JSON has for them."""


_Tagged.add_multi_constructor(
    "http", lambda loader, _, node: loader.construct_mapping(node, deep=True)
)
_Tagged.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


def meaning(answer: httpx2.Response) -> Any:
    """The body without what only its form needs: texts, structures, and lists of two or more."""
    kind = answer.headers["content-type"]
    if kind.endswith("xml"):
        root = fromstring(answer.content)
        return {_local(root.tag): of_xml(root)}
    found = (
        yaml.load(answer.content, Loader=_Tagged)
        if kind.endswith(("yaml", "yml"))
        else answer.json()
    )
    return of_value(found)


def of_value(value: Any) -> Any:
    """A value of JSON or YAML."""
    if isinstance(value, dict):
        if "@incomplete" in value:
            return "incomplete"
        kept = {
            k.removeprefix("@"): of_value(v) for k, v in value.items() if k not in ("@ns", "@type")
        }
        return kept or ""
    if isinstance(value, list):
        found = [of_value(each) for each in value]
        return found[0] if len(found) == 1 else found
    return str(value).lower() if isinstance(value, bool) else str(value)


def of_xml(element: Element) -> Any:
    """An element's content by local names."""
    if element.get("incomplete") == "true":
        return "incomplete"
    found = {name: [text] for name, text in element.items() if not name.startswith(XSI)}
    for child in element:
        found.setdefault(_local(child.tag), []).append(of_xml(child))
    if not found:
        return element.text or ""
    return {name: each if len(each) > 1 else each[0] for name, each in found.items()}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
