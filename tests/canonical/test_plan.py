"""The decisions of a sync, branch by branch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canonical.plan import Action, Limits, ReadOutcome, Stored, Sweep, decide, judge, too_many_bad

HASH, OTHER = b"h" * 16, b"o" * 16
STORED = Stored(n=1, id="i", entity="students", scope="", content_hash=HASH, raw_hash=None, version=3, live=True)


@pytest.mark.parametrize(
    ("stored", "entity", "content", "action"),
    [
        pytest.param(None, "students", HASH, Action.INSERT, id="a new key"),
        pytest.param(
            STORED._replace(entity=None, content_hash=None, version=0, live=False), "students", HASH, Action.INSERT,
            id="only referred to so far",
        ),
        pytest.param(STORED._replace(live=False), "students", HASH, Action.REVIVE, id="deleted, back as it was"),
        pytest.param(STORED._replace(live=False), "students", OTHER, Action.REVIVE, id="deleted, back otherwise"),
        pytest.param(STORED._replace(live=False), "groups", HASH, Action.REVIVE, id="deleted, back by another entity"),
        pytest.param(STORED, "groups", HASH, Action.IGNORE, id="another entity's, the same"),
        pytest.param(STORED, "groups", OTHER, Action.IGNORE, id="another entity's, otherwise"),
        pytest.param(STORED, "students", HASH, Action.SAME, id="the same"),
        pytest.param(STORED, "students", OTHER, Action.UPDATE, id="changed"),
    ],
)  # fmt: skip
def test_decide(stored: Stored | None, entity: str, content: bytes, action: Action) -> None:
    assert decide(stored, entity, content) is action


LIMITS = Limits(deletion_share=0.10, deletion_floor=20, bad_share=0.05, bad_floor=20)
READ = ReadOutcome(rows=1_000, bad=0, unidentified=0, incremental=False, proved="closing tag", declared=None)


@pytest.mark.parametrize(
    ("outcome", "alive", "missing", "sweep", "complete", "whole"),
    [
        pytest.param(READ, 1_000, 0, Sweep.NOTHING, True, True, id="nothing is missing"),
        pytest.param(READ, 1_000, 1, Sweep.APPLY, True, True, id="something is missing"),
        pytest.param(replace(READ, proved=None), 1_000, 1, Sweep.NOTHING, False, False, id="not proved"),
        pytest.param(replace(READ, proved=None, incremental=True), 1_000, 1, Sweep.NOTHING, False, False,
                     id="incremental and not proved"),
        pytest.param(replace(READ, declared=1_001), 1_000, 1, Sweep.NOTHING, False, False, id="fewer than declared"),
        pytest.param(replace(READ, declared=999), 1_000, 1, Sweep.NOTHING, False, False, id="more than declared"),
        pytest.param(replace(READ, declared=1_000), 1_000, 1, Sweep.APPLY, True, True, id="as many as declared"),
        pytest.param(replace(READ, rows=0, declared=5), 9, 9, Sweep.NOTHING, False, False, id="empty, 5 declared"),
        pytest.param(replace(READ, incremental=True), 1_000, 999, Sweep.NOTHING, True, True, id="incremental"),
        pytest.param(replace(READ, incremental=True, bad=1), 1_000, 999, Sweep.NOTHING, True, False,
                     id="incremental with a bad row"),
        pytest.param(replace(READ, bad=1, unidentified=1), 1_000, 1, Sweep.NOTHING, True, False,
                     id="a bad row without keys"),
        pytest.param(replace(READ, bad=1), 1_000, 1, Sweep.APPLY, True, False, id="a bad row with keys"),
        pytest.param(replace(READ, rows=0), 1, 1, Sweep.HOLD, True, False, id="empty, below the floor"),
        pytest.param(replace(READ, rows=0, declared=0), 1, 1, Sweep.HOLD, True, False, id="empty and declared so"),
        pytest.param(replace(READ, rows=0), 0, 0, Sweep.NOTHING, True, True, id="empty, as it was"),
        pytest.param(READ, 1_000, 100, Sweep.APPLY, True, True, id="exactly ten percent"),
        pytest.param(READ, 1_000, 101, Sweep.HOLD, True, False, id="more than ten percent"),
        pytest.param(READ, 30, 20, Sweep.APPLY, True, True, id="exactly the floor"),
        pytest.param(READ, 30, 21, Sweep.HOLD, True, False, id="above the floor"),
    ],
)  # fmt: skip
def test_judge(outcome: ReadOutcome, alive: int, missing: int, sweep: Sweep, complete: bool, whole: bool) -> None:
    verdict = judge(outcome, alive=alive, missing=missing, limits=LIMITS)
    assert verdict[:3] == (sweep, complete, whole)
    assert bool(verdict.reason) is (not complete or sweep is Sweep.HOLD or outcome.unidentified > 0)


def test_the_ceiling_is_exact_at_every_size() -> None:
    """Ten percent is not a number that a computer holds exactly."""
    for tens in range(20, 20_000):
        assert judge(READ, alive=tens * 10, missing=tens, limits=LIMITS).sweep is Sweep.APPLY
        assert judge(READ, alive=tens * 10, missing=tens + 1, limits=LIMITS).sweep is Sweep.HOLD


@pytest.mark.parametrize(
    ("rows", "bad", "too_many"),
    [(20, 20, False), (21, 21, True), (1_000, 50, False), (1_000, 51, True), (0, 0, False)],
)
def test_too_many_bad(rows: int, bad: int, too_many: bool) -> None:
    assert too_many_bad(replace(READ, rows=rows, bad=bad), LIMITS) is too_many
