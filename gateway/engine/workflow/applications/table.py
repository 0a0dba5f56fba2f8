"""All methods that need nothing but values, by application and name: one row a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications import data, evaluation, texts, times
from gateway.engine.workflow.applications.parameters import parameter
from gateway.engine.workflow.applications.row import MethodRow
from gateway.engine.workflow.javascript.texts import length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENGINE = "WorkFlowEngine"


def _row(
    name: str, parameters: str, output: str, work: Callable[..., Any], doc: str, sets: str = ""
) -> MethodRow:
    return MethodRow(
        app=ENGINE,
        name=name,
        parameters=tuple(parameter(each) for each in parameters.split(", ")),
        outputs=(output,),
        work=work,
        doc=doc,
        sets=sets or None,
    )


def _one(name: str, work: Callable[[Any], Any]) -> Callable[..., Any]:
    """Work on a single input."""
    return lambda inputs, task: work(inputs[name])  # noqa: ARG005


_ROWS = (
    _row(
        "query",
        "pass_on_null?:boolean, query:text, obj?",
        "return_data",
        data.query,
        "Takes a value out of an object by its path.",
    ),
    _row(
        "modify",
        "object_to_update, query:text, new_value",
        "updated_object",
        data.modify,
        "Replaces what a path leads to.",
    ),
    _row(
        "evaluation",
        "all_true_flag?, evaluation_groups?, options?",
        "return_value",
        evaluation.evaluate,
        "Compares values; what does not hold is a failure.",
    ),
    _row(
        "decision",
        "decisionArray:list",
        "return_value",
        evaluation.decide,
        "Chooses the next step by comparing values.",
    ),
    _row(
        "newVariable",
        "name:text, value",
        "value",
        data.new_variable,
        "Sets a variable of the job.",
        sets="name",
    ),
    _row("merge", "data_to_merge:list", "merged_object", data.merge, "Puts values together."),
    _row(
        "deepmerge",
        "data_to_merge:list",
        "merged_object",
        data.merge_deeply,
        "Puts objects together at every depth.",
    ),
    _row(
        "push",
        "job_variable:text, item_to_push",
        "job_variable_value",
        data.push,
        "Adds to a variable of the job.",
        sets="job_variable",
    ),
    _row(
        "pop",
        "job_variable:text",
        "popped_item",
        data.taking("popped_item", is_last=True),
        "Takes the last element off a variable of the job.",
        sets="job_variable",
    ),
    _row(
        "shift",
        "job_variable:text",
        "shifted_item",
        data.taking("shifted_item", is_last=False),
        "Takes the first element off a variable of the job.",
        sets="job_variable",
    ),
    _row("delay", "time:number", "time_in_milliseconds", data.delay, "Waits some seconds."),
    _row(
        "updateJobDescription",
        "description",
        "description",
        data.describe,
        "Sets the description of the job.",
    ),
    _row(
        "stub",
        "type:text, delay?:number, response?",
        "response",
        data.stub,
        "Ends as it is told.",
    ),
    _row(
        "makeData",
        "input, outputType:text, variables?:object",
        "output",
        data.make_data,
        "Puts values into a text and makes data of it.",
    ),
    _row(
        "setObjectKey",
        "obj:object, path:list, value",
        "object",
        data.set_object_key,
        "Adds a value to an object.",
    ),
    _row("stringConcat", "str:text, stringN", "combinedStrings", texts.concat, "Appends texts."),
    _row(
        "replace",
        "str:text, substr:text, newSubstr:text",
        "replacedString",
        texts.replace_text,
        "Replaces a part of a text.",
    ),
    _row(
        "split",
        "str:text, separator:text, limit?:number",
        "splitArray",
        texts.split_text,
        "Cuts a text into a list.",
    ),
    _row(
        "substring",
        "str:text, indexStart:number, indexEnd?:number",
        "substring",
        texts.part_of_text,
        "Takes a part of a text.",
    ),
    _row("toLowerCase", "str:text", "lowercaseString", _one("str", str.lower), "Writes it small."),
    _row("toUpperCase", "str:text", "uppercaseString", _one("str", str.upper), "Writes it large."),
    _row("stringLength", "str:text", "length", _one("str", length), "Counts a text."),
    _row("parse", "text:text", "textObject", texts.parse, "Reads a JSON text."),
    _row(
        "objectToString",
        "value, replacer?:written list, space?",
        "stringified",
        texts.write_object,
        "Writes a value as JSON.",
    ),
    _row(
        "numberToString",
        "num:number, radix?:number",
        "numToString",
        texts.write_number,
        "Writes a number in a base.",
    ),
    _row("arrayLength", "arr:list", "length", _one("arr", len), "Counts a list."),
    _row(
        "arrayPush",
        "arr:list, elementN",
        "pushedArray",
        lambda inputs, task: [*inputs["arr"], inputs["elementN"]],  # noqa: ARG005
        "Adds to the end of a list.",
    ),
    _row(
        "unshift",
        "arr:list, elementN",
        "unshiftedArray",
        lambda inputs, task: [inputs["elementN"], *inputs["arr"]],  # noqa: ARG005
        "Adds to the start of a list.",
    ),
    _row(
        "arrayConcat",
        "arr:list, arrayN:list",
        "combinedArray",
        lambda inputs, task: [*inputs["arr"], *inputs["arrayN"]],  # noqa: ARG005
        "Puts two lists together.",
    ),
    _row(
        "arrayToString",
        "arr:list",
        "arrayString",
        lambda inputs, task: task.call.text(inputs["arr"]),
        "Writes a list with commas.",
    ),
    _row(
        "arrayIncludes",
        "arr:list, searchElement, fromIndex?:number",
        "result",
        texts.includes,
        "Tells whether a list has an element.",
    ),
    _row(
        "arrayIndexOf",
        "arr:list, searchElement, fromIndex?:number",
        "index",
        texts.find,
        "Tells where a list has an element.",
    ),
    _row(
        "join",
        "arr:list, separator?:separator",
        "joinedElements",
        texts.join_list,
        "Makes a text of a list.",
    ),
    _row(
        "slice",
        "arr:list, begin?:number, end?:number",
        "slicedArray",
        texts.cut_list,
        "Takes a part of a list.",
    ),
    _row(
        "getTime",
        "timezone?:text, offsetDuration?:duration, format?:text",
        "time",
        times.now,
        "Tells the time.",
    ),
    _row(
        "convertTimeFormat",
        "inputTime:object, newFormatString:text",
        "convertedTime",
        times.in_format,
        "Writes a moment in another format.",
    ),
    _row(
        "calculateTimeDiff",
        "firstTime:object, secondTime:object",
        "timeDiff",
        times.difference,
        "Tells how far apart two moments are.",
    ),
    _row(
        "addDuration",
        "inputTime:object, offsetDuration:duration",
        "newTime",
        times.later,
        "Adds a duration to a moment.",
    ),
    _row(
        "convertTimezone",
        "inputTime:object, NewTimezone:text",
        "convertedTime",
        times.in_zone,
        "Shifts a moment to a zone.",
    ),
    _row(
        "convertTimeToEpoch",
        "inputTime:object, EpochFormat:text",
        "epochTime",
        times.since_epoch,
        "Counts from 1970 to a moment.",
    ),
)
#: By application and name.
ROWS: Mapping[tuple[str, str], MethodRow] = {(row.app, row.name): row for row in _ROWS}
