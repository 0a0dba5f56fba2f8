"""Value policies by reference, and the one for passwords that the system's configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.midpoint.read import bare_type, oid_of
from gateway.engine import open_values
from gateway.engine.value_policy import ValuePolicy, policy_of
from gateway.errors import NotFound, SchemaViolation

if TYPE_CHECKING:
    from gateway.dialects.midpoint.handlers import Services
    from gateway.model.documents import Json

SYSTEM_CONFIGURATION = "00000000-0000-0000-0000-000000000001"
#: From the system's configuration to the policy that counts where none is named.
WAY_TO_DEFAULT = (
    ("SystemConfigurationType", ("globalSecurityPolicyRef",)),
    ("SecurityPolicyType", ("credentials", "password", "valuePolicyRef")),
)


class Policies:
    """Policies by reference, each read once for a request."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._read: dict[str | None, ValuePolicy | None] = {}

    async def at(self, given: Json) -> ValuePolicy | None:
        """The policy that is named, else the one for passwords that is configured, if there is one."""
        oid = None if given is None else _oid(given)
        if oid not in self._read:
            self._read[oid] = await (
                default_policy(self._services) if oid is None else _policy(self._services, oid)
            )
        return self._read[oid]


def _oid(given: Json) -> str:
    members = open_values.structure(given, "valuePolicyRef")
    if "type" in members and bare_type(members["type"]) != "ValuePolicyType":
        raise SchemaViolation("'valuePolicyRef' must refer to a ValuePolicyType.", path="type")
    return oid_of(open_values.text(members.get("oid"), "valuePolicyRef/oid"))


async def _policy(services: Services, oid: str) -> ValuePolicy:
    stored = await services.engine.get(oid, "ValuePolicyType")
    return policy_of(stored.name, stored.items)


async def default_policy(services: Services) -> ValuePolicy | None:
    """The policy for passwords that is configured; None if there is none."""
    oid = SYSTEM_CONFIGURATION
    try:
        for type_name, path in WAY_TO_DEFAULT:
            value: Any = (await services.engine.get(oid, type_name)).items
            for name in path:
                value = value.get(name, {})
            oid = value.get("oid", "")
        stored = await services.engine.get(oid, "ValuePolicyType")
    except NotFound:
        return None
    return policy_of(stored.name, stored.items)
