"""How many items make a slice."""

from __future__ import annotations

from gateway.engine.running.bucket_runner import BatchSize


def test_slices_shrink_at_a_refusal_and_grow_when_all_goes_well() -> None:
    pace = BatchSize(500, 500)
    pace.slow(500)
    assert pace.size == 62
    pace.slow(3)
    assert pace.size == 1
    for _ in range(20):
        pace.quicken()
    assert pace.size == 500
