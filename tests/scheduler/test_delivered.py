"""What a source delivers by itself is read when something new has come, each delivery once, and is as old as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from canonical.store import Store
from connectors.contract import Batch, Entity, Proof, RawRecord
from connectors.errors import Broken, SourceError
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import FakeSource, Row, student
from tests.stored import rows_of

SNAPSHOT = Entity("students", ("student",), delivered=True)
MADE = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)


class Post(FakeSource):
    """Deliveries in a list: a read gives the one after the cursor, or the last one again."""

    entities = (SNAPSHOT,)

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: list[list[Row]] = []
        self.changes = False
        self.made: datetime | None = MADE
        self.error: SourceError | None = None
        self.reads: list[str | None] = []

    def newest(self, entity: Entity) -> str | None:
        if self.error is not None:
            raise self.error
        return str(len(self.deliveries)) if self.deliveries else None

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        self.reads.append(since)
        number = min(int(since or 0) + 1, len(self.deliveries)) if self.changes else len(self.deliveries)
        self.rows[entity.name] = self.deliveries[number - 1]
        for batch in super().read(entity, None):
            proof = Proof("manifest", as_of=self.made, changes=self.changes) if batch.proof else None
            yield Batch([RawRecord(entity.name, raw.data) for raw in batch.rows], str(number) if proof else None, proof)


@pytest.fixture
def post() -> Post:
    return Post()


class Case:
    def __init__(self, engine: Engine, post: Post) -> None:
        self.engine, self.post = engine, post
        self.store = Store(engine)
        self.target = Target("school", self.store.source("school", "fake", "School"), post)

    def sync(self, *, full: bool = False, rehearse: bool = False) -> Report:
        report = sync_entity(self.store, self.target, SNAPSHOT, full=full, rehearse=rehearse)
        assert report is not None
        return report

    def deliver(self, *numbers: int) -> None:
        self.post.deliveries.append([student(str(number)) for number in numbers])
        self.post.rows["students"] = self.post.deliveries[-1]
        self.post.stamp()

    def state(self) -> dict[str, object]:
        (found,) = rows_of(self.engine, "entity_state", self.target.source_id)
        return dict(found)

    def runs(self) -> int:
        return len(rows_of(self.engine, "run", self.target.source_id))


@pytest.fixture
def case(engine: Engine, post: Post) -> Case:
    return Case(engine, post)


def test_before_anything_has_come_there_is_no_run(case: Case) -> None:
    for full in (False, True):
        report = case.sync(full=full)
        assert (report.summary.outcome, report.summary.code, report.error) == ("waiting", "source.waiting", None)
        assert report.summary.message == "nothing has been delivered yet"
    assert (case.runs(), case.post.reads) == (0, [])


def test_a_delivery_is_read_once(case: Case) -> None:
    case.deliver(1, 2)
    assert case.sync().summary.inserted == 2
    assert case.sync().summary.outcome == "waiting"
    assert (case.runs(), case.post.reads) == (1, [None])


def test_a_person_may_read_it_again(case: Case) -> None:
    case.deliver(1, 2)
    case.sync()
    report = case.sync(full=True)
    assert (report.summary.outcome, report.summary.unchanged) == ("complete", 2)
    assert case.post.reads == [None, "1"], "it always gets the cursor"


def test_it_is_as_old_as_the_source_made_it(case: Case) -> None:
    case.deliver(1)
    report = case.sync()
    state = case.state()
    assert state["fresh_at"] == state["complete_at"] == report.as_of == MADE


def test_a_moment_that_is_still_to_come_is_now(case: Case) -> None:
    case.post.made = datetime.now(UTC) + timedelta(days=1)
    case.deliver(1)
    case.sync()
    fresh = case.state()["fresh_at"]
    assert isinstance(fresh, datetime)
    assert fresh <= datetime.now(UTC)


def test_a_moment_without_a_zone_is_refused(case: Case) -> None:
    case.post.made = MADE.replace(tzinfo=None)
    case.deliver(1)
    report = case.sync()
    assert isinstance(report.error, Broken)
    assert (report.error.code, case.state()["cursor"]) == ("contract.as_of", None)


def test_what_a_snapshot_lacks_is_gone(case: Case) -> None:
    case.deliver(1, 2, 3)
    case.sync()
    case.deliver(1, 2)
    assert case.sync().summary.tombstoned == 1


def test_changes_come_one_after_the_other_and_delete_nothing(case: Case) -> None:
    case.post.changes = True
    for numbers in ((1, 2), (3,), (4,)):
        case.deliver(*numbers)
    report = case.sync()
    assert (report.summary.outcome, report.summary.inserted, report.summary.tombstoned) == ("complete", 4, 0)
    assert (case.runs(), case.post.reads) == (3, [None, "1", "2"])
    assert case.state()["complete_at"] is None, "changes alone never make it whole"
    assert case.sync().summary.outcome == "waiting"


def test_a_cursor_that_goes_round_is_not_followed_for_ever(case: Case) -> None:
    case.post.changes = True
    case.deliver(1)
    case.post.newest = lambda entity: "never"  # type: ignore[method-assign]
    assert case.sync().summary.outcome == "complete"
    assert case.runs() == 2


def test_cursors_that_take_turns_are_not_followed_for_ever(case: Case) -> None:
    case.deliver(1)
    whole, turns = case.post.read, iter(range(100))

    def circle(entity: Entity, since: str | None) -> Iterator[Batch]:
        for batch in whole(entity, since):
            yield Batch(batch.rows, "ab"[next(turns) % 2] if batch.proof else None, batch.proof)

    case.post.read = circle
    assert case.sync().summary.outcome == "complete"
    assert case.runs() == 3


def test_a_failure_to_look_is_on_file_and_is_over_once_it_works(case: Case) -> None:
    case.deliver(1)
    case.sync()
    fresh = case.state()["fresh_at"]
    case.post.error = Broken("the folder is not there", code="files.folder")
    report = case.sync()
    assert (report.summary.outcome, report.summary.code) == ("failed", "files.folder")
    assert case.state()["failures"] == 1
    case.post.error = None
    assert case.sync().summary.outcome == "waiting"
    assert (case.state()["failures"], case.state()["fresh_at"], case.state()["cursor"]) == (0, fresh, "1")
    runs = case.runs()
    assert case.sync().summary.outcome == "waiting"
    assert case.runs() == runs


def test_what_it_may_hide_is_known_after_a_failure_to_look(case: Case) -> None:
    """Others ask the store for it: a guardianship waits for its student."""
    entity = replace(SNAPSHOT, may_hide=("student",))
    case.deliver(1)
    sync_entity(case.store, case.target, entity, full=False)
    case.post.error = Broken("the folder is not there", code="files.folder")
    sync_entity(case.store, case.target, entity, full=False)
    case.post.error = None
    sync_entity(case.store, case.target, entity, full=False)
    assert (case.state()["failures"], case.state()["may_hide"]) == (0, '["student"]')


def test_a_read_that_fails_keeps_its_delivery(case: Case) -> None:
    case.deliver(1, 2, 3, 4)
    case.post.failure = (3, Broken("cut", code="files.cut"))
    assert case.sync().summary.outcome == "failed"
    case.post.failure = None
    assert case.sync().summary.outcome == "complete"
    assert case.post.reads == [None, None]


def test_a_rehearsal_changes_nothing(case: Case) -> None:
    case.deliver(1, 2)
    assert case.sync(rehearse=True).summary.inserted == 2
    assert case.sync().summary.inserted == 2


def test_a_connector_that_cannot_tell(engine: Engine) -> None:
    fake = FakeSource()
    store = Store(engine)
    target = Target("school", store.source("school", "fake", "School"), fake)
    report = sync_entity(store, target, SNAPSHOT)
    assert report is not None
    assert isinstance(report.error, Broken)
    assert report.error.code == "contract.delivered"


def test_a_cursor_that_comes_before_the_last_batch_counts(case: Case) -> None:
    """Only the proof must come last."""
    case.deliver(*range(1, 8))
    whole = case.post.read

    def early(entity: Entity, since: str | None) -> Iterator[Batch]:
        for number, batch in enumerate(whole(entity, since)):
            yield Batch(batch.rows, "1" if number == 0 else None, batch.proof)

    case.post.read = early
    assert case.sync().summary.outcome == "complete"
    assert case.state()["cursor"] == "1"
