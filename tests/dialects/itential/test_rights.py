"""What Itential's roles may do to the tasks that are their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office


@pytest.mark.parametrize("role", ["operations", "apiwrite"])
def test_who_works_on_jobs_deletes_them(office: Office, role: str) -> None:
    person = office.of(role)
    job = person.start("Approve a leaver")
    person.post("/jobs/cancel", {"jobIds": [job["_id"]]})
    answer = person.client.delete(f"/operations-manager/jobs/{job['_id']}")
    assert answer.is_success, answer.text
