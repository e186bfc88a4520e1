"""What the tests of the Magister connector share: a source on a simulated school, a store, and what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select

from canonical.plan import Limits
from canonical.records import references
from canonical.store import Store
from canonical.tables import CHANGE, FIELDS, HELD, IDENTITY, QUARANTINE, RUN, TABLES
from connectors.contract import Closeable, Connector, Settings
from magister.connector import connect
from scheduler.sync import Report, Target, sync_source
from simulator.magister import DEFAULT_ACCOUNT
from simulator.server import Server

QUICK = {"attempts": 2, "deadline": 20, "read_timeout": 10}
KEYED = frozenset((
    "school_year", "location", "student", "guardian", "staff", "group", "subject", "grading_period", "assessment",
    "lesson", "absence_reason", "absence_notice", "attendance_observation", "lesson_remark",
))  # fmt: skip
"""The kinds for which the source has one number or code of its own."""


def options(server: Server, **more: object) -> dict[str, object]:
    return {
        "url": f"{server.url}/doc", "user": DEFAULT_ACCOUNT.user, "password": DEFAULT_ACCOUNT.password, **QUICK,
        **more,
    }  # fmt: skip


@contextmanager
def connection(server: Server, **more: object) -> Iterator[Connector]:
    made = connect(Settings("de-waterling", options(server, **more)))
    try:
        yield made
    finally:
        assert isinstance(made, Closeable)
        made.close()


@dataclass
class Bridge:
    """A source and the store it is synced to."""

    server: Server
    engine: Engine
    connector: Connector
    store: Store
    target: Target

    def sync(self, *names: str, full: bool = True) -> dict[str, Report]:
        """Sync the entities of these names, or all of them; reports by entity."""
        chosen = [entity for entity in self.connector.entities if not names or entity.name in names]
        reports = sync_source(self.store, self.target, chosen, full=full)
        return {report.entity: report for report in reports}

    def live(self) -> dict[str, list[dict[str, Any]]]:
        return live(self.engine)

    def changes(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(CHANGE)).scalar_one()

    def rows(self, table: Any, *where: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            found = connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)).mappings()
            return [dict(row) for row in found]

    def quarantined(self) -> list[dict[str, Any]]:
        return self.rows(QUARANTINE, QUARANTINE.c.closed_at.is_(None))

    def held(self) -> list[dict[str, Any]]:
        return self.rows(HELD, HELD.c.state == "open")

    def runs(self) -> list[dict[str, Any]]:
        return self.rows(RUN)

    def tombstones(self) -> int:
        return sum(len(self.rows(table, table.c.tombstoned_at.is_not(None))) for table in TABLES.values())


@contextmanager
def bridge(
    server: Server, engine: Engine, *, limits: Limits | None = None, key: bytes | None = None, **more: object
) -> Iterator[Bridge]:
    with connection(server, **more) as connector:
        store = Store(engine, limits=limits, key=key)
        source = store.source("de-waterling", "magister", "De Waterling")
        yield Bridge(server, engine, connector, store, Target("de-waterling", source, connector))


def live(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """The living rows of every table as ``expected`` tells them: canonical ids replaced by the source's keys."""
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        keys = {
            str(row.id): tuple(part for part in (row.k1, row.k2, row.k3, row.k4) if part)
            for row in connection.execute(select(IDENTITY))
        }
        for kind, table in TABLES.items():
            rows = connection.execute(select(table).where(table.c.tombstoned_at.is_(None))).mappings()
            plain = [_plain(kind, row, keys) for row in rows]
            if plain:
                found[kind] = plain
    return found


def _plain(kind: str, row: Any, keys: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    refers = {f"{name}_id": name for name in references(kind)}
    fields = {refers.get(name, name): keys.get(row[name]) if name in refers else row[name] for name in FIELDS[kind]}
    return {"key": keys[row["id"]], **fields} if kind in KEYED else fields


def assert_same(found: dict[str, list[dict[str, Any]]], wanted: dict[str, list[dict[str, Any]]]) -> None:
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
