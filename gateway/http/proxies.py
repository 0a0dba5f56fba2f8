"""What trusted proxies tell of a request: who sent it, by which scheme, to which host.

Both `Forwarded` (RFC 7239) and the `X-Forwarded-*` headers are read, and only from peers that the
operator trusts: everybody else could write anything there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.addresses import host_name, parse_address
from gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

    from gateway.addresses import Network

SCHEMES = ("http", "https")
FOR, PROTO, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
FORWARDED = b"forwarded"
_PAIR = re.compile(r'\s*(for|by|proto|host)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]+)\s*', re.IGNORECASE)
#: An address with a port behind it, as some proxies write it.
_WITH_PORT = re.compile(r"(\[[^\]]*\]|[0-9.]+)(?::[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy says of whom it got the request from; None is what it does not say."""

    address: str | None = None
    scheme: str | None = None
    host: str | None = None


class Proxies:
    """The proxies that an operator trusts."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)
        self._is_trusted = lru_cache(maxsize=4_096)(self._belongs)

    def __bool__(self) -> bool:
        return bool(self._trusted)

    def trusts(self, address: str) -> bool:
        """Whether a peer is one of them."""
        return bool(self._trusted) and self._is_trusted(address)

    def find_hop(self, scope: Scope) -> Hop | None:
        """The first hop outside, as the proxies tell it; None if the peer is not trusted.

        `InvalidRequest` if what a trusted peer tells cannot be read, or contradicts itself.
        """
        if not self.trusts(peer_of(scope)):
            return None
        extended, standard = _read_extended_hops(scope), _standard_hops(scope)
        found = [self._outermost(hops) for hops in (extended, standard) if hops]
        if len(found) > 1 and found[0].address != found[1].address:
            # One of the two went through a proxy that writes only the other: its caller made it up.
            raise InvalidRequest("Forwarded and X-Forwarded-For name different clients.")
        return found[0] if found else Hop()

    def _outermost(self, hops: Sequence[Hop]) -> Hop:
        """From the nearest proxy outwards, the first hop that is not one of them."""
        for hop in reversed(hops):
            if hop.address is None or not self.trusts(hop.address):
                return hop
        return hops[0]

    def _belongs(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self._trusted)


def peer_of(scope: Scope) -> str:
    """The address of whoever the request comes from; empty if it has none.

    Behind trusted proxies it is the client's, as they tell it.
    """
    client: Any = scope.get("client")
    return str(client[0]) if client else ""


def _values(scope: Scope, name: bytes) -> list[str]:
    """The values of a header that is a list, over all of its lines."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [part.strip() for part in ",".join(lines).split(",")] if lines else []


def _read_extended_hops(scope: Scope) -> list[Hop]:
    """The hops of the `X-Forwarded-*` headers; a shorter list counts from the nearest proxy."""
    addresses, schemes, hosts = (_values(scope, name) for name in (FOR, PROTO, HOST))
    length = max(len(addresses), len(schemes) and 1, len(hosts) and 1)
    return [
        _hop(
            _pick_aligned(addresses, length, n),
            _pick_aligned(schemes, length, n),
            _pick_aligned(hosts, length, n),
        )
        for n in range(length)
    ]


def _pick_aligned(values: Sequence[str], length: int, position: int) -> str | None:
    """The value for a hop; where the list is shorter, its first one stands for all further out."""
    if not values:
        return None
    return values[max(0, position - (length - len(values)))]


def _standard_hops(scope: Scope) -> list[Hop]:
    return [_standard_hop(element) for element in _values(scope, FORWARDED)]


def _standard_hop(element: str) -> Hop:
    found: dict[str, str] = {}
    for part in element.split(";"):
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1].lower() in found:
            raise InvalidRequest("The header Forwarded cannot be read.")
        found[pair[1].lower()] = pair[2].strip('"')
    return _hop(found.get("for"), found.get("proto"), found.get("host"))


def _hop(address: str | None, scheme: str | None, host: str | None) -> Hop:
    if scheme is not None and scheme.lower() not in SCHEMES:
        raise InvalidRequest("The forwarded scheme is neither http nor https.")
    if host is not None and host_name(host) is None:
        raise InvalidRequest("The forwarded host is not well-formed.")
    return Hop(
        _address(address), scheme.lower() if scheme else None, host.lower() if host else None
    )


def _address(text: str | None) -> str | None:
    """The address in a hop, without a port; None for `unknown` and names that hide it."""
    if text is None or text.lower() == "unknown" or text.startswith("_"):
        return None
    found = _WITH_PORT.fullmatch(text)
    address = parse_address(found[1] if found else text)
    if address is None:
        raise InvalidRequest("A forwarded address is none.")
    return str(address)
