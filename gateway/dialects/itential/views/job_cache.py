"""Jobs as they are shown in lists, at hand until they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.views.job import show_job
from gateway.dialects.itential.views.projection import ALL
from gateway.engine.rights.entry import reads_whatever
from gateway.model.job import job_id_of
from gateway.model.task_document import TASK_TYPE
from gateway.store.cache import InvalidatingCache

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.dialects.itential.views.projection import FieldProjection
    from gateway.http.exchange import AnswerSize
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Bytes that a kept view takes beside its text.
OVERHEAD = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class JobView:
    """A job as JSON, and the groups that it is limited to."""

    text: bytes
    groups: Collection[str]


class JobViews:
    """Views of jobs as JSON; `capacity` is their size in bytes."""

    def __init__(self, store: Store, capacity: int) -> None:
        self._jobs = store.jobs
        self._kept: InvalidatingCache[str, JobView] = InvalidatingCache(
            store, capacity, weigh=_weight, key_of=job_id_of
        )

    async def _load(self, ids: Sequence[str]) -> dict[str, JobView]:
        found = await self._jobs.jobs(ids)
        return {
            id_: JobView(text=orjson.dumps(show_job(job)), groups=job.groups)
            for id_, job in found.items()
        }

    async def of(
        self,
        ids: Sequence[str],
        projection: FieldProjection,
        principal: Principal,
        size: AnswerSize,
    ) -> list[Any]:
        """What is wanted of those jobs that the caller may see, in order, for `orjson.dumps`."""
        found = await self._kept.get_many(ids, self._load)
        views = (found[each] for each in ids if each in found)
        texts = [each.text for each in views if reads_whatever(principal, TASK_TYPE, each.groups)]
        size.add(sum(map(len, texts)))
        if projection == ALL:
            return [orjson.Fragment(text) for text in texts]
        return [projection.of(orjson.loads(text)) for text in texts]


def _weight(view: JobView) -> int:
    return len(view.text) + OVERHEAD
