"""Whatever happens to a source and to the syncs of it, the store loses nothing, and in the end equals the source.

The expected state is a model that the test keeps itself: it knows what the source served, what it may have deleted,
and that a run which was cut off may have done a part.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, event, text

from canonical.content import digest, encode, read_back
from canonical.plan import Limits
from canonical.records import references
from canonical.store import Store
from canonical.tables import IDENTITY, TABLES
from connectors.contract import Entity
from connectors.errors import Broken, Denied, Retry
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import (
    MEMBERS,
    ROLES,
    STUDENTS,
    TEACHING,
    FakeSource,
    Row,
    bad,
    lesson,
    member,
    role,
    student,
)
from tests.faults import GATE
from tests.stored import Place, State, changes, dump, places, rows_of, stored

LIMITS = Limits(deletion_share=0.10, deletion_floor=3, bad_share=1.0, bad_floor=1_000)
ENTITIES = (STUDENTS, MEMBERS, TEACHING, ROLES)
NUMBERS = count()
EXAMPLES = 500 if GATE else 6
OVER = 1.0
"""The end of a lease that nobody took up again."""

keys = st.sampled_from([str(number) for number in range(1, 7)])
names = st.sampled_from(["Jansen", "Bakker"])
groups = st.sampled_from(["g1", "g2", "g3"])
subjects = st.sampled_from(["v1", "v2", "v3"])
words = st.sampled_from(["teacher", "mentor"])
codes = st.sampled_from(["1a", "1b"])
entities = st.sampled_from(ENTITIES)


class Killed(BaseException):
    """The end of a process; nothing can handle it."""


class History(RuleBasedStateMachine):
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.fake = FakeSource()
        self.store = Store(self.engine, limits=LIMITS, key=bytes(32))
        self.source = self.store.source(f"source {next(NUMBERS)}", "fake", "School")
        self.target = Target("fake", self.source, self.fake)
        self.state: dict[Place, State] = {}
        self.ids: dict[Place, str] = {}
        self.plans: dict[str, dict[str, set[Place]]] = {
            entity.name: {"open": set(), "approved": set(), "rejected": set()} for entity in ENTITIES
        }
        self.open_number: dict[str, int] = {}

    @initialize(pupils=st.integers(0, 6))
    def there_is_something_already(self, pupils: int) -> None:
        self.fake.rows["students"] = [student(str(number)) for number in range(1, pupils + 1)]
        self.fake.rows["members"] = [member(str(number), "g1", "1a") for number in range(1, pupils + 1)]
        self.fake.rows["teaching"] = [lesson(str(number), f"v{number}") for number in range(1, pupils + 1)]
        self.fake.rows["roles"] = [role(str(number), "g1") for number in range(1, pupils + 1)]
        self.fake.stamp()
        for entity in ENTITIES:
            self.sync(entity, 3)

    # What people do at the source

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Several things at a time, so that syncs are about as frequent."""
        for _ in range(data.draw(st.integers(1, 3))):
            entity = data.draw(st.sampled_from(ENTITIES))
            change = data.draw(st.sampled_from([self._new, self._delete, self._truncate, self._duplicate, self._break]))
            change(entity, self.fake.rows[entity.name], data)
        self.fake.stamp()

    @rule(group=groups, code=codes)
    def rename_group(self, group: str, code: str) -> None:
        for row in self.fake.rows["members"]:
            if row["records"][0]["key"] == [group]:
                row["records"][0]["code"] = code
        self.fake.stamp()

    @rule(entity=entities)
    def heal(self, entity: Entity) -> None:
        rows = self.fake.rows[entity.name]
        rows[:] = [{"records": row["records"]} for row in rows]
        self.fake.stamp()

    def _new(self, entity: Entity, _rows: list[Row], data: st.DataObject) -> None:
        """Or another value of what is there. Where two rows say otherwise of a group, the first one counts."""
        if entity is STUDENTS:
            self._put(STUDENTS, student(data.draw(keys), data.draw(names)))
        elif entity is MEMBERS:
            self._put(MEMBERS, member(data.draw(keys), data.draw(groups), data.draw(codes)))
        elif entity is TEACHING:
            self._put(TEACHING, lesson(data.draw(keys), data.draw(subjects), data.draw(codes)))
        else:
            self._put(ROLES, role(data.draw(keys), data.draw(groups), data.draw(words)))

    def _delete(self, _entity: Entity, rows: list[Row], data: st.DataObject) -> None:
        gone = data.draw(keys)
        rows[:] = [row for row in rows if row["records"][-1]["key"][-1] != gone]

    def _truncate(self, _entity: Entity, rows: list[Row], data: st.DataObject) -> None:
        del rows[data.draw(st.integers(0, 4)) :]

    def _duplicate(self, _entity: Entity, rows: list[Row], data: st.DataObject) -> None:
        rows += data.draw(st.lists(st.sampled_from(rows), max_size=1)) if rows else []

    def _break(self, _entity: Entity, rows: list[Row], data: st.DataObject) -> None:
        if rows:
            at = data.draw(st.integers(0, len(rows) - 1))
            rows[at] = bad(rows[at], covers=data.draw(st.booleans()))

    def _put(self, entity: Entity, new: Row) -> None:
        rows = self.fake.rows[entity.name]
        key = new["records"][-1]["key"]
        at = next((at for at, row in enumerate(rows) if row["records"][-1]["key"] == key), None)
        if at is None:
            rows.append(new)
        else:
            rows[:] = [row for number, row in enumerate(rows) if number <= at or row["records"][-1]["key"] != key]
            rows[at] = new

    # Syncs

    @rule(entity=entities, batch=st.integers(1, 4))
    def sync(self, entity: Entity, batch: int) -> None:
        self.fake.batch = batch
        after, gone, held = self._expected(entity)
        report = self._sync(entity)
        assert report.error is None
        assert report.summary.held == len(held)
        for place in gone:
            after[place] = State(False, after[place].fields)
        assert stored(self.engine, self.source) == after
        self._settle(entity, after, held)
        self.state = after
        self._counted(entity, report)

    @rule(batch=st.integers(1, 4))
    def sync_what_changed(self, batch: int) -> None:
        """Nothing is deleted; yet all that the source has is there, whatever earlier runs went through."""
        self.fake.batch = batch
        begun = [row["cursor"] for row in rows_of(self.engine, "entity_state", self.source) if row["cursor"]]
        report = self._sync(STUDENTS, full=not begun)
        if begun:
            assert report.error is None
            assert (report.summary.tombstoned, report.summary.held) == (0, 0)
            after = self.state | _shown(self.fake.rows["students"])
            assert stored(self.engine, self.source) == after
            self.state = after
            self._counted(STUDENTS, report)
        else:
            self.state = stored(self.engine, self.source)
            self.sync(STUDENTS, batch)

    @rule(entity=entities, batch=st.integers(1, 4), declared=st.booleans())
    def sync_incomplete(self, entity: Entity, batch: int, declared: bool) -> None:
        self.fake.batch = batch
        self.fake.proved = declared
        self.fake.declared = len(self.fake.rows[entity.name]) + 1
        report = self._sync(entity)
        self.fake.proved, self.fake.declared = True, None
        assert report.error is None
        assert report.summary.outcome == "partial"
        self.state |= _shown(self.fake.served)
        self._counted(entity, report)

    @rule(
        entity=entities,
        rows=st.integers(0, 6),
        error=st.sampled_from([Retry("a", code="x.retry"), Denied("b", code="x.denied"), Broken("c", code="x.broken")]),
    )
    def sync_that_fails(self, entity: Entity, rows: int, error: Retry | Denied | Broken) -> None:
        if len(self.fake.rows[entity.name]) <= rows:
            return
        self.fake.failure = rows, error
        report = self._sync(entity)
        self.fake.failure = None
        assert report.error is error
        assert report.summary.outcome == "failed"
        self.state |= _shown(self.fake.served)
        self._counted(entity, report)

    @rule(entity=entities, batch=st.integers(1, 4), at=st.integers(1, 12), moment=st.sampled_from(["begin", "commit"]))
    def sync_that_is_killed(self, entity: Entity, batch: int, at: int, moment: str) -> None:
        """At any transaction: each record is as before, or as the run would have made it."""
        self.fake.batch = batch
        steps = count(1)

        def strike(_connection: Any) -> None:
            if next(steps) == at:
                raise Killed

        after, gone, _ = self._expected(entity)
        event.listen(self.engine, moment, strike)
        try:
            self._sync(entity)
        except Killed:
            pass
        else:
            at = 0
        finally:
            event.remove(self.engine, moment, strike)
        if not at:
            self.state = stored(self.engine, self.source)
            self.sync(entity, batch)
            return
        now = stored(self.engine, self.source)
        for place in {**self.state, **after, **now}:
            allowed = [self.state.get(place), after.get(place)]
            if place in gone:
                allowed.append(State(False, after[place].fields))
            assert now.get(place) in allowed
        self.state = now
        self._free(entity)

    @rule(entity=entities)
    def rehearse(self, entity: Entity) -> None:
        before = dump(self.engine)
        _, gone, held = self._expected(entity)
        self.store.rehearsed.clear()  # each rehearsal is a command of its own
        report = sync_entity(self.store, self.target, entity, rehearse=True)
        assert report is not None
        assert report.error is None
        assert (report.summary.tombstoned, report.summary.held) == (len(gone), len(held))
        assert dump(self.engine) == before

    # Decisions

    @rule(entity=entities, decision=st.sampled_from(["approved", "rejected"]))
    @precondition(lambda self: any(plan["open"] for plan in self.plans.values()))
    def decide(self, entity: Entity, decision: str) -> None:
        plans = self.plans[entity.name]
        if plans["open"]:
            assert self.store.resolve(self.open_number[entity.name], decision)
            plans[decision] |= plans["open"]
            plans["open"] = set()

    # What always holds

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        assert stored(self.engine, self.source) == self.state

    @invariant()
    def replaying_the_log_gives_the_tables(self) -> None:
        replayed: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        last: dict[tuple[str, str], Any] = {}
        for change in changes(self.engine, self.source):
            record = change["kind"], change["id"]
            assert change["version"] == replayed.get(record, (0, None))[0] + 1
            if change["action"] in ("update", "delete"):
                assert change["before"] == last[record]
            else:
                assert change["before"] is None
                assert last.get(record) is None
            last[record] = change["after"]
            replayed[record] = change["version"], None if change["after"] is None else encode(change["after"])
        tables: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        hashes: dict[tuple[str, str], bytes] = {}
        with self.engine.connect() as connection:
            for kind, table in TABLES.items():
                for row in connection.execute(table.select().where(table.c.source_id == self.source)).mappings():
                    content = encode(read_back(kind, dict(row)))
                    tables[kind, row["id"]] = row["version"], content if row["tombstoned_at"] is None else None
                    hashes[kind, row["id"]] = digest(content)
            identities = connection.execute(IDENTITY.select().where(IDENTITY.c.source_id == self.source)).mappings()
            known = {
                (row["kind"], row["id"]): (row["version"], row["live"], bytes(row["content_hash"]))
                for row in identities
                if row["content_hash"] is not None
            }
        assert replayed == tables
        assert known == {
            record: (version, content is not None, hashes[record]) for record, (version, content) in tables.items()
        }

    @invariant()
    def an_id_never_changes(self) -> None:
        with self.engine.connect() as connection:
            now = {place: id_ for id_, place in places(connection, self.source).items()}
        assert now.items() >= self.ids.items()
        assert len(set(now.values())) == len(now)
        self.ids = now

    def teardown(self) -> None:
        for entity in ENTITIES:
            self.heal(entity)
            new = {"students": student("99"), "members": member("99", "g9", "9z"), "teaching": lesson("99", "v9"),
                   "roles": role("99", "g9")}  # fmt: skip
            self.fake.rows[entity.name].append(new[entity.name])
            self.fake.stamp()
            self.sync(entity, 3)
            self.decide(entity, "approved")
            self.sync(entity, 3)
            wanted = {place: fields.fields for place, fields in _shown(self.fake.rows[entity.name]).items()}
            there = {
                place: state.fields
                for place, state in stored(self.engine, self.source).items()
                if state.live and place[0] in entity.kinds and place not in self.plans[entity.name]["rejected"]
            }
            assert there == wanted
            before = len(changes(self.engine, self.source))
            report = self._sync(entity)
            assert (report.summary.inserted, report.summary.updated) == (0, 0)
            assert len(changes(self.engine, self.source)) == before

    # The model

    def _sync(self, entity: Entity, *, full: bool = True) -> Report:
        report = sync_entity(self.store, self.target, entity, full=full)
        assert report is not None
        return report

    def _expected(self, entity: Entity) -> tuple[dict[Place, State], set[Place], set[Place]]:
        """After a complete read: the records, those of them that go, and those that wait for a person."""
        rows = self.fake.rows[entity.name]
        shown = _shown(rows)
        after = self.state | shown
        unreadable = [row for row in rows if "bad" in row]
        covered = {place for row in unreadable if row["bad"] for place in _places(row)}
        missing = {
            place for place, state in after.items()
            if place[0] in entity.kinds and state.live and place not in shown and place not in covered
        }  # fmt: skip
        if any(not row["bad"] for row in unreadable):
            return after, set(), set()
        plans = self.plans[entity.name]
        question = missing - plans["approved"] - plans["rejected"]
        alive = sum(state.live for place, state in after.items() if place[0] in entity.kinds)
        too_many = len(question) > LIMITS.deletion_floor and 10 * len(question) > alive
        held = question if too_many or not rows else question & self._hidden(entity, missing - plans["approved"])
        return after, (missing & plans["approved"]) | (question - held), held

    def _hidden(self, entity: Entity, missing: set[Place]) -> set[Place]:
        """What the source may only be hiding, with what belongs to it."""

        def referred(place: Place) -> set[Place]:
            fields = self.state[place].fields
            return {(kind, tuple(fields[name])) for name, kind in references(place[0]).items() if name in fields}

        others = [self.plans[other.name] for other in ENTITIES if other is not entity and other.may_hide]
        kept = {place for place in missing if place[0] in entity.may_hide}
        kept = kept.union(*(plans["open"] | plans["rejected"] for plans in others))
        while more := {place for place in missing - kept if referred(place) & kept}:
            kept |= more
        while more := {other for place in missing & kept for other in referred(place)} & missing - kept:
            kept |= more
        return kept

    def _settle(self, entity: Entity, after: dict[Place, State], held: set[Place]) -> None:
        """What becomes of the plans after a complete read."""
        plans = self.plans[entity.name]
        rows = self.fake.rows[entity.name]
        numbers = [
            row["id"]
            for row in rows_of(self.engine, "held", self.source)
            if row["state"] == "open" and row["entity"] == entity.name
        ]
        if any(row.get("bad") is False for row in rows):
            assert len(numbers) == bool(plans["open"])
            return
        assert len(numbers) == bool(held)
        if held and held == plans["open"]:
            assert numbers == [self.open_number[entity.name]]
        elif held:
            assert numbers[0] != self.open_number.get(entity.name)
            self.open_number[entity.name] = numbers[0]
        shown = _shown(rows).keys() | {place for row in rows if "bad" in row for place in _places(row)}
        left = {place for place, state in after.items() if state.live and place not in shown}
        self.plans[entity.name] = {"open": held, "approved": set(), "rejected": plans["rejected"] & left}

    def _counted(self, entity: Entity, report: Report) -> None:
        summary = report.summary
        assert summary.read == len(self.fake.served)
        assert summary.quarantined == sum("bad" in row for row in self.fake.served)
        if entity is MEMBERS:
            assert summary.inserted + summary.updated + summary.unchanged == len(_shown(self.fake.served))

    @invariant()
    def the_ledger_agrees_with_the_log(self) -> None:
        log = changes(self.engine, self.source)
        for run in rows_of(self.engine, "run", self.source):
            actions = [change["action"] for change in log if change["run_id"] == run["id"]]
            assert run["inserted"] == actions.count("insert") + actions.count("revive")
            assert run["updated"] == actions.count("update")
            assert run["tombstoned"] == actions.count("delete")

    def _free(self, entity: Entity) -> None:
        """This process still lives, so that its lease stands until its time is over."""
        state = [row for row in rows_of(self.engine, "entity_state", self.source) if row["entity"] == entity.name]
        if state and state[0]["owner"] and state[0]["lease_until"] != OVER:
            assert sync_entity(self.store, self.target, entity) is None
            with self.store.writing() as connection:
                connection.execute(text("UPDATE entity_state SET lease_until = :t WHERE source_id = :s"),
                                   {"t": OVER, "s": self.source})  # fmt: skip


def _places(row: Row) -> list[Place]:
    return [(item["kind"], tuple(item["key"])) for item in row["records"]]


def _shown(rows: list[Row]) -> dict[Place, State]:
    """What the rows bring; of two that say otherwise, what the first says."""
    shown: dict[Place, State] = {}
    for row in rows:
        if "bad" not in row:
            for place, item in zip(_places(row), row["records"], strict=True):
                shown.setdefault(place, State(True, {k: v for k, v in item.items() if k not in ("kind", "key")}))
    return shown


def test_no_history_loses_anything(engine: Engine) -> None:
    machine = type("History", (History,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
