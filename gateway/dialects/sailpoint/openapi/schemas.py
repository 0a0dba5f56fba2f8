"""The bodies of the SailPoint document: what clients read and send."""

from __future__ import annotations

from typing import Any

from gateway.dialects.sailpoint.handlers import MAX_IDENTITIES
from gateway.dialects.sailpoint.statuses import STATUSES
from gateway.dialects.sailpoint.wire.patch import (
    COMPLETED,
    MAX_OPERATIONS,
    SETTING,
    SPELLINGS,
    STATUS,
)

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def _allow_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _build_object(properties: dict[str, Schema], *optional: str, is_open: bool = False) -> Schema:
    required = [name for name in properties if name not in optional]
    found: Schema = {"type": "object", "required": required, "properties": properties}
    return found if is_open else found | {"additionalProperties": False}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _describe_schema(schema: Schema, description: str, example: Any) -> Schema:
    return schema | {"description": description, "example": example}


_MESSAGE = _build_object(
    {
        "type": _describe_schema({"enum": ["INFO", "WARN", "ERROR"]}, "How bad it is.", "INFO"),
        "localizedText": _build_object(
            {
                "locale": _describe_schema(TEXT, "The language of the text.", "en-US"),
                "message": _describe_schema(
                    TEXT, "What happened, in a sentence.", "2 of 2 items failed."
                ),
            }
        ),
        "key": _describe_schema(TEXT, "What said it: the run, or the kind of an activity.", "run"),
        "parameters": _describe_schema(_list(TEXT), "Nothing: the text is complete.", []),
    }
)
_TARGET = _build_object(
    {
        "id": _describe_schema(TEXT, "Id of the object.", "c6dc37bf508149b28ce5b7d90ca4bbf9"),
        "type": _describe_schema(
            {"enum": ["APPLICATION", "IDENTITY", None]},
            "A resource, a user, or anything else.",
            "APPLICATION",
        ),
        "name": _describe_schema(
            TEXT, "Its name; its id if it is not there.", "Active Directory [source]"
        ),
    }
)
_DEFINITION = _build_object(
    {
        "id": _describe_schema(TEXT, "Id of the archetype.", "2c91808475b4334b0175e1dff64b63c5"),
        "uniqueName": _describe_schema(TEXT, "Its name.", "Recomputation task"),
        "description": _describe_schema(
            TEXT, "Its description; empty if it has none.", "Recomputes users."
        ),
        "parentName": _describe_schema(TEXT, "Its name again.", "Recomputation task"),
        "executor": _describe_schema(_allow_null(TEXT), "The kind of work.", "recomputation"),
        "arguments": _describe_schema(
            {"type": "object"}, "Nothing: a definition may hold secrets.", {}
        ),
    }
)
_RETURN = _build_object(
    {
        "name": _describe_schema(TEXT, "What the attribute is called.", "Objects processed"),
        "attributeName": _describe_schema(TEXT, "Which of the attributes it is.", "processed"),
    }
)
_MOMENTS = "2020-07-11T21:23:15.000Z"
_TASK_STATUS = _build_object(
    {
        "id": _describe_schema(
            TEXT, "Id of the task; it stays what it is over all runs.", "id12345"
        ),
        "type": _describe_schema(
            {"enum": ["QUARTZ", "QPOC", "QUEUED_TASK"]},
            "By a schedule, in buckets, or once.",
            "QUARTZ",
        ),
        "uniqueName": _describe_schema(TEXT, "Name of the task.", "Big Task"),
        "description": _describe_schema(TEXT, "What it is for; may be empty.", "A Really Big Task"),
        "parentName": _describe_schema(
            _allow_null(TEXT), "Name of the task that it is part of.", "Parent Task"
        ),
        "launcher": _describe_schema(TEXT, "Name of the user with whose rights it works.", "sweep"),
        "target": _describe_schema(_allow_null(_TARGET), "The object that it works on.", None),
        "created": _describe_schema(MOMENT, "When the task was made.", _MOMENTS),
        "modified": _describe_schema(
            MOMENT, "When it was changed, started, ended or cleared the last time.", _MOMENTS
        ),
        "launched": _describe_schema(
            _allow_null(MOMENT), "When its run started; null before the first.", _MOMENTS
        ),
        "completed": _describe_schema(
            _allow_null(MOMENT), "When its run was over; null until then.", _MOMENTS
        ),
        "completionStatus": _describe_schema(
            {"enum": [*STATUSES, None]}, "What its run came to; null until it is over.", "SUCCESS"
        ),
        "messages": _describe_schema(
            _list(_MESSAGE), "What its run has to say, the newest first.", []
        ),
        "returns": _describe_schema(_list(_RETURN), "Which attributes are counters.", []),
        "attributes": _describe_schema(
            {"type": "object"}, "Counters and states of its run.", {"processed": 10}
        ),
        "progress": _describe_schema(_allow_null(TEXT), "How far it is, in words.", "Started"),
        "percentComplete": _describe_schema(
            {"type": "integer", "format": "int32", "minimum": 0, "maximum": 100},
            "How far it is; 100 only if all of it is done.",
            100,
        ),
        "taskDefinitionSummary": _DEFINITION | {"description": "What kind of task it is."},
    },
    "target",
    "taskDefinitionSummary",
) | {"description": "A task and its current or last run."}
_SENTENCE = _build_object(
    {
        "locale": _describe_schema(
            TEXT, "The language of the text; und for the caller's.", "en-US"
        ),
        "localeOrigin": _describe_schema(
            {"enum": ["DEFAULT", "REQUEST"]}, "Who chose it.", "DEFAULT"
        ),
        "text": _describe_schema(TEXT, "A sentence.", "limit must be an integer from 0 to 250."),
    }
)
_ERROR = _build_object(
    {
        "detailCode": _describe_schema(
            TEXT, "What kind of error it is.", "400.1 Bad Request Content"
        ),
        "trackingId": _describe_schema(
            {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "Id of the request, which the log names, too.",
            "e7eab60924f64aa284175b9fa3309599",
        ),
        "messages": _describe_schema(_list(_SENTENCE), "What is wrong.", []),
        "causes": _describe_schema(
            _list(_SENTENCE), "Why, where a message of the vendor's does not say.", []
        ),
    }
)


def _any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word)


def _build_operation(ops: tuple[str, ...], path: str, value: Schema) -> Schema:
    properties: dict[str, Schema] = {
        "op": {"enum": list(ops)},
        "path": {"const": path},
        "value": value,
    }
    return _build_object(properties, is_open=True)


def _patch() -> Schema:
    words = "|".join(_any_case(word) for word in SPELLINGS)
    status: Schema = {"type": "string", "pattern": f"^({words})$"}
    kinds = [
        _build_operation(ops, path, value)
        for path, set_to in ((STATUS, status), (COMPLETED, MOMENT))
        for ops, value in ((SETTING, set_to), (("test",), _allow_null(set_to)))
    ]
    return {"type": "array", "maxItems": MAX_OPERATIONS, "items": {"anyOf": kinds}}


_TOKEN_TEXTS = "access_token tenant_id pod org user_name jti scope accessType".split()
_TOKEN_FLAGS = "internal strong_auth strong_auth_supported enabled".split()

SCHEMAS: dict[str, Schema] = {
    "TaskStatus": _TASK_STATUS,
    "TaskStatusList": _list({"$ref": "#/components/schemas/TaskStatus"}),
    "ErrorResponseDto": _ERROR,
    "OneError": _build_object({"error": TEXT}),
    "RateError": _build_object({"message": TEXT}),
    "JsonPatch": _patch(),
    "ProcessIdentitiesRequest": _build_object(
        {"identityIds": _list(TEXT) | {"minItems": 1, "maxItems": MAX_IDENTITIES}}, is_open=True
    ),
    "TaskResultResponse": _build_object(
        {"type": {"const": "TASK_RESULT"}, "id": TEXT, "name": {"type": "null"}}
    ),
    "TokenRequest": _build_object(
        {
            "grant_type": {"enum": ["client_credentials", "CLIENT_CREDENTIALS"]},
            "client_id": TEXT,
            "client_secret": TEXT,
        },
        is_open=True,
    ),
    "Token": _build_object(
        {
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer"},
            "user_id": _allow_null(TEXT),
            "identity_id": _allow_null(TEXT),
            **dict.fromkeys(_TOKEN_TEXTS, TEXT),
            **{name: {"type": "boolean"} for name in _TOKEN_FLAGS},
        }
    ),
    "OAuthError": _build_object({"error": TEXT, "error_description": TEXT}),
    "OAuthInfo": _build_object(
        {
            **dict.fromkeys("tenantId tenantName tokenEndpoint cloudDomainUrl pod".split(), TEXT),
            **{name: _allow_null(TEXT) for name in ("authorizeEndpoint", "logoutUrl")},
        }
    ),
}
