from __future__ import annotations

import pytest

from gateway.errors import Unsupported
from gateway.model.documents import StoredObject
from gateway.query import compile_filter

REFERRED = ". referencedBy (@type = UserType and @path = assignment/targetRef and name = 'jack')"


def user(name: str, target: str) -> StoredObject:
    reference = {"oid": target, "type": "RoleType", "relation": "default"}
    items = {"name": name, "assignment": [{"id": 1, "targetRef": reference}]}
    return StoredObject(oid=name, type="UserType", version=0, items=items, seq=0)


def role(key: str) -> StoredObject:
    return StoredObject(oid=key, type="RoleType", version=0, items={"name": key}, seq=0)


def test_what_refers_to_an_object_is_looked_for_among_all() -> None:
    everything = [user("jack", "captain"), user("gibbs", "mate"), role("captain"), role("mate")]
    accepts = compile_filter(REFERRED, "RoleType").predicate(lambda _: None, lambda: everything)
    assert [each.oid for each in everything if accepts(each)] == ["captain"]


@pytest.mark.parametrize("text", [REFERRED, f"name = 'a' or not ({REFERRED})"])
def test_without_all_objects_nobody_is_told_that_nothing_refers(text: str) -> None:
    with pytest.raises(Unsupported, match="needs all objects"):
        compile_filter(text, "RoleType").predicate(lambda _: None)
