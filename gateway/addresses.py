"""Addresses as operators and requests write them: hosts, the public URL, networks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = "IPv4Address | IPv6Address"
Network: TypeAlias = "IPv4Network | IPv6Network"

#: A name or IPv4 address, or an IPv6 address in brackets; then perhaps a port.
_HOST = re.compile(
    r"(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")


def host_name(host: str) -> str | None:
    """The name in a `Host` without its port, in lower case; None if it is not well-formed."""
    found = _HOST.fullmatch(host)
    if found is None or (found["port"] and int(found["port"]) > 65_535):
        return None
    return found["name"].lower().removesuffix(".")


def parse_address(text: str) -> Address | None:
    """The IP address that a text is, brackets or not; None if it is none."""
    try:
        found = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_loopback(name: str) -> bool:
    """Whether a name or address, without a port, is this machine's own."""
    address = parse_address(name)
    if address is not None:
        return address.is_loopback
    return name in _LOOPBACK_NAMES or name.endswith(".localhost")


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks in a list with commas; `ValueError` names what is none."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(_parse_network(part) for part in parts if part)


def _parse_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is neither an address nor a network such as 10.0.0.0/8") from (
            error
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicUrl:
    """Where callers find the server."""

    scheme: str
    #: With the port, if it is not the usual one.
    host: str
    #: Path in front of every path, such as `/gateway`; empty if there is none.
    prefix: str

    @classmethod
    def of(cls, text: str) -> PublicUrl:
        """The parts of a URL; `ValueError` says how to write one."""
        parts = urlsplit(text)
        prefix = parts.path.rstrip("/")
        is_plain = not (parts.query or parts.fragment) and _PREFIX.fullmatch(prefix) is not None
        if parts.scheme not in ("http", "https") or host_name(parts.netloc) is None or not is_plain:
            raise ValueError(f"'{text}' is not a URL such as https://gateway.example.com/tasks")
        usual = {"http": ":80", "https": ":443"}[parts.scheme]
        host = parts.netloc.lower().removesuffix(usual)
        return cls(scheme=parts.scheme, host=host, prefix=prefix)

    @property
    def origin(self) -> str:
        """Scheme and host, as browsers name the origin."""
        return f"{self.scheme}://{self.host}"

    @property
    def base(self) -> str:
        """What every link starts with."""
        return f"{self.origin}{self.prefix}"
