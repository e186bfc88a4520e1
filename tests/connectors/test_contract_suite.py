"""The contract suite itself: a good connector passes it, and for each rule a broken one trips that rule alone."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.records import Record, Student, StudentSubject, Subject
from connectors.columns import AMSTERDAM, ColumnError
from connectors.contract import BATCH_ROWS, Batch, Entity, Proof, RawRecord
from connectors.csvrows import fields
from connectors.errors import BadRow, Broken, Problem
from connectors.testing import ConnectorContract
from tests.connectors.loopback import plain, say, serving

SUBJECTS = Entity("subjects", ("subject",), one_to_one=True, incremental=True)
STUDENTS = Entity("students", ("student",), one_to_one=True)
CHOICES = Entity("choices", ("student_subject",), asked_per="student", delivered=True)

TABLES = {
    "subjects": [b"wisa;Wiskunde A", b"netl;Nederlands", b"fatl;Frans"],
    "students": [
        b"10234;Noor;van den Berg", b'10235;"Zo\xc3\xab";Jansen', b"10236;Sem;Yilmaz", b"10237;malformed;Kolumnist",
    ],
    "choices": [b"10234;wisa", b"10234;netl", b"10235;fatl"],
}  # fmt: skip
PASSWORD = "correct horse"
HEADERS = {"subjects": b"code;naam", "students": b"stamnr;roepnaam;achternaam", "choices": b"stamnr;vak"}


class Good:
    """A source that lies in this file."""

    name = "good"
    mapping_version = "1"
    scope = ""
    entities = (replace(SUBJECTS, may_hide=("subject",)), STUDENTS, CHOICES)
    form = "3f2a"
    unwell = False
    as_of: datetime | None = datetime(2026, 1, 2, tzinfo=UTC)

    def rows(self, entity: Entity) -> list[RawRecord]:
        return [RawRecord(entity.name, data, HEADERS[entity.name]) for data in TABLES[entity.name]]

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        rows = self.rows(entity)
        if since not in (None, "now"):
            raise Broken("this cursor is not one of ours", code="good.cursor")
        yield Batch(rows[:2], form=self.form)
        if self.unwell:
            raise Broken("the source failed", code="good.cut")
        proof = Proof("the end of the table", len(rows), self.about(entity), self.as_of)
        yield Batch(rows[2:], cursor="now", proof=proof)

    def newest(self, entity: Entity) -> str | None:
        return "now"

    def about(self, entity: Entity) -> list[tuple[str, ...]]:
        return [("10234",), ("10235",)] if entity.asked_per else []

    def map(self, raw: RawRecord) -> Iterable[Record]:
        layout = HEADERS.get(raw.entity)
        if raw.layout != layout:
            raise BadRow([Problem("layout", "unknown")])
        try:
            row = fields(raw.data, delimiter=";", encoding="utf-8", columns=layout.count(b";") + 1)
        except ColumnError as error:
            raise BadRow([Problem("row", error.code)]) from None
        if not row[0].strip():
            raise BadRow([Problem("stamnr", "missing")])
        if len(row[0]) > 20 or len(row[1].strip()) > 200 or not row[1].strip():
            raise BadRow([Problem("stamnr", "text")])
        return self.records(raw.entity, row)

    def records(self, entity: str, row: list[str]) -> list[Record]:
        if entity == "subjects":
            return [Subject(key=(row[0],), code=row[0], name=row[1])]
        if entity == "students":
            return [Student(key=(row[0],), local_id=row[0], first_name=row[1], last_name=row[2])]
        return [StudentSubject(key=(row[0], row[1]), student=(row[0],), subject=(row[1],))]

    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        """At even hours only."""
        return now.replace(minute=0) + timedelta(hours=1) if now.hour % 2 else None


class Suite(ConnectorContract):
    __test__ = False

    def __init__(self, kind: type[Good]) -> None:
        self.kind = kind
        self.unwell = False

    def connection(self) -> Good:
        connector = self.kind()
        connector.unwell = self.unwell
        return connector

    def secrets(self) -> list[str]:
        return [PASSWORD]

    @contextmanager
    def cut(self) -> Iterator[None]:
        self.unwell = True
        try:
            yield
        finally:
            self.unwell = False


class TestGood(ConnectorContract):
    """As the author of a connector would write it."""

    def connection(self) -> Good:
        return Good()


def tripped(suite: ConnectorContract) -> set[str]:
    """The rules that ``suite`` breaks; anything but a failed assertion is an error of the suite."""
    found = set()
    for rule in (name for name in dir(ConnectorContract) if name.startswith("test_")):
        try:
            getattr(suite, rule)()
        except AssertionError:
            found.add(rule)
    return found


BROKEN: dict[str, list[type[Good]]] = {}
"""The broken connectors, by the one rule that each of them breaks."""


def breaks(rule: str):
    def note(kind: type[Good]) -> type[Good]:
        BROKEN.setdefault(rule, []).append(kind)
        return kind

    return note


@breaks("test_it_has_the_shape_of_a_connector")
class Nameless(Good):
    name = ""


@breaks("test_it_has_the_shape_of_a_connector")
class WithoutScope(Good):
    scope = None


@breaks("test_entity_names_are_unique")
class SameName(Good):
    entities = (*Good.entities, SUBJECTS)


@breaks("test_kinds_are_known")
class UnknownKind(Good):
    entities = (replace(SUBJECTS, kinds=("subject", "vak")), STUDENTS, CHOICES)


@breaks("test_what_may_be_hidden_is_of_the_kinds_of_its_entity")
class HidesWhatItDoesNotBring(Good):
    entities = (SUBJECTS, replace(STUDENTS, may_hide=("student", "guardian")), CHOICES)


@breaks("test_whom_a_source_is_asked_about_is_somebody_that_its_kinds_refer_to")
class AsksAboutNobodys(Good):
    entities = (SUBJECTS, STUDENTS, replace(CHOICES, asked_per="guardian"))


@breaks("test_a_read_tells_whom_it_was_about")
class TellsOfNobody(Good):
    def about(self, entity: Entity) -> list[tuple[str, ...]]:
        return []


@breaks("test_a_read_tells_whom_it_was_about")
class TellsOfFewer(Good):
    def about(self, entity: Entity) -> list[tuple[str, ...]]:
        return super().about(entity)[:1]


@breaks("test_a_read_tells_whom_it_was_about")
class TellsThoughNobodyIsAskedFor(Good):
    def about(self, entity: Entity) -> list[tuple[str, ...]]:
        return [("10234",), ("10235",)]


@breaks("test_the_form_is_the_same_for_the_same_source")
class RandomForm(Good):
    def __init__(self) -> None:
        self.form = uuid.uuid4().hex


@breaks("test_the_form_is_the_same_for_the_same_source")
class TwoForms(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        for batch in super().read(entity, since):
            yield replace(batch, form=batch.form or "another")


@breaks("test_the_form_is_the_same_for_the_same_source")
class FormOfBytes(Good):
    form = b"3f2a"


@breaks("test_the_form_holds_no_secret")
class TellsItsPassword(Good):
    form = f"url?password={PASSWORD}"


@breaks("test_a_source_that_rests_opens_later")
class OpensByLocalTime(Good):
    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        opens = super().opens_at(entity, now)
        return opens and opens.astimezone(AMSTERDAM)


@breaks("test_a_source_that_rests_opens_later")
class OpensByNoClock(Good):
    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        opens = super().opens_at(entity, now)
        return opens and opens.replace(tzinfo=None)


@breaks("test_a_source_that_rests_opens_later")
class OpenedBefore(Good):
    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        return now.replace(minute=0) if now.hour % 2 and entity is CHOICES else None


@breaks("test_a_source_that_rests_opens_later")
class DoesNotOpenThen(Good):
    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        return now + timedelta(minutes=10) if now.hour % 2 else None


@breaks("test_a_source_that_rests_opens_later")
class LooksUpItsHours(Good):
    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        with suppress(BaseException):
            Path(__file__).read_text()
        return super().opens_at(entity, now)


@breaks("test_a_read_tells_a_moment_that_is_over")
class TellsOfTomorrow(Good):
    as_of = datetime.now(UTC) + timedelta(days=1)


@breaks("test_a_read_tells_a_moment_that_is_over")
class TellsAWallTime(Good):
    as_of = datetime(2026, 1, 2)


@breaks("test_reads_of_what_is_delivered_end_with_the_newest")
class CannotTellWhatIsNewest(Good):
    newest = None  # type: ignore[assignment]


@breaks("test_reads_of_what_is_delivered_end_with_the_newest")
class PromisesANewerOne(Good):
    def newest(self, entity: Entity) -> str | None:
        return "later"


@breaks("test_the_mapping_version_is_the_same_for_the_same_settings")
class NoVersion(Good):
    mapping_version = ""


@breaks("test_the_mapping_version_is_the_same_for_the_same_settings")
class RandomVersion(Good):
    def __init__(self) -> None:
        self.mapping_version = uuid.uuid4().hex


@breaks("test_the_mapping_version_is_the_same_for_the_same_settings")
class RandomScope(Good):
    def __init__(self) -> None:
        self.scope = uuid.uuid4().hex


@breaks("test_the_source_gives_rows_for_every_entity")
class EmptyEntity(Good):
    def rows(self, entity: Entity) -> list[RawRecord]:
        return [] if entity is CHOICES else super().rows(entity)


@breaks("test_batches_are_not_too_large")
class HugeBatch(Good):
    def rows(self, entity: Entity) -> list[RawRecord]:
        return super().rows(entity)[:2] + super().rows(entity)[2:] * (1 if entity.one_to_one else BATCH_ROWS + 1)


@breaks("test_rows_belong_to_the_entity_that_was_asked_for")
class ForeignRow(Good):
    def rows(self, entity: Entity) -> list[RawRecord]:
        # A row of another entity that even this one's rows would allow to be mapped.
        return super().rows(entity) + (super().rows(SUBJECTS)[:1] if entity is MIXED else [])


MIXED = replace(CHOICES, kinds=("student_subject", "subject"))
ForeignRow.entities = (SUBJECTS, STUDENTS, MIXED)


@breaks("test_only_the_last_batch_has_a_proof")
class EarlyProof(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        *early, last = super().read(entity, since)
        yield from (replace(batch, proof=last.proof) for batch in early)
        yield replace(last, proof=None)


@breaks("test_a_complete_read_ends_with_a_proof")
class NoProof(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        for batch in super().read(entity, since):
            yield replace(batch, proof=None)


@breaks("test_a_declared_number_of_rows_is_what_arrives")
class WrongNumber(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        for batch in super().read(entity, since):
            yield replace(batch, proof=batch.proof and replace(batch.proof, declared=len(TABLES[entity.name]) + 1))


@breaks("test_reading_twice_gives_the_same_bytes")
class Stamped(Good):
    stamps = itertools.count()

    def rows(self, entity: Entity) -> list[RawRecord]:
        rows = super().rows(entity)
        if entity is CHOICES:
            rows.append(rows[0]._replace(data=b"10234;wis%d" % next(self.stamps)))
        return rows


@breaks("test_map_is_deterministic")
class Counting(Good):
    def __init__(self) -> None:
        self.mapped = 0

    def records(self, entity: str, row: list[str]) -> list[Record]:
        self.mapped += 1
        return [record.model_copy(update={"exempt": self.mapped % 2 == 0}) if entity == "choices" else record
                for record in super().records(entity, row)]  # fmt: skip


@breaks("test_map_is_deterministic")
class Remembering(Good):
    """Only the order of the rows gives it away."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def records(self, entity: str, row: list[str]) -> list[Record]:
        if row[0] not in self.seen:
            self.seen.append(row[0])
        return [record.model_copy(update={"name": str(self.seen.index(row[0]))}) if entity == "subjects" else record
                for record in super().records(entity, row)]  # fmt: skip


@breaks("test_map_does_no_io")
class ReadsAFile(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        Path(__file__).read_text()
        return super().records(entity, row)


@breaks("test_map_does_no_io")
class ReadsAFileIfItMay(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        with suppress(BaseException):
            os.close(os.open(__file__, os.O_RDONLY))
        return super().records(entity, row)


@breaks("test_map_does_no_io")
class UsesASocket(Good):
    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()

    def records(self, entity: str, row: list[str]) -> list[Record]:
        self.ours.sendall(b"x")
        return super().records(entity, row)


@breaks("test_mapped_records_are_of_the_kinds_of_their_entity")
class StrangeKind(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        return super().records("subjects" if entity == "choices" else entity, row)


@breaks("test_a_one_to_one_row_brings_one_record_at_most")
class TwoRecords(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        found = super().records(entity, row)
        return [*found, Subject(key=(f"{row[0]}2",), code=row[0])] if entity == "subjects" else found


@breaks("test_no_two_one_to_one_rows_bring_the_same_record")
class SameKey(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        found = super().records(entity, row)
        return [record.model_copy(update={"key": ("1",)}) for record in found] if entity == "students" else found


@breaks("test_references_point_at_what_some_entity_brings")
class DanglingKind(Good):
    entities = (STUDENTS, CHOICES)


@breaks("test_no_record_holds_a_citizen_service_number")
class TellsBsn(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        # 9*1 + 8*1 + ... + 2*1 - 0 = 44 is a multiple of eleven.
        return [record.model_copy(update={"initials": "111111110"}) if entity == "students" else record
                for record in super().records(entity, row)]  # fmt: skip


@breaks("test_an_empty_row_is_a_bad_row")
class SwallowsEmptyRows(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        return super().map(raw) if raw.data else []


@breaks("test_a_garbled_row_is_a_bad_row_or_a_good_one_and_nothing_else")
class OtherException(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        if raw.data:
            raw.data.decode()
        return super().map(raw)


@breaks("test_a_garbled_row_is_a_bad_row_or_a_good_one_and_nothing_else")
class LateException(Good):
    """A generator raises only when its records are asked for."""

    def map(self, raw: RawRecord) -> Iterable[Record]:
        if raw.data and raw.layout == b"":
            raise KeyError("layout")
        yield from super().map(raw)


def _quoting(raw: RawRecord) -> str:
    return raw.data.decode("latin-1")


@breaks("test_a_bad_row_tells_no_value")
class QuotesTheRow(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        try:
            return super().map(raw)
        except BadRow:
            raise BadRow([Problem("row", f"cannot read {_quoting(raw)}")]) from None


@breaks("test_a_bad_row_tells_no_value")
class QuotesAFragment(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        try:
            return super().map(raw)
        except BadRow:
            raise BadRow([Problem(_quoting(raw)[1:5], "row")]) from None


@breaks("test_a_bad_row_tells_no_value")
class QuotesInTheCause(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        try:
            return super().map(raw)
        except BadRow as bad:
            raise BadRow(bad.problems) from ValueError(f"invalid literal: {_quoting(raw)}")


@breaks("test_a_bad_row_tells_no_value")
class QuotesInTheContext(Good):
    def map(self, raw: RawRecord) -> Iterable[Record]:
        try:
            if raw.data.startswith(b"\xff"):
                raise ValueError(f"invalid literal: {_quoting(raw)}")
        except ValueError:
            raise BadRow([Problem("row", "mark")])  # noqa: B904
        return super().map(raw)


@breaks("test_an_incremental_read_survives_a_cursor_it_does_not_know")
class BelievesItsCursor(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        if since is not None:
            int(since)
        return super().read(entity, since)


@breaks("test_a_source_that_fails_in_mid_read_is_an_error_and_no_proof")
class SilentCut(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        try:
            yield from super().read(entity, since)
        except Broken:
            if since is not None:
                raise


@breaks("test_a_source_that_fails_in_mid_read_is_an_error_and_no_proof")
class ProofOfACut(Good):
    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        if self.unwell:
            yield Batch([], proof=Proof("hope"))
        yield from super().read(entity, since)


def test_a_good_connector_trips_nothing() -> None:
    assert tripped(Suite(Good)) == set()


@breaks("test_no_record_holds_a_citizen_service_number")
class TellsBsnInAWord(Good):
    def records(self, entity: str, row: list[str]) -> list[Record]:
        return [record.model_copy(update={"initials": "BSN-111111110x"}) if entity == "students" else record
                for record in super().records(entity, row)]  # fmt: skip


def test_nine_digits_of_a_uuid_are_no_citizen_service_number() -> None:
    class Lucky(Good):
        def records(self, entity: str, row: list[str]) -> list[Record]:
            return [record.model_copy(update={"initials": "0bd0c1aa-11a2-4c1e-9d3b-a111111110b0"})
                    if entity == "students" else record for record in super().records(entity, row)]  # fmt: skip

    assert tripped(Suite(Lucky)) == set()


def test_the_names_of_fields_are_no_values() -> None:
    class Named(Good):
        """Its rows hold the names of their fields, and its messages do so only when the row did."""

        def rows(self, entity: Entity) -> list[RawRecord]:
            return [raw._replace(data=b"sleutel=" + raw.data) for raw in super().rows(entity)]

        def map(self, raw: RawRecord) -> Iterable[Record]:
            if not raw.data.startswith(b"sleutel="):
                raise BadRow([Problem("row", "?")])
            try:
                return super().map(raw._replace(data=raw.data.removeprefix(b"sleutel=")))
            except BadRow:
                raise BadRow([Problem("sleutel", "?")]) from None

    assert tripped(Suite(Named)) == set()


def test_every_connector_is_closed() -> None:
    class Closing(Good):
        left_open = 0

        def __init__(self) -> None:
            Closing.left_open += 1

        def close(self) -> None:
            Closing.left_open -= 1

    assert tripped(Suite(Closing)) == set()
    assert Closing.left_open == 0


@pytest.mark.parametrize(
    ("rule", "kind"), [pytest.param(rule, kind, id=kind.__name__) for rule, kinds in BROKEN.items() for kind in kinds]
)
def test_a_broken_connector_trips_its_rule_and_no_other(rule: str, kind: type[Good]) -> None:
    assert tripped(Suite(kind)) == {rule}


def test_each_rule_has_a_connector_that_trips_it() -> None:
    assert set(BROKEN) == {name for name in dir(ConnectorContract) if name.startswith("test_")}


def test_without_connection_the_author_is_told_what_to_write() -> None:
    with pytest.raises(NotImplementedError, match=r"connection\(\)"):
        ConnectorContract().test_entity_names_are_unique()


def test_other_threads_may_do_io_while_map_may_not() -> None:
    answers: list[bytes] = []

    def ask(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            answers.append(connection.recv(12))

    with serving(say(plain(b"<a/>"))) as server:

        class Beside(Good):
            def records(self, entity: str, row: list[str]) -> list[Record]:
                thread = threading.Thread(target=ask, args=(server.port,))
                thread.start()
                thread.join()
                return super().records(entity, row)

        Suite(Beside).test_map_does_no_io()
    # Each of the ten rows once before and once while I/O is refused.
    assert answers == [b"HTTP/1.1 200"] * 20
