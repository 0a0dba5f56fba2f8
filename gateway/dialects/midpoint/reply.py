"""Which form a client gets and which one it sends (midpoint-rest 3)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.forms import FORMS
from gateway.errors import NotAcceptable, UnsupportedMediaType
from gateway.http.exchange import Answer
from gateway.http.negotiation import choose_media_type, media_type_of

if TYPE_CHECKING:
    from gateway.dialects.midpoint.wire.forms import Form

OFFERS = tuple(media_type for form in FORMS for media_type in form.media_types)
SPOKEN = "application/xml, application/json and application/yaml"
#: Kinds of XML that browsers run the scripts of; who asks for one gets the usual XML.
SHOWN = frozenset(
    f"application/{name}+xml"
    for name in ("xhtml", "vnd.wap.xhtml", "xslt", "rss", "atom", "rdf", "mathml", "svg")
)
#: A cache between us and the clients keeps the forms apart.
VARY = (b"vary", b"accept")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The form of an answer, under the name that the client has for it."""

    form: Form
    media_type: str

    def answer(self, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
        """An answer with a body in this form."""
        typed = (b"content-type", self.media_type.encode("latin-1"))
        return Answer(status=status, body=body, headers=(typed, VARY, *headers))

    def etag(self, etag: bytes) -> bytes:
        """The validator of this form, made from that of the content."""
        return b'%s-%s"' % (etag.removesuffix(b'"'), self.form.name.encode())


#: For those who do not mind, and for telling that nothing fits.
USUAL = Reply(form=FORMS[0], media_type=FORMS[0].media_types[0])


@lru_cache(maxsize=256)
def reply_for(accept: str) -> Reply:
    """The best form that the `Accept` headers admit; `NotAcceptable` if they admit none."""
    chosen = choose_media_type(accept, OFFERS)
    form = None if chosen is None else _find_form(chosen)
    if chosen is None or form is None:
        raise NotAcceptable(f"The forms that are served are {SPOKEN}; ask for one of them.")
    return Reply(form=form, media_type=chosen if _is_safe(chosen) else USUAL.media_type)


def _is_safe(media_type: str) -> bool:
    """Whether browsers do not take what has the type for a page or a style sheet."""
    return media_type not in SHOWN


def choose_body_form(content_type: str | None) -> Form:
    """The form that a `Content-Type` names; `UnsupportedMediaType` if it names none."""
    form = _find_form(media_type_of(content_type))
    if form is None:
        raise UnsupportedMediaType(
            f"The forms that are read are {SPOKEN}; say which one it is in the Content-Type header."
        )
    return form


def read_content_tag(etag: bytes) -> bytes:
    """The validator of the content behind that of any form."""
    opaque = etag.strip().removeprefix(b"W/").strip(b'"')
    for form in FORMS:
        opaque = opaque.removesuffix(f"-{form.name}".encode())
    return b'"%s"' % opaque


def _find_form(media_type: str) -> Form | None:
    for form in FORMS:
        if any(fnmatchcase(media_type, pattern) for pattern in form.media_types):
            return form
    return None
