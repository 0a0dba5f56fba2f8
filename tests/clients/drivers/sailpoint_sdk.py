"""SailPoint's Python SDK: its task management, given a version; `v1` is the SDK since 2.0."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.clients.drivers.conversation import converse

VERSION = sys.argv[1]
# The SDKs before 2.0 make a thousand models while they are read; none of it is garbage.
gc.disable()
ENDING = "_v1" if VERSION == "v1" else ""
sdk = importlib.import_module(
    "sailpoint.task_management" if VERSION == "v1" else f"sailpoint.{VERSION}"
)
identities = importlib.import_module("sailpoint.identities") if VERSION == "v1" else sdk
configuration = importlib.import_module("sailpoint.configuration")
paginator = importlib.import_module("sailpoint.paginator")
gc.enable()


@dataclass
class Connection:
    """The API object that calls go to, and what makes others; `connect` replaces both."""

    api: Any = None
    make: Any = None


connection = Connection()


def connect(
    login: dict[str, str],
    headers: dict[str, str] | None = None,
    *,
    experimental: bool = False,
    by_environment: bool = False,
) -> bool:
    """Log in as the SDK's users do; whether there is a token to go on with."""
    configured = _from_environment(login) if by_environment else _from_parameters(login)
    configured.experimental = experimental
    connection.make = partial(_api, configured, headers or {})
    connection.api = connection.make(sdk, "TaskManagementApi")
    return configured.access_token is not None


def _from_parameters(login: dict[str, str]) -> Any:
    params = configuration.ConfigurationParams()
    for name, value in login.items():
        setattr(params, name, value)
    return configuration.Configuration(params)


def _from_environment(login: dict[str, str]) -> Any:
    os.environ |= {f"SAIL_{name.upper()}": value for name, value in login.items()}
    return configuration.Configuration()


def _api(configured: Any, headers: dict[str, str], package: Any, name: str) -> Any:
    client = package.ApiClient(configured)
    for header, value in headers.items():
        client.set_default_header(header, value)
    return getattr(package, name)(client)


def call(operation: str, **arguments: Any) -> dict[str, Any]:
    """One operation: status, headers and body as they came, the model, and what was warned of."""
    if "json_patch_operation" in arguments:
        arguments["json_patch_operation"] = [
            sdk.JsonPatchOperation.from_dict(each) for each in arguments["json_patch_operation"]
        ]
    method = getattr(connection.api, f"{operation}{ENDING}_with_http_info")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            answer = method(**arguments)
        except sdk.ApiException as refused:
            return {
                "raised": type(refused).__name__,
                "status": refused.status,
                "headers": dict(refused.headers),
                "body": refused.body,
            }
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "body": answer.raw_data.decode(),
        "models": models(answer.data),
        "warnings": [str(each.message) for each in heard],
    }


def process(oids: list[str]) -> Any:
    """Have identities processed; the id of the task that does it."""
    request = identities.ProcessIdentitiesRequest.from_dict({"identityIds": oids})
    api = connection.make(identities, "IdentitiesApi")
    return getattr(api, f"start_identity_processing{ENDING}")(request).id


def paginate(result_limit: int, **arguments: Any) -> list[Any]:
    """Everything the SDK's paginator gathers."""
    listing = getattr(connection.api, f"get_task_status_list{ENDING}")
    return models(paginator.Paginator.paginate(listing, result_limit, **arguments))


def models(data: Any) -> list[Any]:
    """The vendor's objects as plain data."""
    found = data if isinstance(data, list) else [data]
    return [json.loads(json.dumps(each.to_dict(), default=str)) for each in found if each]


converse(connect, call, process, paginate)
