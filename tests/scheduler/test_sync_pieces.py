"""A batch of rows that bring many records is written in several transactions, the cursor only with the last of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

import scheduler.sync
from canonical.store import Store
from scheduler.sync import Target, sync_entity
from tests.fake_source import MEMBERS, FakeSource, member
from tests.stored import live, rows_of

ENTITY = replace(MEMBERS, incremental=True)


class Killed(BaseException):
    """The end of a process; nothing can handle it."""


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_kill_between_two_pieces_keeps_the_first_and_no_cursor(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr(scheduler.sync, "MANY_RECORDS", 4)
    source, store = FakeSource(), Store(engine)
    source.batch = 5_000
    source.rows["members"] = [member(str(number), "g1", "1a") for number in range(1, 7)]
    source.stamp()
    target = Target("fake", store.source("fake", "fake", "School"), source)
    commits = 0

    def count(_connection: Any) -> None:
        nonlocal commits
        commits += 1
        if commits == 1 + pieces + 1:  # the first one begins the run
            raise Killed

    event.listen(engine, "commit", count)
    with pytest.raises(Killed):
        sync_entity(store, target, ENTITY)
    event.remove(engine, "commit", count)
    found = [place for place in live(engine, target.source_id) if place[0] == "group_member"]
    assert len(found) == 2 * pieces
    (state,) = rows_of(engine, "entity_state", target.source_id)
    assert state["cursor"] is None, "it moves with the verdict"
