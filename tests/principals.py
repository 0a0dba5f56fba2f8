"""Who asks, where a test asks the engine's parts directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from gateway.model.principal import SUPERUSER, Principal

if TYPE_CHECKING:
    from collections.abc import Sequence

SUPER = Principal(
    oid="00000000-0000-4000-8000-00000000000a", name="super", roles=frozenset({SUPERUSER})
)


class Unasked:
    """Where it is known who may look at what; nobody asks for a superuser."""

    async def get_many(self, oids: Sequence[str], principal: Principal) -> Never:
        raise AssertionError(oids, principal)
