"""What holds for every request and answer, whatever its path: who may send it, and what browsers may do.

A browser that visits another site sends our callers' logins along with whatever that site asks it
to send; and it would run what the values of objects hold, if an answer with them were a page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.addresses import host_name, is_loopback
from gateway.errors import InvalidRequest, NotAllowed, UnsupportedMediaType
from gateway.http.exchange import BASE_URL, BY_NAME
from gateway.http.negotiation import media_type_of
from gateway.http.proxies import peer_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, MutableMapping
    from typing import Any

    from starlette.types import Scope

    from gateway.addresses import PublicUrl
    from gateway.http.proxies import Proxies

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Media types of bodies that a form of any site can send without being asked.
OF_FORMS = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
#: Values of `Sec-Fetch-Site` that only pages of others lead to.
FOREIGN = frozenset({b"cross-site", b"same-site"})
#: Headers that say once who asks and for whom.
SINGLE = (b"authorization", b"host")
#: Headers that proxies add, and no program that speaks to us directly.
OF_PROXIES = (b"forwarded", b"via", b"x-real-ip")
#: Key of the scope: whether a trusted proxy handed the request on.
PROXIED = "taskgate.proxied"
ANY = "*"


class Hosts:
    """The names that requests may be for.

    A page whose own name an attacker points to this machine speaks to us as if it were ours, and
    only that name tells it from others.
    """

    def __init__(self, names: Collection[str], bound: str, public: PublicUrl | None) -> None:
        """Names as the operator gives them, the address that is listened on, and the public URL."""
        own = {bound.lower(), f"[{bound.lower()}]"}
        if public is not None:
            own.add(host_name(public.host) or "")
        self._names = own | set(names)
        self._any = ANY in names or (not names and not is_loopback(bound))
        self.admits = lru_cache(maxsize=1_024)(self._admits)

    def _admits(self, host: bytes) -> bool:
        """Whether a `Host` is well-formed and one of them; loopback's own names always are."""
        name = host_name(host.decode("latin-1"))
        return name is not None and (self._any or name in self._names or is_loopback(name))


class Guard:
    """Looks at each request before anybody else does."""

    def __init__(self, hosts: Hosts, proxies: Proxies, public: PublicUrl | None) -> None:
        self._admits = hosts.admits
        self._proxies = proxies
        self._is_proxied = bool(proxies)
        self.public = public
        self._own = {public.origin.encode()} if public is not None else set()

    def locate(self, scope: MutableMapping[str, Any], public: PublicUrl) -> None:
        """Put the public URL into the scope, and take its prefix off the path: proxies may keep it."""
        scope["scheme"], scope[BASE_URL] = public.scheme, public.base
        path: str = scope["path"]
        if public.prefix and f"{path}/".startswith(f"{public.prefix}/"):
            scope["path"] = path[len(public.prefix) :]
            scope["raw_path"] = scope["raw_path"].removeprefix(public.prefix.encode())

    def check(self, scope: MutableMapping[str, Any], forms: Collection[str]) -> None:
        """Refuse what no program of the caller's own has sent.

        `InvalidRequest`, `NotAllowed` or `UnsupportedMediaType`, each with what to do about it. The
        scope's client, scheme and host are afterwards those that a trusted proxy tells.

        Args:
            scope: the request's.
            forms: paths that read what forms send.
        """
        if self._is_proxied:
            self._believe(scope)
        headers = scope["headers"]
        found = dict(headers)
        if len(found) == len(headers):
            scope[BY_NAME] = found
        else:
            scope[BY_NAME] = None
            _check_single(headers)
        host = found.get(b"host")
        if host is not None and not self._admits(host):
            raise InvalidRequest(
                "The request is for a host that is not served here; an operator can add its name "
                "to TASKGATE_ALLOWED_HOSTS, or set TASKGATE_PUBLIC_URL."
            )
        if scope["method"] not in SAFE:
            self._check_site(found)
            if scope["path"].rstrip("/") not in forms:
                _check_body(found)

    def is_local(self, scope: Scope) -> bool:
        """Whether a program on this machine asks, and no proxy on it for somebody else.

        A proxy that tells nothing about itself looks like such a program. So nobody does once an
        operator has named a public URL elsewhere, and nobody who speaks HTTP/1.0, as proxies do.
        """
        headers, peer = dict(scope["headers"]), peer_of(scope)
        hosts = [headers.get(b"host", b"").decode("latin-1")]
        if self.public is not None:
            hosts.append(self.public.host)
        is_handed_on = (
            scope.get(PROXIED, False)
            or self._proxies.trusts(peer)
            or scope["http_version"] == "1.0"
            or any(map(_is_of_proxies, headers))
        )
        names = (peer, *(host_name(host) or "" for host in hosts))
        return not is_handed_on and all(map(is_loopback, names))

    def _believe(self, scope: MutableMapping[str, Any]) -> None:
        told = self._proxies.find_hop(scope)
        if told is None:
            return
        scope[PROXIED] = True
        if told.address is not None:
            scope["client"] = (told.address, 0)
        if told.scheme is not None and self.public is None:
            scope["scheme"] = told.scheme
        if told.host is not None:
            host = told.host.encode()
            rest = [each for each in scope["headers"] if each[0] != b"host"]
            scope["headers"] = [(b"host", host), *rest]

    def _check_site(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what a page of another site sends; other programs say nothing about sites."""
        origin = headers.get(b"origin")
        is_foreign = headers.get(b"sec-fetch-site") in FOREIGN
        if origin is not None and not is_foreign and origin not in self._own:
            scheme, _, host = origin.partition(b"://")
            own = headers.get(b"host", b"").lower()
            is_foreign = scheme not in (b"http", b"https") or host.lower() != own
        if is_foreign:
            raise NotAllowed(
                "A page of another site may not send this; if the page is this server's own, "
                "TASKGATE_PUBLIC_URL must say where callers find it."
            )


def _check_single(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Whoever looks at another one of two, such as a proxy, would see another caller."""
    names = [name for name, _ in headers]
    twice = next((name for name in SINGLE if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequest(f"The header {twice.decode().title()} must be given once.")


def _check_body(headers: Mapping[bytes, bytes]) -> None:
    kind = headers.get(b"content-type")
    if kind is None or media_type_of(kind.decode("latin-1")) not in OF_FORMS:
        return
    if b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
        raise UnsupportedMediaType(
            "Forms and plain texts are not read here; send the body as application/json."
        )


def _is_of_proxies(name: bytes) -> bool:
    return name in OF_PROXIES or name.startswith(b"x-forwarded-")
