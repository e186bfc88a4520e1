"""The contract as tests. A connector's author subclasses ``ConnectorContract`` and has all of them:

    class TestMagister(ConnectorContract):
        @pytest.fixture(autouse=True)
        def _source(self, server):
            self.server = server

        def connection(self):
            return connect(Settings("school", {"base_url": self.server.url}))

        def cut(self):
            return self.server.fault("cut off")

The source behind ``connection`` must not change during a test and give rows for every entity, three or more where
it can: what all rows share is taken for names, what differs for values.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain

from canonical.records import RECORDS, Record, references
from connectors.contract import BATCH_ROWS, Batch, Closeable, Connector, Delivered, Entity, RawRecord, Resting
from connectors.errors import BadRow, SourceError
from connectors.offline import io_refused

FRAGMENT = 4
"""A message may share fewer characters than this with a row."""

_SAMPLE = 25
"""Rows of each entity that are garbled."""

_MOMENTS = [
    night + timedelta(minutes=30 * step)
    for night in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC))
    for step in range(96)
]
"""Every half hour of two days around each night in which the clock is changed."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64,}", re.IGNORECASE)
"""A UUID, or a hash such as that of an ECK iD: nine digits in a row of it are none of a person."""
_NINE_DIGITS = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")


class ConnectorContract:
    """Each test is one sentence of ``connectors.contract``."""

    def connection(self) -> Connector:
        """Make a connector, a new one each time, to the author's test source."""
        raise NotImplementedError("a contract test makes its connector in connection()")

    def cut(self) -> AbstractContextManager[object] | None:
        """Within what this gives, the test source fails in the middle of every read. None: not shown."""
        return None

    def secrets(self) -> Sequence[str]:
        """The credentials that ``connection`` uses, so that it can be seen where they end up."""
        return ()

    def test_it_has_the_shape_of_a_connector(self) -> None:
        with _open(self.connection()) as connector:
            assert isinstance(connector, Connector), "a name, a version, a scope, entities, read or map is missing"
            assert connector.name, "the name is empty"
            assert isinstance(connector.scope, str), "the scope is no text"
            assert connector.entities, "there are no entities"
            assert all(isinstance(entity, Entity) for entity in connector.entities), "an entity is no Entity"

    def test_entity_names_are_unique(self) -> None:
        with _open(self.connection()) as connector:
            names = Counter(entity.name for entity in connector.entities)
            assert max(names.values()) == 1, f"more than one entity is called {names.most_common(1)[0][0]}"

    def test_kinds_are_known(self) -> None:
        with _open(self.connection()) as connector:
            for entity in connector.entities:
                unknown = set(entity.kinds) - set(RECORDS)
                assert entity.kinds, f"{entity.name}: no kinds"
                assert not unknown, f"{entity.name}: no canonical kind is called {sorted(unknown)}"

    def test_what_may_be_hidden_is_of_the_kinds_of_its_entity(self) -> None:
        with _open(self.connection()) as connector:
            for entity in connector.entities:
                strange = set(entity.may_hide) - set(entity.kinds)
                assert not strange, f"{entity.name}: may hide {sorted(strange)}, which its kinds do not name"

    def test_whom_a_source_is_asked_about_is_somebody_that_its_kinds_refer_to(self) -> None:
        with _open(self.connection()) as connector:
            for entity in connector.entities:
                referred = {to for kind in entity.kinds if kind in RECORDS for to in references(kind).values()}
                assert entity.asked_per in ("", *referred), f"{entity.name}: none of its kinds refers to that"

    def test_the_mapping_version_is_the_same_for_the_same_settings(self) -> None:
        with _open(self.connection()) as one, _open(self.connection()) as other:
            assert one.mapping_version, "the mapping version is empty"
            assert one.mapping_version == other.mapping_version, "two connectors differ in their mapping version"
            assert one.scope == other.scope, "two connectors differ in their scope"

    def test_the_source_gives_rows_for_every_entity(self) -> None:
        for entity, batches in self._read_all():
            assert _rows(batches), f"{entity.name}: without rows the other tests show nothing"

    def test_batches_are_not_too_large(self) -> None:
        for entity, batches in self._read_all():
            largest = max((len(batch.rows) for batch in batches), default=0)
            assert largest <= BATCH_ROWS, f"{entity.name}: a batch of {largest} rows, {BATCH_ROWS} is the most"

    def test_rows_belong_to_the_entity_that_was_asked_for(self) -> None:
        for entity, batches in self._read_all():
            strange = {raw.entity for raw in _rows(batches)} - {entity.name}
            assert not strange, f"{entity.name}: rows of {sorted(strange)}"

    def test_only_the_last_batch_has_a_proof(self) -> None:
        for entity, batches in self._read_all():
            early = [batch for batch in batches[:-1] if batch.proof is not None]
            assert not early, f"{entity.name}: a proof before the last batch"

    def test_a_complete_read_ends_with_a_proof(self) -> None:
        for entity, batches in self._read_all():
            assert any(batch.proof for batch in batches), f"{entity.name}: no proof, so nothing is ever deleted"

    def test_a_declared_number_of_rows_is_what_arrives(self) -> None:
        for entity, batches in self._read_all():
            declared = {batch.proof.declared for batch in batches if batch.proof} - {None}
            assert declared <= {len(_rows(batches))}, f"{entity.name}: {declared} declared, {len(_rows(batches))} came"

    def test_a_read_tells_whom_it_was_about(self) -> None:
        with _open(self.connection()) as connector:
            for entity, batches in self._read_all():
                proofs = [batch.proof for batch in batches if batch.proof]
                if not proofs:
                    continue
                about = {key for proof in proofs for key in proof.about}
                assert bool(about) == bool(entity.asked_per), f"{entity.name}: asked_per and whom it was about disagree"
                outcomes = [_outcome(connector, raw) for raw in _rows(batches)]
                records = [record for found in outcomes if not isinstance(found, str) for record in found]
                told = {
                    getattr(record, name) for record in records for name, kind in references(record.kind).items()
                    if kind == entity.asked_per
                }  # fmt: skip
                assert told - {None} <= about, f"{entity.name}: it tells of one whom it was not asked about"

    def test_a_read_tells_a_moment_that_is_over(self) -> None:
        for entity, batches in self._read_all():
            moments = [batch.proof.as_of for batch in batches if batch.proof and batch.proof.as_of]
            assert all(at.tzinfo for at in moments), f"{entity.name}: as of a moment without a zone"
            assert all(at <= datetime.now(UTC) for at in moments), f"{entity.name}: as of a moment yet to come"

    def test_reads_of_what_is_delivered_end_with_the_newest(self) -> None:
        with _open(self.connection()) as connector:
            for entity in (entity for entity in connector.entities if entity.delivered):
                assert isinstance(connector, Delivered), f"{entity.name}: cannot tell what is newest"
                newest = connector.newest(entity)
                seen: list[str | None] = [None]
                while seen[-1] != newest:
                    cursor = [batch.cursor for batch in connector.read(entity, seen[-1])][-1]
                    assert cursor not in seen, f"{entity.name}: its reads never end with the newest"
                    seen.append(cursor)

    def test_reading_twice_gives_the_same_bytes(self) -> None:
        for (entity, one), (_, other) in zip(self._read_all(), self._read_all(), strict=True):
            changed = (Counter(_rows(one)) - Counter(_rows(other))).total()
            assert not changed, f"{entity.name}: {changed} rows were other bytes the second time"

    def test_the_form_is_the_same_for_the_same_source(self) -> None:
        for (entity, one), (_, other) in zip(self._read_all(), self._read_all(), strict=True):
            forms = {batch.form for batch in (*one, *other)} - {None}
            assert len(forms) <= 1, f"{entity.name}: the source did not change, its form did"
            assert all(isinstance(form, str) and form for form in forms), f"{entity.name}: a form is no text"

    def test_the_form_holds_no_secret(self) -> None:
        for entity, batches in self._read_all():
            forms = "\n".join(str(batch.form) for batch in batches)
            assert not any(secret in forms for secret in self.secrets()), f"{entity.name}: a credential is in its form"

    def test_a_source_that_rests_opens_later(self) -> None:
        with _open(self.connection()) as connector:
            if not isinstance(connector, Resting):
                return
            for entity in connector.entities:
                connector.opens_at(entity, _MOMENTS[0])  # once before, for what is loaded at first use
                with io_refused() as touched:
                    answers = [(at, connector.opens_at(entity, at)) for at in _MOMENTS]
                assert not touched, f"{entity.name}: opens_at called {touched[0]}"
                for at, opens in answers:
                    assert opens is None or opens.utcoffset() == timedelta(), f"{entity.name}: opens at no UTC time"
                    assert opens is None or opens > at, f"{entity.name}: opens at a moment that is over"
                later = {opens for _, opens in answers if opens is not None}
                shut = any(connector.opens_at(entity, opens) for opens in later)
                assert not shut, f"{entity.name}: is not open when it said that it would be"

    def test_map_is_deterministic(self) -> None:
        rows = self._all_rows()
        with _open(self.connection()) as one, _open(self.connection()) as other:
            first = [_outcome(one, raw) for raw in rows]
            again = [_outcome(one, raw) for raw in rows]
            backwards = [_outcome(other, raw) for raw in reversed(rows)][::-1]
        for raw, outcomes in zip(rows, zip(first, again, backwards, strict=True), strict=True):
            assert outcomes[0] == outcomes[1] == outcomes[2], f"{raw.entity}: one row, different records"

    def test_map_does_no_io(self) -> None:
        rows = self._all_rows()
        with _open(self.connection()) as connector:
            for raw in rows:  # once before, for what is loaded at first use
                _outcome(connector, raw)
            with io_refused() as touched:
                for raw in rows:
                    _outcome(connector, raw)
                    assert not touched, f"{raw.entity}: map called {touched[0]}"

    def test_mapped_records_are_of_the_kinds_of_their_entity(self) -> None:
        for entity, mapped in self._map_all():
            strange = {record.kind for record in chain(*mapped)} - set(entity.kinds)
            assert not strange, f"{entity.name}: brings {sorted(strange)}, which its kinds do not name"

    def test_a_one_to_one_row_brings_one_record_at_most(self) -> None:
        for entity, mapped in self._map_all():
            most = max(map(len, mapped), default=0)
            assert not entity.one_to_one or most <= 1, f"{entity.name}: a row brings {most} records"

    def test_no_two_one_to_one_rows_bring_the_same_record(self) -> None:
        for entity, mapped in self._map_all():
            # The first of each row, so that a row with several is the other rule's affair.
            keys = Counter((records[0].kind, records[0].key) for records in mapped if records)
            double = [kind for (kind, _), times in keys.items() if times > 1]
            assert not entity.one_to_one or not double, f"{entity.name}: {len(double)} keys of {set(double)} come twice"

    def test_references_point_at_what_some_entity_brings(self) -> None:
        with _open(self.connection()) as connector:
            brought = set(chain.from_iterable(entity.kinds for entity in connector.entities))
        for entity, mapped in self._map_all():
            for record in chain(*mapped):
                for field, kind in references(record.kind).items() if record.kind in RECORDS else ():
                    if getattr(record, field) is not None:
                        assert kind in brought, f"{entity.name}: {record.kind}.{field}: no entity brings a {kind}"

    def test_no_record_holds_a_citizen_service_number(self) -> None:
        for entity, mapped in self._map_all():
            for record in chain(*mapped):
                text = _UUID.sub(" ", record.model_dump_json())  # in thousands of UUIDs some look like it by chance
                found = [number for number in _NINE_DIGITS.findall(text) if _is_bsn(number)]
                assert not found, f"{entity.name}: a {record.kind} holds what may be a BSN"

    def test_an_empty_row_is_a_bad_row(self) -> None:
        for entity, batches in self._read_all():
            with _open(self.connection()) as connector:
                for raw in _rows(batches)[:_SAMPLE]:
                    mapped = _outcome(connector, raw._replace(data=b""))
                    assert isinstance(mapped, str), f"{entity.name}: an empty row passes for a good one"

    def test_a_garbled_row_is_a_bad_row_or_a_good_one_and_nothing_else(self) -> None:
        for entity, batches in self._read_all():
            with _open(self.connection()) as connector:
                for raw in _garbled(_rows(batches)[:_SAMPLE]):
                    try:
                        list(connector.map(raw))
                    except BadRow:
                        continue
                    except Exception as error:
                        raise AssertionError(f"{entity.name}: {type(error).__name__} instead of BadRow") from error

    def test_a_bad_row_tells_no_value(self) -> None:
        for entity, batches in self._read_all():
            rows = _rows(batches)
            with _open(self.connection()) as connector:
                told = [(raw, text) for raw in _garbled(rows[:_SAMPLE]) if (text := _complaint(connector, raw))]
            for raw, text in told:
                leaked = _leaked(raw, text, rows, told)
                assert not leaked, f"{entity.name}: {FRAGMENT} characters of a row are in its BadRow: {text[:60]}"

    def test_an_incremental_read_survives_a_cursor_it_does_not_know(self) -> None:
        with _open(self.connection()) as connector:
            for entity in connector.entities:
                if entity.incremental:
                    try:
                        list(connector.read(entity, "\0 not a cursor"))
                    except SourceError:
                        continue
                    except Exception as error:
                        raise AssertionError(f"{entity.name}: {type(error).__name__}, not SourceError") from error

    def test_a_source_that_fails_in_mid_read_is_an_error_and_no_proof(self) -> None:
        failing = self.cut()
        if failing is None:
            return
        with failing, _open(self.connection()) as connector:
            for entity in connector.entities:
                proofs: list[Batch] = []
                error = None
                try:
                    proofs += (batch for batch in connector.read(entity, None) if batch.proof)
                except SourceError as caught:
                    error = caught
                assert not proofs, f"{entity.name}: a proof though the source failed"
                assert error, f"{entity.name}: no SourceError though the source failed"

    def _read_all(self) -> Iterator[tuple[Entity, list[Batch]]]:
        with _open(self.connection()) as connector:
            for entity in connector.entities:
                yield entity, list(connector.read(entity, None))

    def _all_rows(self) -> list[RawRecord]:
        return [raw for _, batches in self._read_all() for raw in _rows(batches)]

    def _map_all(self) -> Iterator[tuple[Entity, list[list[Record]]]]:
        with _open(self.connection()) as connector:
            for entity, batches in self._read_all():
                outcomes = [_outcome(connector, raw) for raw in _rows(batches)]
                yield entity, [outcome for outcome in outcomes if not isinstance(outcome, str)]


@contextmanager
def _open(connector: Connector) -> Iterator[Connector]:
    try:
        yield connector
    finally:
        if isinstance(connector, Closeable):
            connector.close()


def _rows(batches: Sequence[Batch]) -> list[RawRecord]:
    return [raw for batch in batches for raw in batch.rows]


def _outcome(connector: Connector, raw: RawRecord) -> list[Record] | str:
    """The records of a row, or the text of its ``BadRow``."""
    try:
        return list(connector.map(raw))
    except BadRow as error:
        return f"BadRow {error}"


def _complaint(connector: Connector, raw: RawRecord) -> str:
    """All that a ``BadRow`` tells, with what it hangs on; nothing for another outcome, which is another rule's."""
    found: list[str] = []
    try:
        list(connector.map(raw))
    except BadRow as bad:
        error: BaseException | None = bad
        while error is not None:
            found += [str(error), repr(error), repr(getattr(error, "problems", ""))]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    except Exception:  # noqa: BLE001  # the rule about garbled rows is what reports it
        return ""
    return "\n".join(found)


def _garbled(rows: Sequence[RawRecord]) -> Iterator[RawRecord]:
    """The same rows, cut off, in another layout, and with bytes changed: the same ones each time."""
    chance = random.Random(20260314)  # noqa: S311  # no secret: it makes test rows
    for raw in rows:
        data, layout = raw.data, raw.layout
        for length in (1, len(data) // 4, len(data) // 2, len(data) - 1):
            yield raw._replace(data=data[:length])
        for other in (b"", layout[: len(layout) // 2], b"\xff\x00garbled"):
            yield raw._replace(layout=other)
        yield raw._replace(data=b"\xff\xfe\x00" + data)
        yield raw._replace(data=data + data)
        for _ in range(8):
            changed = bytearray(data)
            for _ in range(chance.randint(1, 4)):
                place = chance.randint(0, len(changed))
                changed[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            yield raw._replace(data=bytes(changed))


def _leaked(
    raw: RawRecord, text: str, rows: Sequence[RawRecord], told: Sequence[tuple[RawRecord, str]]
) -> list[str]:
    """The fragments of a row's values in ``text``.

    Names are let through: what more than half of the rows hold, and what a ``BadRow`` also says of a row in which it
    does not occur.
    """
    own = _texts(raw.data)
    leaked = []
    for fragment in {text[start : start + FRAGMENT] for start in range(len(text) - FRAGMENT + 1)}:
        if fragment not in own:
            continue
        shared = sum(fragment in _texts(row.data) for row in rows[:_SAMPLE]) * 2 > min(len(rows), _SAMPLE)
        vocabulary = any(fragment in said and fragment not in _texts(other.data) for other, said in told)
        if not shared and not vocabulary:
            leaked.append(fragment)
    return leaked


def _texts(data: bytes) -> str:
    return f"{data.decode(errors='backslashreplace')}\n{data.decode('latin-1')}"


def _is_bsn(number: str) -> bool:
    """The eleven test of the citizen service number."""
    total = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), number, strict=True))
    return total % 11 == 0 and number != "000000000"
