"""The short form of the siege: those who poll get their answers whatever others do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.siege import ATTACKS, MIB, besiege

if TYPE_CHECKING:
    from pathlib import Path

#: Guessing passwords costs the server time on purpose; the long form shows how much.
ROWS = [row for row in ATTACKS if row != "wrong-passwords"]


def test_attackers_who_do_not_log_in_harm_nobody_who_does(tmp_path: Path) -> None:
    seen = dict(besiege(tmp_path / "siege.db", ROWS, seconds=1, share=0.1))
    assert set(seen) == {"idle", *ROWS}
    assert all(each.failures == 0 for each in seen.values())
    # Each poller goes on; one that was shut out would end with a time-out of the test.
    assert all(len(each.latencies) > 100 for each in seen.values())
    assert max(each.memory for each in seen.values()) < seen["idle"].memory + 64 * MIB
