"""Accounts and groups by the vendor's ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.dialects.itential.names import short_id
from gateway.model.job import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.store.base import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """Everybody who may log in, and every group that somebody belongs to."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def oid(self, id_: str) -> str | None:
        """The oid of the account with that id."""
        found = self.accounts.get(id_)
        return None if found is None else found.oid

    def group(self, id_: str) -> str | None:
        """The name of the group with that id."""
        return id_ if id_ == EVERYBODY else self.groups.get(id_)


NOBODY = People()


def collect_people(accounts: Iterable[Account]) -> People:
    """The accounts and their groups."""
    listed = list(accounts)
    return People(
        accounts={short_id(each.oid): each for each in listed},
        groups={short_id(name): name for each in listed for name in each.groups},
    )
