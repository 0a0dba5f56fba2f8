"""Jobs as they are shown in lists, at hand until they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.projecting import ALL
from gateway.dialects.itential.view import job_view
from gateway.model.job import job_id_of
from gateway.store.cache import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dialects.itential.projecting import Projection
    from gateway.http.exchange import AnswerSize
    from gateway.store.base import Store

#: Bytes that a kept view takes beside its text.
OVERHEAD = 200


class JobViews:
    """Views of jobs as JSON; `capacity` is their size in bytes."""

    def __init__(self, store: Store, capacity: int) -> None:
        self._jobs = store.jobs
        self._kept = Kept(store, self._load, _weight, capacity, key=job_id_of)

    async def _load(self, ids: Sequence[str]) -> dict[str, bytes]:
        found = await self._jobs.jobs(ids)
        return {id_: orjson.dumps(job_view(job)) for id_, job in found.items()}

    async def of(self, ids: Sequence[str], projection: Projection, size: AnswerSize) -> list[Any]:
        """What is wanted of those jobs that exist, in order, for `orjson.dumps`."""
        found = await self._kept.get_many(ids)
        texts = [found[each] for each in ids if each in found]
        size.add(sum(map(len, texts)))
        if projection == ALL:
            return [orjson.Fragment(text) for text in texts]
        return [projection.of(orjson.loads(text)) for text in texts]


def _weight(text: bytes) -> int:
    return len(text) + OVERHEAD
