"""Every setting: its type, default and meaning. Nothing else reads the environment.

A setting `x` is the variable `TASKGATE_X`; a secret has a twin `TASKGATE_X_FILE` that names a file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from gateway.addresses import Network, PublicUrl, host_name, parse_networks
from gateway.limits import LIMITS, LimitSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from pydantic.fields import FieldInfo

PREFIX = "TASKGATE_"
SECRETS = ("admin_password", "client_secret")
#: Read by the command line when it talks to a server, not by the server.
CLIENT_VARIABLES = frozenset({"TASKGATE_URL", "TASKGATE_USER", "TASKGATE_PASSWORD"})


#: Versions of SailPoint's API that can be asked to want the experimental header.
SAILPOINT_VERSIONS = ("beta", "v2024", "v2025", "v2026", "latest", "v1")
#: Its services, each of which can be asked alone.
SAILPOINT_SERVICES = ("task-status", "identities")


def _names(text: str) -> frozenset[str]:
    """The names in a list with commas; `none` and nothing mean none."""
    found = {part.strip().lower() for part in text.split(",")}
    return frozenset(found - {"", "none"})


class Settings(LimitSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: str = Field("sqlite:///taskgate.db", description="Where everything is kept.")
    admin_password: SecretStr | None = Field(
        None,
        description="Password of `administrator`, used when the first start creates it; "
        "else one is made up and shown once.",
    )
    secret_key_file: Path | None = Field(
        None,
        description="File with the keys that secrets are sealed with; else one beside the database.",
    )
    workers: int = Field(
        default_factory=lambda: max(1, (os.cpu_count() or 2) - 1),
        ge=1,
        le=64,
        description="Child processes that compute item work; by default one less than there are cores.",
    )
    max_running_tasks: int = Field(1_000, ge=1, description="Tasks that run at the same time.")
    slice_size: int = Field(
        500, ge=1, le=10_000, description="Items that are computed and committed together."
    )
    item_schema: Path | None = Field(
        None,
        validation_alias=AliasChoices("item_schema", "TASKGATE_SCHEMA"),
        description="JSON file that declares typed extension items.",
    )
    timezone: str = Field("UTC", description="IANA zone of dates that name none.")
    synchronous: str = Field(
        "FULL", pattern="^(FULL|NORMAL)$", description="SQLite's durability of a commit."
    )
    cache_mib: int = Field(
        64,
        ge=0,
        description="Memory for ready-made representations, in MiB; as much for jobs, up to 96 for other forms.",
    )
    midpoint_exact: bool = Field(
        False, description="Answer midPoint's own status codes for a caller's mistakes."
    )
    client_id: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Id of an OAuth client with all rights, made at the start if it is missing.",
    )
    client_secret: SecretStr | None = Field(None, description="The secret of this client.")
    token_seconds: int = Field(
        3_600, ge=1, le=86_400, description="For how long an access token counts, in seconds."
    )
    login_failures: int = Field(
        64, ge=1, le=1_000_000, description="Failed logins of one address before it has to wait."
    )
    session_idle: int = Field(
        28_800, ge=60, le=2_592_000, description="Seconds without use after which a session ends."
    )
    session_lifetime: int = Field(
        86_400, ge=60, le=2_592_000, description="Seconds after which a session ends anyway."
    )
    sailpoint_experimental: str = Field(
        "v2024",
        description="Versions of SailPoint's API that want `X-SailPoint-Experimental`: a list with commas of "
        f"{', '.join(f'`{each}`' for each in SAILPOINT_VERSIONS)}; one of their services alone as "
        f"{' or '.join(f'`v2025/{each}`' for each in SAILPOINT_SERVICES)}; or `none`.",
    )
    sailpoint_ids: str = Field(
        "uuid",
        pattern="^(uuid|compact)$",
        description="How SailPoint's API writes ids: `uuid` with dashes, `compact` as the vendor does, "
        "without. Both are read.",
    )
    sailpoint_retention_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Days after which SailPoint's API shows a task that is done no more.",
    )
    rate_limit: str | None = Field(
        None,
        pattern="^[1-9][0-9]{0,6}/[1-9][0-9]{0,4}$",
        description="Requests / seconds of one client to one version of SailPoint's API, such as `100/10`.",
    )
    log_level: str = Field(
        "info", description="The least that is logged: debug, info, warning or error."
    )
    public_url: str | None = Field(
        None,
        description="Where callers find the server, with the path that a proxy puts in front, such as "
        "`https://gateway.example.com/tasks`.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of proxies whose forwarding headers count, with commas.",
    )
    allowed_hosts: str = Field(
        "",
        description="Names that requests may be for, beside the public one, with commas; `*` for any. "
        "None: on loopback its names only, elsewhere any.",
    )
    metrics: str = Field(
        "loopback",
        pattern="^(loopback|login|open)$",
        description="Who reads `/metrics` without a login: `loopback` (programs on this machine), "
        "`login` (nobody) or `open` (everybody).",
    )
    tls_cert: Path | None = Field(
        None, description="PEM file with the certificate chain to serve, in its order."
    )
    tls_key: Path | None = Field(None, description="PEM file with its private key.")

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{value}' is not an IANA time zone") from error
        return value

    @field_validator("sailpoint_experimental")
    @classmethod
    def _check_versions(cls, value: str) -> str:
        single = {f"{v}/{service}" for v in SAILPOINT_VERSIONS for service in SAILPOINT_SERVICES}
        unknown = sorted(_names(value) - {*SAILPOINT_VERSIONS, *single})
        if unknown:
            raise ValueError(
                f"'{unknown[0]}' is not one of {', '.join(SAILPOINT_VERSIONS)}, alone or followed by "
                f"one of {', '.join(f'/{each}' for each in SAILPOINT_SERVICES)}, or none"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _whole_url(cls, value: str | None) -> str | None:
        return PublicUrl.of(value).base if value else None

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        parse_networks(value)
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _well_formed_hosts(cls, value: str) -> str:
        wrong = sorted(name for name in _names(value) - {"*"} if host_name(name) != name)
        if wrong:
            raise ValueError(f"'{wrong[0]}' is not the name of a host, without a port, or *")
        return value

    @model_validator(mode="after")
    def _whole_tls(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key are given together or not at all")
        return self

    @property
    def public(self) -> PublicUrl | None:
        """The parts of the public URL."""
        return PublicUrl.of(self.public_url) if self.public_url else None

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks that trusted proxies are in."""
        return parse_networks(self.trusted_proxies)

    @property
    def host_names(self) -> frozenset[str]:
        """The names that requests may be for; `*` among them means any."""
        return _names(self.allowed_hosts)

    @property
    def experimental_versions(self) -> frozenset[str]:
        """The versions, or `version/service`, that want the experimental header."""
        return _names(self.sailpoint_experimental)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that dates without one are in."""
        return ZoneInfo(self.timezone)

    @property
    def database_path(self) -> Path:
        """The SQLite file of `database_url`."""
        scheme, _, rest = self.database_url.partition(":///")
        if scheme != "sqlite" or not rest:
            raise ValueError(
                f"TASKGATE_DATABASE_URL is '{self.database_url}', but only sqlite:///PATH is served"
            )
        return Path(rest)


def load(environment: Mapping[str, str], **overrides: object) -> Settings:
    """Settings from the environment and from flags; flags win, and `None` means not given."""
    given = {name: value for name, value in overrides.items() if value is not None}
    for secret in SECRETS:
        path = environment.get(f"{PREFIX}{secret.upper()}_FILE")
        if path and secret not in given:
            given[secret] = SecretStr(Path(path).read_text(encoding="utf-8").rstrip("\r\n"))
    return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value


def variable(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[-1])
    return f"{PREFIX}{name.upper()}"


def flag(name: str) -> str:
    """The flag of `taskgate serve` for a setting that is no secret."""
    return f"--{variable(name).removeprefix(PREFIX).lower().replace('_', '-')}"


def groups() -> dict[str, dict[str, FieldInfo]]:
    """Every setting by its group's title, those that are no limits first."""
    own = Settings.model_fields.keys() - LimitSettings.model_fields.keys()
    settings = {name: field for name, field in Settings.model_fields.items() if name in own}
    limits = {f"Limits: {(group.__doc__ or '').rstrip('.').lower()}": group for group in LIMITS}
    return {"Settings": settings} | {title: each.model_fields for title, each in limits.items()}


def forget_secrets(environment: MutableMapping[str, str]) -> None:
    """Take the secrets out of an environment once they are read: children would inherit them."""
    for secret in (*SECRETS, "password"):
        environment.pop(f"{PREFIX}{secret.upper()}", None)


def worker_environment() -> dict[str, str]:
    """A worker's: its settings come by its command line, and secrets are none of its business."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """`TASKGATE_*` variables that mean nothing, most likely misspelt."""
    known = {variable(name) for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS} | CLIENT_VARIABLES
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def public_values(settings: Settings) -> dict[str, object]:
    """Every setting with its value, secrets shown only as given or not."""
    shown = settings.model_dump()
    for name, value in shown.items():
        if isinstance(value, Path):
            shown[name] = str(value)
    for secret in SECRETS:
        shown[secret] = "(given)" if shown[secret] is not None else None
    return shown
