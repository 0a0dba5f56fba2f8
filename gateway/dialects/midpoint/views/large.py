"""Large objects, whose writing in a form takes its time: it is done where nobody waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from gateway.dialects.midpoint.reply import Reply
    from gateway.dialects.midpoint.views.representation import Representation

#: Bytes of an object in JSON from which on other forms of it are written in a thread.
LARGE_OBJECT = 16 * 1024


def is_handy(representation: Representation, reply: Reply) -> bool:
    """Whether it takes no time to write it."""
    return reply.form.is_ready_made or len(representation.members) <= LARGE_OBJECT


async def write_objects(
    write: Callable[[str, bytes], bytes], made: Sequence[Representation]
) -> AsyncIterator[list[bytes]]:
    """The objects in their form; large ones are written in a thread."""
    if all(len(each.members) <= LARGE_OBJECT for each in made):
        yield [write(each.type, each.members) for each in made]
        return
    for each in made:
        if len(each.members) <= LARGE_OBJECT:
            yield [write(each.type, each.members)]
        else:
            yield [await asyncio.to_thread(write, each.type, each.members)]
