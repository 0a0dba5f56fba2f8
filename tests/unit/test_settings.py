"""Settings: environment, flags, files for secrets (architecture 3.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from gateway.settings import Settings, load, public_values, unknown_variables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TASKGATE_{name.upper()}", raising=False)


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGATE_PORT", "9000")
    assert load({}).port == 9000


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGATE_PORT", "9000")
    assert load({}, port=9001).port == 9001
    assert load({}, port=None).port == 9000


def test_the_defaults_are_the_documented_limits() -> None:
    settings = load({})
    limits = (settings.max_body, settings.max_depth, settings.max_filter_length)
    assert limits == (8 * 1024 * 1024, 100, 65_536)
    assert (settings.max_filter_depth, settings.max_list, settings.max_page) == (
        200,
        10_000,
        10_000,
    )
    assert (settings.host, settings.port, settings.max_running_tasks) == ("127.0.0.1", 8080, 1_000)
    assert settings.database_url == "sqlite:///taskgate.db"
    assert settings.workers >= 1


def test_a_secret_comes_from_the_file_that_its_twin_names(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" from a file \n")
    password = load({"TASKGATE_ADMIN_PASSWORD_FILE": str(file)}).admin_password
    assert password is not None
    assert password.get_secret_value() == " from a file "


def test_a_secrets_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load({"TASKGATE_ADMIN_PASSWORD_FILE": str(tmp_path / "nowhere")})


def test_secrets_are_not_shown() -> None:
    settings = load({}, admin_password="hidden-away")
    assert public_values(settings)["admin_password"] == "(given)"
    assert "hidden-away" not in repr(settings)
    assert public_values(load({}))["admin_password"] is None


def test_a_misspelt_variable_is_found() -> None:
    environment = {
        "TASKGATE_PROT": "1",
        "TASKGATE_PORT": "1",
        "TASKGATE_ADMIN_PASSWORD_FILE": "x",
        "TASKGATE_PORT_FILE": "x",
        "TASKGATE_URL": "http://x",
        "OTHER_PROT": "1",
    }
    assert unknown_variables(environment) == ["TASKGATE_PORT_FILE", "TASKGATE_PROT"]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_time_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(ValidationError, match="is not an IANA time zone"):
        load({}, timezone=zone)


def test_a_known_time_zone_is_ready_to_use() -> None:
    assert load({}, timezone="Europe/Prague").zone == ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70_000),
        ("port", -1),
        ("workers", 0),
        ("max_running_tasks", 0),
        ("slice_size", 0),
        ("synchronous", "OFF"),
        ("max_depth", 5_000),
        ("max_filter_depth", 5_000),
        ("cache_mib", -1),
        ("port", "eighty"),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        load({}, **{name: value})


def test_the_database_is_a_file() -> None:
    assert str(load({}, database_url="sqlite:///some/where.db").database_path) == "some/where.db"
    assert str(load({}, database_url="sqlite:////abs/olute.db").database_path) == "/abs/olute.db"


@pytest.mark.parametrize("url", ["postgresql:///x", "sqlite:///", "sqlite://x", "nonsense"])
def test_another_kind_of_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="only sqlite:///PATH is served"):
        _ = load({}, database_url=url).database_path
