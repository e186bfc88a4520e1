"""What the tests of every connector share: a source on a simulated school, a store, and what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select

from canonical.plan import Limits
from canonical.records import references
from canonical.store import Store
from canonical.tables import CHANGE, FIELDS, HELD, IDENTITY, QUARANTINE, RUN, TABLES
from connectors.contract import Closeable, Connector
from scheduler.sync import Report, Target, sync_source

NAME = "de-waterling"
QUICK = {"attempts": 2, "deadline": 20, "read_timeout": 10}
KEYED = frozenset((
    "school_year", "location", "student", "guardian", "staff", "group", "subject", "grading_period", "assessment",
    "lesson", "absence_reason", "absence_notice", "attendance_observation", "lesson_remark",
))  # fmt: skip
"""The kinds for which a source has one number, code or UUID of its own."""
LINKS = {
    "enrolment": ("student", "school_year", "begins"), "guardianship": ("student", "guardian"),
    "group_member": ("group", "student"), "group_staff": ("group", "staff", "role", "subject"),
    "student_subject": ("student", "subject"), "grade": ("student", "assessment", "attempt"),
}  # fmt: skip
"""What tells two records apart where the source has no number for them."""

Rows = list[dict[str, Any]]


@contextmanager
def closing(made: Connector) -> Iterator[Connector]:
    """A connector that lets go of its connections at the end."""
    try:
        yield made
    finally:
        assert isinstance(made, Closeable)
        made.close()


@dataclass
class Bridge:
    """A source and the store it is synced to. ``server`` is the school's side: it answers, or delivers files."""

    server: Any
    engine: Engine
    connector: Connector
    store: Store
    target: Target

    def sync(self, *names: str, full: bool = True) -> dict[str, Report]:
        """Sync the entities of these names, or all of them; reports by entity."""
        chosen = [entity for entity in self.connector.entities if not names or entity.name in names]
        reports = sync_source(self.store, self.target, chosen, full=full)
        return {report.entity: report for report in reports}

    def live(self) -> dict[str, Rows]:
        return live(self.engine)

    def changes(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(CHANGE)).scalar_one()

    def rows(self, table: Any, *where: Any) -> Rows:
        with self.engine.connect() as connection:
            found = connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)).mappings()
            return [dict(row) for row in found]

    def quarantined(self) -> Rows:
        return self.rows(QUARANTINE, QUARANTINE.c.closed_at.is_(None))

    def held(self) -> Rows:
        return self.rows(HELD, HELD.c.state == "open")

    def runs(self) -> Rows:
        return self.rows(RUN)

    def tombstones(self) -> int:
        return sum(len(self.rows(table, table.c.tombstoned_at.is_not(None))) for table in TABLES.values())


@contextmanager
def bridge_over(
    server: Any, engine: Engine, made: Connector, *, limits: Limits | None = None, key: bytes | None = None
) -> Iterator[Bridge]:
    """The bridge from a school to a store over the connector ``made``, which it closes."""
    with closing(made) as connector:
        store = Store(engine, limits=limits, key=key)
        source = store.source(NAME, connector.name, "De Waterling")
        yield Bridge(server, engine, connector, store, Target(NAME, source, connector))


def live(engine: Engine) -> dict[str, Rows]:
    """The living rows of every table as ``expected`` tells them: canonical ids replaced by the source's keys."""
    found: dict[str, Rows] = {}
    with engine.connect() as connection:
        keys = {
            str(row.id): tuple(part for part in (row.k1, row.k2, row.k3, row.k4) if part)
            for row in connection.execute(select(IDENTITY))
        }
        for kind, table in TABLES.items():
            fields, refers = FIELDS[kind], {f"{name}_id": name for name in references(kind)}
            told = [(refers.get(name, name), name in refers) for name in fields]
            own = [table.c.id] if kind in KEYED else []
            plain = []
            for row in connection.execute(
                select(*(table.c[name] for name in fields), *own).where(table.c.tombstoned_at.is_(None))
            ):
                values = {
                    name: keys.get(value) if is_reference else value
                    for (name, is_reference), value in zip(told, row[: len(told)], strict=True)
                }
                plain.append({"key": keys[row[-1]], **values} if own else values)
            if plain:
                found[kind] = plain
    return found


def identity(kind: str, row: Mapping[str, Any]) -> tuple[str, Any]:
    """What tells the row apart from every other one."""
    return kind, row["key"] if kind in KEYED else tuple(map(row.get, LINKS[kind]))


def by_identity(rows: Mapping[str, Rows], kinds: Sequence[str]) -> dict[tuple[str, Any], dict[str, Any]]:
    return {identity(kind, row): row for kind in kinds for row in rows.get(kind, ())}


def own_kinds(made: Bridge, entity: str) -> tuple[str, ...]:
    """The kinds that this entity alone brings."""
    brought = Counter(kind for each in made.connector.entities for kind in each.kinds)
    found = made.target.entity(entity)
    assert found is not None
    return tuple(kind for kind in found.kinds if brought[kind] == 1)


def only(rows: Mapping[str, Rows], kinds: Sequence[str]) -> dict[str, Rows]:
    return {kind: rows[kind] for kind in kinds if kind in rows}


def assert_same(found: Mapping[str, Rows], wanted: Mapping[str, Rows]) -> None:
    """Fails with the kinds that differ: how many rows, and the first few that one side has alone."""
    differences = []
    for kind in sorted({*found, *wanted}):
        ours, theirs = _counted(found.get(kind, ())), _counted(wanted.get(kind, ()))
        if ours != theirs:
            more, less = list((ours - theirs).elements()), list((theirs - ours).elements())
            differences.append(
                f"{kind}: {ours.total()} in the store, {theirs.total()} expected"
                + "".join(f"\n  only in the store: {dict(row)}" for row in more[:2])
                + "".join(f"\n  only expected:     {dict(row)}" for row in less[:2])
            )
    assert not differences, "\n".join(differences)


def _counted(rows: Sequence[dict[str, Any]]) -> Counter[tuple[tuple[str, Any], ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


def assert_all_complete(made: Bridge) -> None:
    """A first sync of everything: each entity complete, and the run ledger says so."""
    reports = made.sync()
    assert list(reports) == [entity.name for entity in made.connector.entities]
    outcomes = {name: (report.summary.outcome, report.error) for name, report in reports.items()}
    assert set(outcomes.values()) == {("complete", None)}, outcomes
    ledger = {run["entity"]: (run["outcome"], run["read"], run["inserted"]) for run in made.runs()}
    assert ledger == {n: ("complete", r.summary.read, r.summary.inserted) for n, r in reports.items()}


def assert_unchanged_by_another_sync(made: Bridge) -> None:
    before, runs = made.changes(), len(made.runs())
    reports = made.sync()
    for report in reports.values():
        summary = report.summary
        assert (summary.inserted, summary.updated, summary.tombstoned) == (0, 0, 0), report
        assert (summary.outcome, summary.quarantined, summary.held) == ("complete", 0, 0), report
        assert summary.read, f"{report.entity} read nothing"
    assert made.changes() == before
    assert len(made.runs()) == runs + len(reports)
