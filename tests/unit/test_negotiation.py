"""Which media type an `Accept` header prefers."""

from __future__ import annotations

import pytest

from gateway.http.negotiation import choose_media_type, media_type_of

OFFERS = ("application/xml", "text/xml", "application/json", "application/*+xml")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "application/xml"),
        ("", "application/xml"),
        (" , ", "application/xml"),
        ("*/*", "application/xml"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/*", "application/xml"),
        ("text/*", "text/xml"),
        ("text/html, application/json;q=0.1", "application/json"),
        ("application/json;q=0.5, */*;q=0.4", "application/json"),
        ("application/json;q=0.4, */*;q=0.5", "application/xml"),
        ("application/json, application/xml", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/json; Q=0.2, text/xml; q=0.1", "application/json"),
        ("application/soap+xml", "application/soap+xml"),
        ("application/soap+xml;q=0", None),
        ("text/soap+xml", None),
        ("application/*+xml", None),
        ("text/csv", None),
        ("application/json;q=0", None),
        ("application/json;q=0, */*", "application/xml"),
        ("application/json;q=nonsense", None),
        ("garbage", None),
    ],
)
def test_the_best_offer_that_a_client_accepts_is_chosen(
    header: str | None, chosen: str | None
) -> None:
    assert choose_media_type(header, OFFERS) == chosen


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/xml ;", "text/xml"),
        (None, ""),
        ("", ""),
    ],
)
def test_parameters_and_capitals_of_a_media_type_do_not_matter(
    header: str | None, media_type: str
) -> None:
    assert media_type_of(header) == media_type
