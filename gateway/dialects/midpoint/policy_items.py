"""`generate` and `validate`: values of items by value policies (midpoint-rest 1.10)."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.dialects.midpoint import passwords
from gateway.dialects.midpoint.wire.read import read_oid, read_type_name, take_single_root
from gateway.engine.objects import open_values
from gateway.engine.objects.defaults import RUN_TIME_ITEMS
from gateway.engine.objects.value_policy import (
    ValuePolicy,
    find_violations,
    length_of,
    make_up_text,
    read_policy,
)
from gateway.engine.verbs.accounts import hash_checked
from gateway.errors import AgainstPolicy, MalformedBody, SchemaViolation
from gateway.model.delta import ItemDelta, apply_deltas
from gateway.model.documents import orig
from gateway.model.paths import parse_path
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.dialects.midpoint.calls import MidpointCall, MidpointServices
    from gateway.http.exchange import Answer
    from gateway.model.documents import Document, Json, StoredObject
    from gateway.model.paths import ItemPath

ROOT = "policyItemsDefinition"
MEMBERS = ("target", "valuePolicyRef", "value", "execute", "result", "name", "description")
#: Characters of all values that one request has made up.
MAX_CHARACTERS = 100_000
_CHANCE = random.SystemRandom()


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyItem:
    """One value that is wanted or looked at."""

    given: Document
    path: ItemPath | None
    policy: ValuePolicy | None
    executes: bool

    @property
    def is_password(self) -> bool:
        """Whether this is about the password of a user."""
        return str(self.path) == passwords.VALUE_PATH


class Policies:
    """Policies by reference, each read once for a request."""

    def __init__(self, services: MidpointServices, call: MidpointCall) -> None:
        self._services = services
        self._call = call
        self._read: dict[str | None, ValuePolicy | None] = {}

    async def at(self, given: Json) -> ValuePolicy | None:
        """The policy that is named, else the one for passwords that is configured, if there is one."""
        oid = None if given is None else _read_reference(given)
        if oid not in self._read:
            self._read[oid] = await (
                self._services.engine.password_policy()
                if oid is None
                else _find_policy(self._services, self._call, oid)
            )
        return self._read[oid]


async def generate(services: MidpointServices, call: MidpointCall, body: Json) -> Answer:
    """Every item with a value; those that say so are changed on the object, all at once."""
    stored = await _find_object(services, call)
    items = await _read_items(services, call, body)
    values = await asyncio.to_thread(_make_up_values, _find_policies(items))
    answers = [item.given | {"value": value} for item, value in zip(items, values, strict=True)]
    changes, secret = list[ItemDelta](), None
    for item, value in zip(items, values, strict=True):
        if item.executes and item.is_password and stored is not None:
            secret = value
        elif item.executes:
            changes.append(_change(item, value, stored))
    password = None if secret is None else await hash_checked(services.engine, secret)
    if stored is not None and (changes or password is not None):
        await services.engine.modify(
            stored.oid,
            stored.type,
            lambda items: apply_deltas(items, changes),
            call.principal,
            password=password,
        )
    return _answer_items(call, answers)


def _find_policies(items: list[PolicyItem]) -> list[ValuePolicy]:
    """The policy of each item; `SchemaViolation` without one, or if they want too much together."""
    policies = [item.policy for item in items if item.policy is not None]
    if len(policies) < len(items):
        raise SchemaViolation(
            "No value policy was found; name one in 'valuePolicyRef'.", path="valuePolicyRef"
        )
    total = sum(map(length_of, policies))
    if total > MAX_CHARACTERS:
        raise SchemaViolation(
            f"The values would have {total} characters together; at most {MAX_CHARACTERS} are "
            "made up at once.",
            path=f"{ROOT}/policyItemDefinition",
        )
    return policies


def _make_up_values(policies: list[ValuePolicy]) -> list[str]:
    return [make_up_text(policy, _CHANCE) for policy in policies]


async def validate(services: MidpointServices, call: MidpointCall, body: Json) -> Answer:
    """Every item with what was found; `AgainstPolicy` if a value breaks its policy."""
    stored = await _find_object(services, call)
    answers = []
    for item in await _read_items(services, call, body):
        broken = await asyncio.to_thread(
            _find_first_broken, item.policy, _list_values(item, stored)
        )
        if broken:
            raise AgainstPolicy(broken)
        answers.append(item.given | {"result": _validate_item(item)})
    if not answers:
        raise SchemaViolation("No definitions for items.", path=f"{ROOT}/policyItemDefinition")
    return _answer_items(call, answers)


def _find_first_broken(policy: ValuePolicy | None, values: list[str]) -> list[str]:
    """What is wrong with the first of the values that breaks the policy."""
    if policy is None:
        return []
    return next(filter(None, (list(find_violations(policy, value)) for value in values)), [])


def _validate_item(item: PolicyItem) -> Document:
    if item.is_password and "value" not in item.given:
        return {
            "operation": "validateValue",
            "status": "not_applicable",
            "message": "The stored password is kept as a hash; give a 'value' to look at.",
        }
    return {"operation": "validateValue", "status": "success"}


def _answer_items(call: MidpointCall, answers: list[Document]) -> Answer:
    value: Document = {"@type": "c:PolicyItemsDefinitionType"}
    if answers:
        value["policyItemDefinition"] = answers
    return call.reply.answer(200, call.reply.form.structure(value))


async def _find_object(services: MidpointServices, call: MidpointCall) -> StoredObject | None:
    """The object that this is about; None below `/rpc`."""
    if not call.oid:
        return None
    return await services.engine.get(read_oid(call.oid), call.type, call.principal)


async def _read_items(
    services: MidpointServices, call: MidpointCall, body: Json
) -> list[PolicyItem]:
    root, value = take_single_root(body)
    if root != ROOT:
        raise MalformedBody(f"The root element must be '{ROOT}', not '{root[:80]}'.")
    members = open_values.members(
        {} if value in (None, "") else value, ("policyItemDefinition",), ROOT
    )
    given = open_values.list_values(members.get("policyItemDefinition"))
    if len(given) > services.most_generated:
        raise SchemaViolation(
            f"{len(given)} items are given; TASKGATE_MAX_GENERATED, {services.most_generated}, is "
            "the limit.",
            path=f"{ROOT}/policyItemDefinition",
        )
    policies = Policies(services, call)
    return [await _read_item(policies, call, each) for each in given]


async def _read_item(policies: Policies, call: MidpointCall, given: Json) -> PolicyItem:
    place = "policyItemDefinition"
    members = open_values.members(given, MEMBERS, place)
    target = members.get("target")
    target = open_values.members({} if target is None else target, ("path",), f"{place}/target")
    path = target.get("path")
    text = None if path is None else open_values.text(path, f"{place}/target/path")
    return PolicyItem(
        given=members,
        path=parse_path(text, call.type, SCHEMA) if text and call.type else None,
        policy=await policies.at(members.get("valuePolicyRef")),
        executes=open_values.flag(members.get("execute", False), f"{place}/execute"),
    )


def _change(item: PolicyItem, value: str, stored: StoredObject | None) -> ItemDelta:
    if item.path is None or stored is None:
        raise SchemaViolation("'execute' needs an object and a 'target' in it.", path="execute")
    found = item.path.item
    if item.path.steps[0].item.name in RUN_TIME_ITEMS:
        raise SchemaViolation(f"'{item.path}' is maintained by the server.", path="path")
    if found.kind is not Kind.PROPERTY or found.type not in ("string", "polystring"):
        raise SchemaViolation(f"'{item.path}' is no text, so no value is made for it.", path="path")
    return ItemDelta(path=item.path, kind="replace", values=(value,))


def _read_plain(given: Json) -> str:
    """A value as text."""
    value = open_values.unwrap_value(given)
    if not isinstance(value, str | int | float):
        raise SchemaViolation("'value' must be a text, or a list of texts.", path="value")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list_values(item: PolicyItem, stored: StoredObject | None) -> list[str]:
    """The values to look at: the one that is given, else what the object has."""
    if "value" in item.given:
        return [_read_plain(each) for each in open_values.list_values(item.given["value"])]
    if item.path is None or stored is None:
        return []
    found: list[Any] = [stored.items]
    for step in item.path.steps:
        inner = [each[step.item.name] for each in found if step.item.name in each]
        found = [one for each in inner for one in (each if step.item.many else [each])]
        if step.id is not None:
            found = [each for each in found if each.get("id") == step.id]
    return [orig(each) for each in found] if item.path.item.kind is Kind.PROPERTY else []


def _read_reference(given: Json) -> str:
    members = open_values.structure(given, "valuePolicyRef")
    if "type" in members and read_type_name(members["type"]) != "ValuePolicyType":
        raise SchemaViolation("'valuePolicyRef' must refer to a ValuePolicyType.", path="type")
    return read_oid(open_values.text(members.get("oid"), "valuePolicyRef/oid"))


async def _find_policy(services: MidpointServices, call: MidpointCall, oid: str) -> ValuePolicy:
    stored = await services.engine.get(oid, "ValuePolicyType", call.principal)
    return read_policy(stored.name, stored.items)
