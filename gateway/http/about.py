"""What the server tells of itself, and the accounts that it lets administrators add."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.engine.activities.base import ACTIVITIES, nameable
from gateway.engine.verbs.accounts import account_facts, add_account
from gateway.errors import MalformedBody, TaskgateError
from gateway.query.operators import describe
from gateway.settings import public_values

if TYPE_CHECKING:
    from gateway.engine.verbs.engine import Engine
    from gateway.model.principal import Principal
    from gateway.settings import Settings
    from gateway.store.base import Store


def introspection(settings: Settings, store: Store) -> dict[str, Any]:
    """By name: what gives the facts."""

    async def versions() -> Any:
        return {"taskgate": __version__, "python": sys.version.split()[0]}

    async def show_settings() -> Any:
        return public_values(settings)

    async def activities() -> Any:
        return [{"name": name, "description": ACTIVITIES[name].description} for name in nameable()]

    async def operators() -> Any:
        return describe()

    async def accounts() -> Any:
        return [account_facts(each) for each in await store.accounts()]

    return {
        "versions": versions,
        "settings": show_settings,
        "activities": activities,
        "operators": operators,
        "accounts": accounts,
    }


def account_adder(store: Store, engine: Engine) -> Any:
    """What adds an account from the body of a request; answers its oid."""

    async def add(principal: Principal, body: Any) -> Any:
        if not isinstance(body, dict) or not all(
            isinstance(body.get(key), str) for key in ("name", "password")
        ):
            raise MalformedBody("An account needs a name and a password.")
        roles, groups = body.get("roles", []), body.get("groups", [])
        if not all(
            isinstance(names, list) and all(isinstance(name, str) for name in names)
            for names in (roles, groups)
        ):
            raise MalformedBody("Roles and groups are lists of names.")
        oid = await add_account(
            store,
            engine,
            principal,
            name=body["name"],
            password=body["password"],
            roles=roles,
            groups=groups,
        )
        return {"oid": oid}

    return add


def readiness(store: Store) -> Any:
    """What tells whether the store can be used."""

    async def is_ready() -> bool:
        try:
            await store.next_due()
        except TaskgateError:
            return False
        return True

    return is_ready
