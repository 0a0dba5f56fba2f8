"""`/oauth/token` and `/oauth/info`: how clients get their tokens (sailpoint-task-management 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gateway.engine.rights.entry import permits_every
from gateway.errors import (
    NotAuthenticated,
    TaskgateError,
    Throttled,
    Unavailable,
)
from gateway.http.auth import basic_credentials
from gateway.http.dialect import error_headers
from gateway.http.exchange import Answer, CasedName, json_answer
from gateway.http.forms import form
from gateway.model.principal import SUPERUSER, VIEWER, Right

if TYPE_CHECKING:
    from gateway.dialects.sailpoint.calls import SailpointServices
    from gateway.dialects.sailpoint.ids import Ids
    from gateway.http.dialect import OpenHandler, Routes
    from gateway.http.exchange import Exchange
    from gateway.http.tokens import Bearer, Issued
    from gateway.model.documents import Document

GRANT = "client_credentials"
PARAMETERS = ("grant_type", "client_id", "client_secret")
TENANT = "taskgate"
#: The live service's sentence.
WRONG_CLIENT = "Full authentication is required to access this resource"
#: The one way of HTTP in which a client can prove itself here (RFC 6749, 5.2).
CHALLENGE = (CasedName(b"WWW-Authenticate"), b'Basic realm="taskgate"')
#: Built-in role to the user level that it is closest to.
LEVELS = {SUPERUSER: "ORG_ADMIN", VIEWER: "HELPDESK"}
#: Right, and on all of which type, to the scope that stands for it.
SCOPES = {
    (Right.READ, "TaskType"): "idn:task-management:read",
    (Right.SUSPEND, "TaskType"): "idn:task-management:write",
    (Right.ADMINISTER, "ObjectType"): "sp:scopes:all",
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    error: str
    description: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


def make_claims(bearer: Bearer, ids: Ids) -> Document:
    """What a token says of its bearer, beside what all tokens say."""
    principal = bearer.principal
    identity = ids.write_id(principal.oid) if bearer.has_user else None
    return {
        "tenant_id": TENANT,
        "internal": False,
        "pod": TENANT,
        "org": TENANT,
        "identity_id": identity,
        "user_id": identity,
        "user_name": principal.name,
        "strong_auth": True,
        "authorities": [LEVELS[role] for role in sorted(principal.roles) if role in LEVELS],
        "scope": [
            scope
            for (right, type_name), scope in SCOPES.items()
            if permits_every(principal, right, type_name)
        ],
    }


async def info(services: SailpointServices, exchange: Exchange) -> Answer:
    """Where what is."""
    del services
    return json_answer(200, orjson.dumps(_info(exchange)))


def refusal(error: TaskgateError) -> Answer:
    """The answer to a request that is not let in, in the form of OAuth's errors."""
    return _answer_refusal(
        _Refusal(error.status, "invalid_request", error.message, error_headers(error))
    )


async def token(services: SailpointServices, exchange: Exchange) -> Answer:
    """A token for a client that proves who it is."""
    given = await form(exchange, PARAMETERS)
    grant = given.get("grant_type")
    if not grant:
        return _answer_refusal(_Refusal(400, "invalid_request", "Missing grant type"))
    if grant.lower() != GRANT:
        return _answer_refusal(
            _Refusal(400, "unsupported_grant_type", f"Unsupported grant type: {grant[:80]}")
        )
    try:
        issued = await services.tokens.issue(
            *_credentials(exchange, given),
            exchange.source,
            partial(make_claims, ids=services.ids),
        )
    except NotAuthenticated:
        return _answer_refusal(_Refusal(401, "unauthorized", WRONG_CLIENT, (CHALLENGE,)))
    except (Throttled, Unavailable) as error:
        retry_after = (CasedName(b"Retry-After"), b"%d" % (error.retry_after or 1))
        return _answer_refusal(
            _Refusal(error.status, "temporarily_unavailable", error.message, (retry_after,))
        )
    return json_answer(200, orjson.dumps(_write_grant(issued)))


def _credentials(exchange: Exchange, given: dict[str, str]) -> tuple[str, str]:
    """Id and secret from the form, else from HTTP Basic; `NotAuthenticated` without them."""
    header = exchange.header(b"authorization")
    basic = basic_credentials(header.encode("latin-1")) if header is not None else None
    client_id, secret = given.get("client_id"), given.get("client_secret")
    if client_id is not None and secret is not None:
        return client_id, secret
    if basic is None or (client_id is not None and client_id != basic[0]):
        raise NotAuthenticated
    return basic


def _write_grant(issued: Issued) -> dict[str, Any]:
    shown = "tenant_id internal pod org user_id identity_id user_name strong_auth jti".split()
    return {
        "access_token": issued.token,
        "token_type": "bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.claims["scope"]),
        "accessType": "ONLINE" if issued.bearer.has_user else "OFFLINE",
        "strong_auth_supported": True,
        "enabled": True,
        **{name: issued.claims[name] for name in shown},
    }


def _info(exchange: Exchange) -> dict[str, Any]:
    base = exchange.base_url()
    return {
        "tenantId": TENANT,
        "tenantName": TENANT,
        "authorizeEndpoint": None,
        "tokenEndpoint": f"{base}/oauth/token",
        "cloudDomainUrl": base,
        "logoutUrl": None,
        "pod": TENANT,
    }


def _answer_refusal(refusal: _Refusal) -> Answer:
    body = {"error": refusal.error, "error_description": refusal.description}
    return json_answer(refusal.status, orjson.dumps(body), *refusal.headers)


ROUTES: Routes[OpenHandler[SailpointServices]] = {
    "/oauth/token": {"POST": token},
    "/oauth/info": {"GET": info},
}
