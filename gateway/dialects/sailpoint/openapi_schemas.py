"""The bodies of the SailPoint document: what clients read and send."""

from __future__ import annotations

from typing import Any

from gateway.dialects.sailpoint.handlers import MOST_IDENTITIES
from gateway.dialects.sailpoint.patch import COMPLETED, MOST, SETTING, SPELLINGS, STATUS
from gateway.dialects.sailpoint.statuses import STATUSES

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


_MESSAGE = _object(
    {
        "type": {"enum": ["INFO", "WARN", "ERROR"]},
        "localizedText": _object({"locale": TEXT, "message": TEXT}),
        "key": TEXT,
        "parameters": _list(TEXT),
    }
)
_TARGET = _object({"id": TEXT, "type": {"enum": ["APPLICATION", "IDENTITY", None]}, "name": TEXT})
_DEFINITION = _object(
    {
        "id": TEXT,
        "uniqueName": TEXT,
        "description": TEXT,
        "parentName": TEXT,
        "executor": _or_null(TEXT),
        "arguments": {"type": "object"},
    }
)
_TASK_STATUS = _object(
    {
        "id": TEXT,
        "type": {"enum": ["QUARTZ", "QPOC", "QUEUED_TASK"]},
        "uniqueName": TEXT,
        "description": TEXT,
        "parentName": _or_null(TEXT),
        "launcher": TEXT,
        "target": _or_null(_TARGET),
        "created": MOMENT,
        "modified": MOMENT,
        "launched": _or_null(MOMENT),
        "completed": _or_null(MOMENT),
        "completionStatus": {"enum": [*STATUSES, None]},
        "messages": _list(_MESSAGE),
        "returns": _list(_object({"name": TEXT, "attributeName": TEXT})),
        "attributes": {"type": "object"},
        "progress": _or_null(TEXT),
        "percentComplete": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 100},
        "taskDefinitionSummary": _DEFINITION,
    },
    "target",
    "taskDefinitionSummary",
)
_ERROR = _object(
    {
        "detailCode": TEXT,
        "trackingId": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "messages": _list(
            _object(
                {"locale": TEXT, "localeOrigin": {"enum": ["DEFAULT", "REQUEST"]}, "text": TEXT}
            )
        ),
        "causes": {"type": "array"},
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
