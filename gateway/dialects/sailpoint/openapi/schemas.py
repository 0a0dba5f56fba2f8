"""The bodies of the SailPoint document: what clients read and send."""

from __future__ import annotations

from typing import Any

from gateway.dialects.sailpoint.handlers import MOST_IDENTITIES
from gateway.dialects.sailpoint.statuses import STATUSES
from gateway.dialects.sailpoint.wire.patch import COMPLETED, MOST, SETTING, SPELLINGS, STATUS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Schema], *optional: str, is_open: bool = False) -> Schema:
    required = [name for name in properties if name not in optional]
    found: Schema = {"type": "object", "required": required, "properties": properties}
    return found if is_open else found | {"additionalProperties": False}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _told(schema: Schema, description: str, example: Any) -> Schema:
    return schema | {"description": description, "example": example}


_MESSAGE = _object(
    {
        "type": _told({"enum": ["INFO", "WARN", "ERROR"]}, "How bad it is.", "INFO"),
        "localizedText": _object(
            {
                "locale": _told(TEXT, "The language of the text.", "en-US"),
                "message": _told(TEXT, "What happened, in a sentence.", "2 of 2 items failed."),
            }
        ),
        "key": _told(TEXT, "What said it: the run, or the kind of an activity.", "run"),
        "parameters": _told(_list(TEXT), "Nothing: the text is complete.", []),
    }
)
_TARGET = _object(
    {
        "id": _told(TEXT, "Id of the object.", "c6dc37bf508149b28ce5b7d90ca4bbf9"),
        "type": _told(
            {"enum": ["APPLICATION", "IDENTITY", None]},
            "A resource, a user, or anything else.",
            "APPLICATION",
        ),
        "name": _told(TEXT, "Its name; its id if it is not there.", "Active Directory [source]"),
    }
)
_DEFINITION = _object(
    {
        "id": _told(TEXT, "Id of the archetype.", "2c91808475b4334b0175e1dff64b63c5"),
        "uniqueName": _told(TEXT, "Its name.", "Recomputation task"),
        "description": _told(TEXT, "Its description; empty if it has none.", "Recomputes users."),
        "parentName": _told(TEXT, "Its name again.", "Recomputation task"),
        "executor": _told(_or_null(TEXT), "The kind of work.", "recomputation"),
        "arguments": _told({"type": "object"}, "Nothing: a definition may hold secrets.", {}),
    }
)
_RETURN = _object(
    {
        "name": _told(TEXT, "What the attribute is called.", "Objects processed"),
        "attributeName": _told(TEXT, "Which of the attributes it is.", "processed"),
    }
)
_MOMENTS = "2020-07-11T21:23:15.000Z"
_TASK_STATUS = _object(
    {
        "id": _told(TEXT, "Id of the task; it stays what it is over all runs.", "id12345"),
        "type": _told(
            {"enum": ["QUARTZ", "QPOC", "QUEUED_TASK"]},
            "By a schedule, in buckets, or once.",
            "QUARTZ",
        ),
        "uniqueName": _told(TEXT, "Name of the task.", "Big Task"),
        "description": _told(TEXT, "What it is for; may be empty.", "A Really Big Task"),
        "parentName": _told(_or_null(TEXT), "Name of the task that it is part of.", "Parent Task"),
        "launcher": _told(TEXT, "Name of the user with whose rights it works.", "sweep"),
        "target": _told(_or_null(_TARGET), "The object that it works on.", None),
        "created": _told(MOMENT, "When the task was made.", _MOMENTS),
        "modified": _told(
            MOMENT, "When it was changed, started, ended or cleared the last time.", _MOMENTS
        ),
        "launched": _told(
            _or_null(MOMENT), "When its run started; null before the first.", _MOMENTS
        ),
        "completed": _told(_or_null(MOMENT), "When its run was over; null until then.", _MOMENTS),
        "completionStatus": _told(
            {"enum": [*STATUSES, None]}, "What its run came to; null until it is over.", "SUCCESS"
        ),
        "messages": _told(_list(_MESSAGE), "What its run has to say, the newest first.", []),
        "returns": _told(_list(_RETURN), "Which attributes are counters.", []),
        "attributes": _told(
            {"type": "object"}, "Counters and states of its run.", {"processed": 10}
        ),
        "progress": _told(_or_null(TEXT), "How far it is, in words.", "Started"),
        "percentComplete": _told(
            {"type": "integer", "format": "int32", "minimum": 0, "maximum": 100},
            "How far it is; 100 only if all of it is done.",
            100,
        ),
        "taskDefinitionSummary": _DEFINITION | {"description": "What kind of task it is."},
    },
    "target",
    "taskDefinitionSummary",
) | {"description": "A task and its current or last run."}
_SENTENCE = _object(
    {
        "locale": _told(TEXT, "The language of the text; und for the caller's.", "en-US"),
        "localeOrigin": _told({"enum": ["DEFAULT", "REQUEST"]}, "Who chose it.", "DEFAULT"),
        "text": _told(TEXT, "A sentence.", "limit must be an integer from 0 to 250."),
    }
)
_ERROR = _object(
    {
        "detailCode": _told(TEXT, "What kind of error it is.", "400.1 Bad Request Content"),
        "trackingId": _told(
            {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "Id of the request, which the log names, too.",
            "e7eab60924f64aa284175b9fa3309599",
        ),
        "messages": _told(_list(_SENTENCE), "What is wrong.", []),
        "causes": _told(_list(_SENTENCE), "Why, where a message of the vendor's does not say.", []),
    }
)


def _any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word)


def _operation(ops: tuple[str, ...], path: str, value: Schema) -> Schema:
    properties: dict[str, Schema] = {
        "op": {"enum": list(ops)},
        "path": {"const": path},
        "value": value,
    }
    return _object(properties, is_open=True)


def _patch() -> Schema:
    words = "|".join(_any_case(word) for word in SPELLINGS)
    status: Schema = {"type": "string", "pattern": f"^({words})$"}
    kinds = [
        _operation(ops, path, value)
        for path, set_to in ((STATUS, status), (COMPLETED, MOMENT))
        for ops, value in ((SETTING, set_to), (("test",), _or_null(set_to)))
    ]
    return {"type": "array", "maxItems": MOST, "items": {"anyOf": kinds}}


_TOKEN_TEXTS = "access_token tenant_id pod org user_name jti scope accessType".split()
_TOKEN_FLAGS = "internal strong_auth strong_auth_supported enabled".split()

SCHEMAS: dict[str, Schema] = {
    "TaskStatus": _TASK_STATUS,
    "TaskStatusList": _list({"$ref": "#/components/schemas/TaskStatus"}),
    "ErrorResponseDto": _ERROR,
    "OneError": _object({"error": TEXT}),
    "RateError": _object({"message": TEXT}),
    "JsonPatch": _patch(),
    "ProcessIdentitiesRequest": _object(
        {"identityIds": _list(TEXT) | {"minItems": 1, "maxItems": MOST_IDENTITIES}}, is_open=True
    ),
    "TaskResultResponse": _object(
        {"type": {"const": "TASK_RESULT"}, "id": TEXT, "name": {"type": "null"}}
    ),
    "TokenRequest": _object(
        {
            "grant_type": {"enum": ["client_credentials", "CLIENT_CREDENTIALS"]},
            "client_id": TEXT,
            "client_secret": TEXT,
        },
        is_open=True,
    ),
    "Token": _object(
        {
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer"},
            "user_id": _or_null(TEXT),
            "identity_id": _or_null(TEXT),
            **dict.fromkeys(_TOKEN_TEXTS, TEXT),
            **{name: {"type": "boolean"} for name in _TOKEN_FLAGS},
        }
    ),
    "OAuthError": _object({"error": TEXT, "error_description": TEXT}),
    "OAuthInfo": _object(
        {
            **dict.fromkeys("tenantId tenantName tokenEndpoint cloudDomainUrl pod".split(), TEXT),
            **{name: _or_null(TEXT) for name in ("authorizeEndpoint", "logoutUrl")},
        }
    ),
}
