"""The comparable form of polystrings (midpoint-rest 4.3)."""

from __future__ import annotations

import pytest

from gateway.model.documents import StoredObject, normalize, orig, same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jack", "jack"),
        ("  Jack   Sparrow  ", "jack sparrow"),
        ("Ján Novák", "jan novak"),
        ("O'Brien-Smith", "obriensmith"),
        ("R2 D2!", "r2 d2"),
        ("under_score", "under_score"),
        ("ﬁne", "fine"),
        ("Ⅳ", "iv"),
        ("Привет", ""),
        ("!?", ""),
        ("a\tb\nc", "a b c"),
        ("", ""),
    ],
)
def test_the_normal_form_keeps_letters_digits_and_single_blanks(text: str, expected: str) -> None:
    assert normalize(text) == expected


def test_normalizing_twice_changes_nothing() -> None:
    assert normalize(normalize("Ján  NOVÁK, jr.")) == normalize("Ján  NOVÁK, jr.")


def test_the_text_of_a_translated_polystring_is_its_orig() -> None:
    assert orig({"orig": "Jack", "lang": {"sk": "Jano"}}) == "Jack"
    assert orig("Jack") == "Jack"


def test_a_stored_object_does_not_show_its_content_when_it_is_printed() -> None:
    stored = StoredObject(oid="o", type="UserType", version=0, items={"name": {"orig": "Jack"}})
    assert stored.name == "Jack"
    assert "Jack" not in repr(stored)


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), (0, False), (1, 1.0), ({"a": [1]}, {"a": [True]}), ("1", 1)]
)
def test_values_of_different_json_types_are_not_the_same(left: object, right: object) -> None:
    assert not same(left, right)


def test_the_order_of_members_does_not_matter() -> None:
    assert same({"a": 1, "b": [{"c": None}]}, {"b": [{"c": None}], "a": 1})


def test_the_order_of_values_does_matter() -> None:
    assert not same([1, 2], [2, 1])
