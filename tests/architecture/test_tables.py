"""What the tables promise: settings are documented and settable, refused items refused by name."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.cli.serve import serve
from gateway.dialects.midpoint.wire.names import ROOT_OF
from gateway.engine import activities
from gateway.engine.activities.base import ACTIVITIES, StepActivity, nameable, register
from gateway.limits import BEYOND, LimitSettings
from gateway.model.initial import ARCHETYPES
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.model.types.activity import REFUSED_WORK
from gateway.settings import SECRETS, Settings, groups
from tests.serving import ROOT, Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from gateway.model.schema import Item


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_in_a_sentence(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert description[0].isupper()
    assert description.endswith(".")


def test_every_setting_but_secrets_is_a_flag_of_serve_and_nothing_else_is() -> None:
    flags = set(inspect.signature(serve).parameters)
    assert flags == set(Settings.model_fields) - set(SECRETS) | {"no_engine"}


def test_every_limit_says_what_becomes_of_what_goes_beyond_it() -> None:
    fields = LimitSettings.model_fields
    assert all((field.json_schema_extra or {})[BEYOND] for field in fields.values())  # type: ignore[index]


def test_every_setting_stands_in_one_group() -> None:
    grouped = [name for fields in groups().values() for name in fields]
    assert sorted(grouped) == sorted(Settings.model_fields)


@pytest.mark.parametrize("page", ["README.md", "docs/limits.md"])
def test_whoever_reads_of_settings_is_led_to_the_list_of_them(page: str) -> None:
    assert "reference/settings.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_the_server_shows_every_setting_without_secrets(client: httpx2.Client) -> None:
    base = str(client.base_url).split("/midpoint", maxsplit=1)[0]
    shown = client.get(f"{base}/-/settings").json()
    assert set(Settings.model_fields) <= set(shown)
    assert shown["admin_password"] == "(given)"


def test_the_server_names_every_activity_with_a_sentence(client: httpx2.Client) -> None:
    base = str(client.base_url).split("/midpoint", maxsplit=1)[0]
    shown = client.get(f"{base}/-/activities").json()
    assert {each["name"] for each in shown} == set(nameable())
    assert all(each["description"].endswith(".") for each in shown)


def test_every_module_of_activities_is_found_and_registers_one() -> None:
    modules = {path.stem for path in Path(activities.__path__[0]).glob("*.py")}
    registered = {type(each).__module__.rpartition(".")[2] for each in ACTIVITIES.values()}
    assert registered == modules - {"__init__", "base"}


def test_an_activity_without_a_row_of_the_schema_is_refused_when_it_is_registered() -> None:
    class Forgotten(StepActivity[None]):
        name = "forgotten"

    with pytest.raises(TypeError, match="'forgotten' has no row in WorkDefinitionsType"):
        register(Forgotten)
    assert "forgotten" not in ACTIVITIES


def test_every_activity_is_an_item_of_work_and_has_an_archetype() -> None:
    offered = set(SCHEMA["WorkDefinitionsType"].offered)
    assert offered == set(nameable())
    assert {activity.archetype for activity in ACTIVITIES.values()} <= set(ARCHETYPES)


def minimal(item: Item) -> Any:
    """Some value of the item."""
    if item.kind is Kind.REFERENCE:
        value: Any = {"oid": "00000000-0000-4000-8000-000000000001", "type": item.target}
    elif item.kind is Kind.CONTAINER:
        value = {}
    elif item.type == "enum":
        value = item.values[0]
    else:
        value = "x"
    return [value] if item.many else value


REFUSED_ITEMS = [
    (declared.name, item)
    for declared in SCHEMA.object_types()
    for item in declared.items.values()
    if item.refused and declared.name in ROOT_OF
]


@pytest.mark.parametrize(
    ("type_name", "item"), REFUSED_ITEMS, ids=[f"{t}.{i.name}" for t, i in REFUSED_ITEMS]
)
def test_an_item_that_is_not_served_is_refused_by_name_on_create_and_change(
    api: Api, client: httpx2.Client, type_name: str, item: Item
) -> None:
    root = ROOT_OF[type_name]
    body = {root: {"name": unique("refused"), item.name: minimal(item)}}
    message = f"'{item.name}'"
    answer = client.post(f"/{root}s", json=body)
    assert message in assert_operation_result(answer, 400)["message"]
    oid = api.create(f"{root}s", {"name": unique("patched")})
    answer = api.patch(f"{root}s", oid, delta("replace", item.name, minimal(item)))
    assert message in assert_operation_result(answer, 400)["message"]


@pytest.mark.parametrize("name", REFUSED_WORK)
def test_work_that_is_not_served_is_refused_by_name(
    api: Api, client: httpx2.Client, name: str
) -> None:
    body = {"task": {"name": unique("work"), "activity": {"work": {name: {}}}}}
    result = assert_operation_result(client.post("/tasks", json=body), 400)
    assert f"'{name}'" in result["message"]
    assert result["messageCode"] == "unsupported"
    change = delta("add", f"activity/work/{name}", {})
    assert_operation_result(api.patch("tasks", api.task(), change), 400)


INNER = [
    ("activity", name)
    for name, item in SCHEMA["ActivityDefinitionType"].items.items()
    if item.refused
] + [
    ("activity/distribution", name)
    for name, item in SCHEMA["ActivityDistributionType"].items.items()
    if item.refused
]


@pytest.mark.parametrize(("path", "name"), INNER, ids=[f"{p}/{n}" for p, n in INNER])
def test_a_part_of_an_activity_that_is_not_served_is_refused_by_name(
    client: httpx2.Client, path: str, name: str
) -> None:
    activity: dict[str, Any] = {"work": {"noOp": {}}}
    if path == "activity":
        activity[name] = {}
    else:
        activity["distribution"] = {name: {}}
    body = {"task": {"name": unique("part"), "activity": activity}}
    assert name in assert_operation_result(client.post("/tasks", json=body), 400)["message"]


@pytest.mark.parametrize("declared", SCHEMA.types(), ids=lambda declared: declared.name)
def test_items_have_names_that_paths_can_hold(declared: Any) -> None:
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in declared.items)
