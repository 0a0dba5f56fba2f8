"""A document as a transformation, or the flaws that keep it from being run."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.transformations.circles import find_circle
from gateway.engine.workflow.transformations.links import (
    Malformed,
    ToArgument,
    ToContext,
    ToOutput,
    read_branches,
    read_link,
)
from gateway.engine.workflow.transformations.methods import CHOICES, METHODS
from gateway.engine.workflow.transformations.model import (
    CONTEXT,
    DECLARATION,
    FUNCTION,
    METHOD,
    TEMPLATE,
    Branch,
    FromInput,
    FromStep,
    Function,
    Link,
    Transformation,
    TransformationInput,
    TransformationStep,
)
from gateway.model.workflow import Flaw

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Steps and links, and functions, of one document, and functions inside one another.
MAX_STEPS, MAX_FUNCTIONS, DEEPEST = 20_000, 2_000, 16
_CONTEXTS = frozenset({"Conditional.if...else", "Conditional.switch"})
_TEMPLATE = "String.templateLiteral"
#: A name is written with a sign before the dollar where a database holds the document.
_ID_KEYS = ("$id", "°$id")


@dataclass(frozen=True, slots=True)
class TransformationReading:
    """What a document says, unless it has flaws."""

    transformation: Transformation | None
    flaws: tuple[Flaw, ...]


def read_transformation(document: Any) -> TransformationReading:
    """The transformation of a document that was parsed from JSON; flaws name their place."""
    reader = _Reader()
    body = reader.function(document, "", (), 0)
    if reader.flaws:
        return TransformationReading(None, tuple(reader.flaws))
    identity = document.get("_id") if isinstance(document.get("_id"), str) else ""
    return TransformationReading(
        Transformation(id=identity, name=str(document.get("name", "")), body=body), ()
    )


class _Reader:
    """Reads functions and notes flaws; `known` are the functions that may be called from outside."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self._steps = 0
        self._functions = 0

    def flaw(self, keyword: str, place: str, message: str) -> None:
        """Note one."""
        self.flaws.append(Flaw(keyword=keyword, place=place, message=message))

    def function(self, document: Any, place: str, known: tuple[str, ...], depth: int) -> Function:
        """A function with all that is inside of it; the document itself is one, too."""
        if not isinstance(document, dict):
            self.flaw("type", place, "A transformation or function must be an object.")
            document = {}
        inner = self._inner(document, place, known, depth)
        names = (*known, *inner)
        body = _Body(self, place, frozenset(names))
        written = [
            (each, f"{place}/steps/{index}")
            for index, each in enumerate(self.list_of(document, "steps", place))
        ]
        self._steps += len(written)
        if self._steps > MAX_STEPS:
            self.flaw("maximum", f"{place}/steps", f"A document has at most {MAX_STEPS} steps.")
            written = []
        body.read(written)
        inputs = self._schemas(document, "incoming", place)
        outputs = self._schemas(document, "outgoing", place)
        body.check(frozenset(inputs), frozenset(outputs))
        return Function(
            id=str(document.get("id", "")),
            inputs=tuple(_input(name, schema, body.links) for name, schema in inputs.items()),
            outputs=outputs,
            steps=body.steps,
            results=body.results,
            functions=inner,
        )

    def _inner(
        self, document: dict[str, Any], place: str, known: tuple[str, ...], depth: int
    ) -> dict[str, Function]:
        written = self.list_of(document, "functions", place)
        self._functions += len(written)
        if depth >= DEEPEST or self._functions > MAX_FUNCTIONS:
            if written:
                message = f"A document has at most {MAX_FUNCTIONS} functions, {DEEPEST} deep."
                self.flaw("maximum", f"{place}/functions", message)
            return {}
        names = tuple(str(each.get("id")) for each in written if isinstance(each, dict))
        found: dict[str, Function] = {}
        for index, each in enumerate(written):
            inner = self.function(each, f"{place}/functions/{index}", (*known, *names), depth + 1)
            if inner.id in found:
                message = f"A function with the id '{inner.id}' is there already."
                self.flaw("uniqueItems", f"{place}/functions/{index}", message)
            found[inner.id] = inner
        return found

    def _schemas(self, document: dict[str, Any], key: str, place: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for index, schema in enumerate(self.list_of(document, key, place)):
            where = f"{place}/{key}/{index}"
            name = _name(schema)
            if name is None:
                self.flaw("required", where, f"Each of '{key}' needs its name as '$id'.")
            elif name in found:
                self.flaw("uniqueItems", where, f"'{name}' is there already in '{key}'.")
            else:
                found[name] = schema
        return found

    def list_of(self, document: dict[str, Any], key: str, place: str) -> list[Any]:
        """A list inside the document; nothing is an empty one, but not for steps."""
        value = document.get(key, [] if key == "functions" else None)
        if isinstance(value, list):
            return value
        self.flaw("type", f"{place}/{key}", f"'{key}' must be a list.")
        return []


def _name(schema: Any) -> str | None:
    if not isinstance(schema, dict):
        return None
    names = (schema[key] for key in _ID_KEYS if isinstance(schema.get(key), str))
    return next(names, None)


def _input(name: str, schema: Mapping[str, Any], links: list[Link]) -> TransformationInput:
    """An incoming value; one that is an object of further arguments knows which they are."""
    if not schema.get("isContext"):
        return TransformationInput(name=name, schema=schema)
    properties = schema.get("properties")
    keys = list(properties) if isinstance(properties, dict) else []
    for link in links:
        if isinstance(link.source, FromInput) and link.source.name == name:
            keys += link.source.pointer[:1]
    numbered = [(key, key.split("_", 1)[0]) for key in dict.fromkeys(keys)]
    further = tuple(
        (key, int(number))
        for key, number in numbered
        if number.isascii() and number.isdigit() and len(number) < 4
    )
    is_indexed = bool(schema.get("isIndexed"))
    return TransformationInput(
        name=name, schema=schema, is_context=True, further=further if is_indexed else ()
    )


class _Body:
    """The steps and links of one function."""

    def __init__(self, reader: _Reader, place: str, functions: frozenset[str]) -> None:
        self._reader = reader
        self._place = place
        self._functions = functions
        self._places: dict[int, str] = {}
        self._arguments: dict[int, dict[int, list[Link]]] = defaultdict(lambda: defaultdict(list))
        self._outputs: dict[str, list[Link]] = defaultdict(list)
        #: Each link, its place and what it goes to.
        self._targets: list[tuple[Link, str, ToOutput | ToArgument | ToContext]] = []
        self.steps: dict[int, TransformationStep] = {}
        self.links: list[Link] = []
        self.results: dict[str, tuple[Link, ...]] = {}

    def read(self, written: list[tuple[Any, str]]) -> None:
        """All steps, and the links where they go."""
        for document, place in written:
            try:
                self._read(document, place)
            except Malformed as fault:
                self._reader.flaw("type", place, str(fault))
        for key, positions in self._arguments.items():
            if key in self.steps:
                links = {position: tuple(links) for position, links in positions.items()}
                self.steps[key] = replace(self.steps[key], links=links)
        self.results = {
            name: tuple(sorted(links, key=lambda link: len(link.pointer) > 0))
            for name, links in self._outputs.items()
        }

    def _read(self, document: Any, place: str) -> None:
        if not isinstance(document, dict):
            raise Malformed("A step must be an object.")
        if document.get("type") == "assign":
            self._link(document, place)
        else:
            self._step(document, place)

    def _link(self, document: dict[str, Any], place: str) -> None:
        link, target = read_link(document)
        self.links.append(link)
        self._targets.append((link, place, target))
        if isinstance(target, ToOutput):
            self._outputs[target.name].append(link)
        elif isinstance(target, ToArgument):
            self._arguments[target.step][target.position].append(link)

    def _step(self, document: dict[str, Any], place: str) -> None:
        key = document.get("id")
        if not isinstance(key, int) or isinstance(key, bool):
            raise Malformed("A step needs an 'id', a number.")
        if key in self.steps:
            self._reader.flaw("uniqueItems", place, f"A step with the id {key} is there already.")
            return
        written = document.get("args", [])
        if not isinstance(written, list):
            raise Malformed(f"The 'args' of step {key} must be a list.")
        kind = document.get("type")
        name = _read_name(document)
        self._places[key] = place
        overload, cases = document.get("polymorphIndex"), document.get("return")
        self.steps[key] = TransformationStep(
            id=key,
            kind=str(kind),
            name=name,
            arguments=tuple(written),
            branches=read_branches(document.get("context")),
            overload=overload if isinstance(overload, int) else None,
            cases=tuple(cases) if isinstance(cases, list) else (),
            template=str(document.get("template", "")),
        )

    def check(self, inputs: frozenset[str], outputs: frozenset[str]) -> None:
        """Note links and calls that lead nowhere."""
        for link, place, target in self._targets:
            self._check_source(link, place, inputs)
            self._check_target(target, place, outputs)
            self._check_branches(link.branches, place)
        for key, step in self.steps.items():
            self._check_branches(step.branches, self._places[key])
            if message := _flaw_of(step, self._functions):
                self._reader.flaw("enum", self._places[key], message)
        if circle := find_circle(self.steps):
            ids = ", ".join(map(str, circle))
            message = f"The steps {ids} need one another in a circle."
            self._reader.flaw("circle", self._places[circle[0]], message)

    def _check_source(self, link: Link, place: str, inputs: frozenset[str]) -> None:
        source = link.source
        if isinstance(source, FromInput) and source.name not in inputs:
            message = f"The link comes from '{source.name}', which is not declared in 'incoming'."
            self._reader.flaw("reference", place, message)
        elif isinstance(source, FromStep) and source.step not in self.steps:
            message = f"The link comes from step {source.step}, which is not there."
            self._reader.flaw("reference", place, message)

    def _check_target(
        self, target: ToOutput | ToArgument | ToContext, place: str, outputs: frozenset[str]
    ) -> None:
        if isinstance(target, ToOutput):
            if target.name not in outputs:
                message = f"The link goes to '{target.name}', which is not declared in 'outgoing'."
                self._reader.flaw("reference", place, message)
        elif target.step not in self.steps:
            message = f"The link goes to step {target.step}, which is not there."
            self._reader.flaw("reference", place, message)

    def _check_branches(self, branches: tuple[Branch, ...], place: str) -> None:
        for branch in branches:
            step = self.steps.get(branch.step)
            if step is None or step.kind != CONTEXT:
                message = f"The context names step {branch.step}, which does not branch."
                self._reader.flaw("reference", place, message)


def _read_name(document: dict[str, Any]) -> str:
    if document.get("type") == FUNCTION:
        return str(document.get("function"))
    return f"{document.get('library')}.{document.get('method')}"


def _flaw_of(step: TransformationStep, functions: frozenset[str]) -> str:
    """Why a step cannot be done, or nothing."""
    if step.kind == FUNCTION:
        return _missing(step.id, step.name, functions)
    known: Mapping[str, frozenset[str]] = {
        METHOD: frozenset((*METHODS, *CHOICES)),
        DECLARATION: frozenset((*METHODS, *CHOICES)),
        TEMPLATE: frozenset({_TEMPLATE}),
        CONTEXT: _CONTEXTS,
    }
    if step.kind not in known:
        return f"Step {step.id} is of the type '{step.kind}', which is not known."
    if step.name not in known[step.kind]:
        near = difflib.get_close_matches(step.name, sorted(known[step.kind]), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        return f"Step {step.id} calls '{step.name}', which is not known{hint}"
    return _callback_flaw(step, functions)


def _callback_flaw(step: TransformationStep, functions: frozenset[str]) -> str:
    row = METHODS.get(step.name)
    if row is None or not row.calls_back:
        return ""
    if not step.is_given(1) and "callback?" in row.kinds:
        return ""
    name = step.arguments[1] if len(step.arguments) > 1 and 1 not in step.links else None
    if not isinstance(name, str):
        return f"Step {step.id} ({step.name}) needs the id of a function, written as argument 2."
    return _missing(step.id, name, functions)


def _missing(step: int, name: str, functions: frozenset[str]) -> str:
    return (
        "" if name in functions else f"Step {step} calls the function '{name}', which is not there."
    )
