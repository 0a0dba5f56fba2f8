"""The value policy for passwords: the one that the system's configuration leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.objects.value_policy import ValuePolicy, read_policy

if TYPE_CHECKING:
    from gateway.store.base import Store

SYSTEM_CONFIGURATION = "00000000-0000-0000-0000-000000000001"
POLICY_TYPE = "ValuePolicyType"
#: From the system's configuration to the policy that counts where none is named.
WAY = (
    ("SystemConfigurationType", ("globalSecurityPolicyRef",)),
    ("SecurityPolicyType", ("credentials", "password", "valuePolicyRef")),
)


async def find_configured_policy(store: Store) -> ValuePolicy | None:
    """The policy that everybody's passwords keep, whoever sets them; None if there is none."""
    oid = SYSTEM_CONFIGURATION
    for type_name, path in WAY:
        stored = await store.get(oid)
        if stored is None or stored.type != type_name:
            return None
        value: Any = stored.items
        for name in path:
            value = value.get(name, {})
        oid = value.get("oid", "")
    stored = await store.get(oid)
    if stored is None or stored.type != POLICY_TYPE:
        return None
    return read_policy(stored.name, stored.items)
