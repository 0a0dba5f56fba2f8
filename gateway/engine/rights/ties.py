"""Who may tie a task to others: as a part of one (`parent`), or as what some wait for (`dependent`).

A tie is a hold on the other task. It cannot end before the tied one does, it goes on when that one is
done, and a policy of the tied one suspends it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gateway.engine.objects.literals import one_of
from gateway.engine.rights.sight import sight_of
from gateway.errors import NotAllowed
from gateway.model.paging import Page
from gateway.model.principal import Right
from gateway.model.task_document import TASK_TYPE, dependents, parent
from gateway.query import compile_filter, restrict_filter
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.model.documents import Document
    from gateway.model.principal import Principal
    from gateway.store.base import Store

T = TypeVar("T")


class UnheldTies(Exception):
    """Ties to tasks of which it is not known whether the caller may have them."""

    def __init__(self, identifiers: frozenset[str]) -> None:
        super().__init__()
        self.identifiers = identifiers


def tied_to(items: Document) -> frozenset[str]:
    """Identifiers of the tasks that a task of these items is tied to."""
    above = parent(items)
    return frozenset(dependents(items)) | ({above} if above else frozenset())


def check_ties(before: Document, after: Document, held: frozenset[str]) -> None:
    """`UnheldTies` if a change makes ties that are not among those that the caller may have."""
    unheld = tied_to(after) - tied_to(before) - held
    if unheld:
        raise UnheldTies(unheld)


class Ties:
    """Looks up which tasks callers may tie others to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def supplied(
        self, principal: Principal, attempt: Callable[[frozenset[str]], Awaitable[T]]
    ) -> T:
        """What comes of an attempt; it is made again with the ties that the caller may have."""
        held: frozenset[str] = frozenset()
        while True:
            try:
                return await attempt(held)
            except UnheldTies as unheld:
                await self.check(principal, unheld.identifiers)
                held |= unheld.identifiers

    async def check(self, principal: Principal, identifiers: frozenset[str]) -> None:
        """`NotAllowed` unless the principal may run and suspend all of the tasks.

        What is hidden, and what is not there yet, is refused in the same words.
        """
        sight = sight_of(principal, Right.RUN, Right.SUSPEND)
        if not identifiers or sight is None:
            return
        wanted = compile_filter(f"taskIdentifier = {one_of(sorted(identifiers))}", TASK_TYPE)
        within = restrict_filter(wanted, TASK_TYPE, sight)
        found = await self._store.search(
            Search(type=TASK_TYPE, filter=within, page=Page(size=0), count=True, sight=sight)
        )
        if found.total != len(identifiers):
            raise NotAllowed(
                "To make a task a part of another ('parent'), or something that others wait for "
                f"('dependent'), '{principal.name}' needs the rights to {Right.RUN} and to "
                f"{Right.SUSPEND} on these others."
            )
