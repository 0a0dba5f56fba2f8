"""Loaded by the fuzzer: what a schema cannot say about formats and about values beside each other.

Must not import the gateway; see `words`.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.generation.meta import TestPhase

from tests.contract import forms

if TYPE_CHECKING:
    from schemathesis import Case, HookContext

WORDS: dict[str, list[str]] = json.loads(
    Path(os.environ["TASKGATE_TEST_WORDS"]).read_text(encoding="utf-8")
)
PATCHABLE = ("/completionStatus", "/completed")
SAMPLE_FILTER = "assignment matches"


def _filters(conditions: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(conditions),
        lambda inner: st.one_of(
            st.builds("{} and {}".format, inner, inner),
            st.builds("({}) or {}".format, inner, inner),
            inner.map("not ({})".format),
        ),
        max_leaves=4,
    )


for name, texts in WORDS.items():
    if texts:
        is_filter = name.startswith(("mql-", "sailpoint-filters-"))
        sampled = _filters(texts) if is_filter else st.sampled_from(texts)
        schemathesis.openapi.format(name, sampled)

# Dates at the very ends of the calendar leave it when they are moved to UTC.
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  the zone follows
        lambda moment: f"{moment.isoformat()}Z"
    ),
)


@schemathesis.hook
def map_case(context: HookContext, case: Case[Any]) -> Case[Any]:
    """Values that are valid by themselves and not beside each other are made to fit.

    Two changes of the same item may contradict each other: one of them is kept. The sample's filter
    is one over users, so no other type stays beside it.
    """
    body: Any = case.body
    if case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL:
        _fit_policies(body)
    if forms.is_served(case.operation.schema.raw_schema):
        forms.vary(case)
    if case.operation.label.startswith("PATCH ") and "task-status" in case.operation.path:
        case.body = _fit_patch(body)
        return case
    _fit_type(body)
    change: Any = body.get("objectModification") if isinstance(body, dict) else None
    deltas: Any = change.get("itemDelta") if isinstance(change, dict) else None
    if isinstance(deltas, list):
        kept = {_path(delta): delta for delta in deltas}
        change["itemDelta"] = list(kept.values())
    return case


def _fit_policies(body: Any) -> None:
    """In a chain of calls, a policy that there is not would look like an object that is lost."""
    wanted = body.get("policyItemsDefinition") if isinstance(body, dict) else None
    items = wanted.get("policyItemDefinition") if isinstance(wanted, dict) else None
    for each in items if isinstance(items, list) else [items]:
        if isinstance(each, dict):
            each.pop("valuePolicyRef", None)


def _fit_patch(body: Any) -> Any:
    """Valid operations after each other: no test of what cannot be known, no end without a status.

    What is set in place of a test is what was tested, so that a wrong operation stays wrong.
    """
    if not isinstance(body, list) or not all(map(_is_operation, body)):
        return body
    made = [
        each | {"op": "replace"} if each["op"] == "test" else each
        for each in body
        if (each["op"], each["value"]) != ("test", None) or each["path"] not in PATCHABLE
    ]
    if made and all(each["path"] == "/completed" for each in made):
        made.insert(0, {"op": "add", "path": "/completionStatus", "value": "ERROR"})
    return made


def _is_operation(value: Any) -> bool:
    """Whether that is an operation, valid or nearly so."""
    return isinstance(value, dict) and {"op", "path", "value"} <= value.keys()


def _fit_type(value: Any) -> None:
    stack: list[Any] = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            if SAMPLE_FILTER in json.dumps(each.get("query")) and _is_type(each.get("type")):
                each["type"] = "UserType"
            stack += each.values()
        elif isinstance(each, list):
            stack += each


def _is_type(value: Any) -> bool:
    """Whether that may be valid for the type of a set of objects; wrong values stay as they are."""
    if isinstance(value, list):
        return len(value) <= 1 and all(map(_is_type, value))
    return value is None or (isinstance(value, str) and value.endswith("Type"))


def _path(delta: Any) -> str:
    path = delta.get("path") if isinstance(delta, dict) else None
    return path if isinstance(path, str) else repr(delta)


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Bodies are made in JSON, whose schema there is; `forms` writes some of them otherwise."""
    for entry in raw_schema["paths"].values():
        for operation in entry.values():
            body = operation.get("requestBody") if isinstance(operation, dict) else None
            content = body.get("content", {}) if isinstance(body, dict) else {}
            for other in [name for name, described in content.items() if not described]:
                del content[other]
    if forms.is_served(raw_schema):
        forms.describe(raw_schema)
        for name in os.environ.get("TASKGATE_TEST_PLAIN", "").split():
            _plain(raw_schema["components"]["schemas"][name])


def _plain(deltas: dict[str, Any]) -> None:
    """Leave out the changes whose values are containers; these are tried as parts of whole objects."""
    deltas["anyOf"] = [
        each
        for each in deltas["anyOf"]
        if not re.search(r"(?<!Activation)Type\.Input", json.dumps(each["properties"]["value"]))
    ]
