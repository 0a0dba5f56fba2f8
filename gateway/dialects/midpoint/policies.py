"""Value policies by reference; where none is named, the one for passwords that is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.read import bare_type, oid_of
from gateway.engine import open_values
from gateway.engine.value_policy import ValuePolicy, policy_of
from gateway.errors import SchemaViolation

if TYPE_CHECKING:
    from gateway.dialects.midpoint.handlers import Call, Services
    from gateway.model.documents import Json


async def policy_at(services: Services, call: Call, given: Json) -> ValuePolicy | None:
    """The policy that is named, else the one for passwords that is configured, if there is one."""
    if given is None:
        return await services.engine.password_policy()
    members = open_values.structure(given, "valuePolicyRef")
    if "type" in members and bare_type(members["type"]) != "ValuePolicyType":
        raise SchemaViolation("'valuePolicyRef' must refer to a ValuePolicyType.", path="type")
    oid = oid_of(open_values.text(members.get("oid"), "valuePolicyRef/oid"))
    stored = await services.engine.get(oid, "ValuePolicyType", call.principal)
    return policy_of(stored.name, stored.items)
