"""Reads the files of a delivery that hold one data set, in batches that are small whatever the files are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from connectors.contract import BATCH_ROWS, Batch, Proof, RawRecord
from connectors.csvrows import records
from connectors.errors import Broken
from connectors.files import DeliveredFile, Facts, RefusedFile
from vocus import edex2000, edex_reading, presets
from vocus.csv_rows import keeper, layout_of
from vocus.examine import examine_csv
from vocus.layout import text_chunks
from vocus.settings import DataSettings

_MOST_BYTES = 8 << 20
"""Of the rows of a batch, give or take one row."""


def rows(files: Sequence[DeliveredFile], data: DataSettings, year: str) -> tuple[int, Iterator[RawRecord]]:
    """How many rows the files hold, and the rows, file by file in the order of their names. Raises ``Broken``."""
    in_order = sorted(files, key=lambda file: file.path.name)
    found: Iterator[tuple[bytes, bytes]]
    if data.preset == presets.EDEXML:
        found = chain.from_iterable(edex_reading.rows_edexml(file.path) for file in in_order)
    elif data.preset == presets.EDEX2000:
        found = edex2000.rows_edex2000([(file.path, file.facts) for file in in_order], year)
    else:
        facts = [_facts_now(file, data) for file in in_order]
        parts = (_csv_rows(file, each, data, year) for file, each in zip(in_order, facts, strict=True))
        return sum(each["read"] for each in facts), chain.from_iterable(parts)
    name = in_order[0].data_set
    return sum(file.facts["read"] for file in in_order), (RawRecord(name, *pair) for pair in found)


def _facts_now(file: DeliveredFile, data: DataSettings) -> Facts:
    """What was found out about a file when it came; found out anew when the settings are others by now."""
    if file.facts.get("settings") == data.fingerprint():
        return file.facts
    try:
        return examine_csv(file.data_set, file.path, None, data, proved=True)
    except RefusedFile as error:
        sentence, code = str(error), error.code
    raise Broken(f"{file.path.name}: {sentence}", code=code)


def _csv_rows(file: DeliveredFile, facts: Facts, data: DataSettings, year: str) -> Iterator[RawRecord]:
    """The rows of a file; those of another record type are left out."""
    layout, keep = layout_of(file.data_set, facts, year), keeper(facts, data)
    found = records(text_chunks(file.path, facts["encoding"]), quoting=data.quoting)
    for number, record in islice(enumerate(found, 1), 1 if data.header else 0, None):
        row = keep(record, number)
        if row is not None:
            yield RawRecord(file.data_set, row, layout)


def in_batches(found: Iterable[RawRecord], cursor: str, proof: Proof) -> Iterator[Batch]:
    """The rows in batches; the last one has the cursor and the proof."""
    waiting: list[RawRecord] = []
    size = 0
    for raw in found:
        if len(waiting) == BATCH_ROWS or size > _MOST_BYTES:
            yield Batch(waiting)
            waiting, size = [], 0
        waiting.append(raw)
        size += len(raw.data)
    yield Batch(waiting, cursor, proof)
