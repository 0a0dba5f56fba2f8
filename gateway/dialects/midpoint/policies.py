"""Value policies by reference; where none is named, the one for passwords that is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.read import read_oid, read_type_name
from gateway.engine.objects import open_values
from gateway.engine.objects.value_policy import ValuePolicy, read_policy
from gateway.errors import SchemaViolation

if TYPE_CHECKING:
    from gateway.dialects.midpoint.calls import MidpointCall, MidpointServices
    from gateway.model.documents import Json


class Policies:
    """Policies by reference, each read once for a request."""

    def __init__(self, services: MidpointServices, call: MidpointCall) -> None:
        self._services = services
        self._call = call
        self._read: dict[str | None, ValuePolicy | None] = {}

    async def at(self, given: Json) -> ValuePolicy | None:
        """The policy that is named, else the one for passwords that is configured, if there is one."""
        oid = None if given is None else _oid(given)
        if oid not in self._read:
            self._read[oid] = await (
                self._services.engine.password_policy()
                if oid is None
                else _find_policy(self._services, self._call, oid)
            )
        return self._read[oid]


def _oid(given: Json) -> str:
    members = open_values.structure(given, "valuePolicyRef")
    if "type" in members and read_type_name(members["type"]) != "ValuePolicyType":
        raise SchemaViolation("'valuePolicyRef' must refer to a ValuePolicyType.", path="type")
    return read_oid(open_values.text(members.get("oid"), "valuePolicyRef/oid"))


async def _find_policy(services: MidpointServices, call: MidpointCall, oid: str) -> ValuePolicy:
    stored = await services.engine.get(oid, "ValuePolicyType", call.principal)
    return read_policy(stored.name, stored.items)
