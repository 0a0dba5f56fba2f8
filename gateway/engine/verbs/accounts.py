"""Who may log in: the first administrator, the built-in roles, and further accounts."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from gateway.engine.objects.value_policy import find_violations
from gateway.engine.verbs.submission import Submission
from gateway.errors import AgainstPolicy, SchemaViolation
from gateway.model.documents import reference
from gateway.model.initial import ARCHETYPES
from gateway.model.principal import ADMINISTRATOR, ADMINISTRATOR_OID, RIGHTS, ROLE_OIDS, SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.engine.verbs.engine import Engine
    from gateway.model.documents import Document
    from gateway.model.principal import Principal
    from gateway.store.base import Account, Store

#: OWASP's minimum for argon2id: 19 MiB, two passes; a verification takes some 20 ms.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: More says nothing that the first thousand characters do not.
LONGEST = 1_000
#: Where a user has a password that is given.
CLEAR_PASSWORD = ("credentials", "password", "value", "clearValue")


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return HASHER.hash(password)


async def hash_checked(engine: Engine, password: str) -> str:
    """The hash of a password that keeps the policy; `AgainstPolicy` tells what it breaks."""
    if not password or len(password) > LONGEST:
        path = "/".join(CLEAR_PASSWORD)
        raise SchemaViolation(f"A password has 1 to {LONGEST} characters.", path=path)
    policy = await engine.password_policy()
    broken = list(find_violations(policy, password)) if policy is not None else []
    if broken:
        raise AgainstPolicy(broken)
    return await asyncio.to_thread(hash_password, password)


def matches(stored: str, password: str) -> bool:
    """Whether the password is the stored one."""
    try:
        return HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def ensure_administrator(
    store: Store, engine: Engine, system: Principal, password: str | None
) -> str | None:
    """Create the initial objects and the administrator if they are missing.

    Returns the password that was made up because none was given; it is shown once.
    """
    initial = [("RoleType", ROLE_OIDS[name], name) for name in RIGHTS]
    initial += [("ArchetypeType", oid, name) for oid, name in ARCHETYPES]
    for type_name, oid, name in initial:
        if await store.get(oid) is None:
            given = Submission(type=type_name, oid=oid, items={"name": name})
            await engine.submit(given, system)
    if await store.account(ADMINISTRATOR_OID) is not None:
        await engine.refresh_accounts()
        return None
    made_up = None if password else secrets.token_urlsafe(18)
    if await store.get(ADMINISTRATOR_OID) is None:
        items: Document = {
            "name": ADMINISTRATOR,
            "fullName": "Administrator",
            "assignment": [_role(SUPERUSER)],
        }
        await engine.submit(Submission(type="UserType", oid=ADMINISTRATOR_OID, items=items), system)
    await store.set_account(ADMINISTRATOR_OID, hash_password(password or made_up or ""), [])
    await engine.refresh_accounts()
    return made_up


async def add_account(
    store: Store,
    engine: Engine,
    principal: Principal,
    *,
    name: str,
    password: str,
    roles: Sequence[str],
    groups: Sequence[str] = (),
) -> str:
    """Create a user who may log in; its oid."""
    for role in roles:
        if role not in RIGHTS:
            raise SchemaViolation(
                f"There is no role '{role}'; one of {', '.join(RIGHTS)}.", path="roles"
            )
    if len(password) < 8:
        raise SchemaViolation("A password needs at least 8 characters.", path="password")
    items: Document = {"name": name, "assignment": [_role(role) for role in roles]}
    oid = await engine.submit(Submission(type="UserType", items=items), principal)
    await store.set_account(oid, hash_password(password), groups)
    await engine.refresh_accounts()
    return oid


def _role(name: str) -> Document:
    return {"targetRef": reference(ROLE_OIDS[name], "RoleType")}


def account_facts(account: Account) -> dict[str, Any]:
    """An account without its password."""
    return {
        "oid": account.oid,
        "name": account.name,
        "enabled": account.is_enabled,
        "roles": sorted(account.roles),
        "groups": sorted(account.groups),
    }
