"""Whatever comes: a file is examined or refused, a row gives records or is a bad row, and memory stays bounded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from canonical.records import Record
from connectors.columns import ColumnError
from connectors.contract import RawRecord
from connectors.csvrows import fields, records
from connectors.errors import BadRow, Broken
from connectors.files import RefusedFile
from tests.faults import GATE, some
from tests.vocus.mapped import raw, settings_of
from vocus.csv_rows import keeper
from vocus.examine import examine_csv
from vocus.fields import DATA_SETS, Type, kinds
from vocus.layout import file_chunks, text_chunks
from vocus.mapping import mapper
from vocus.settings import DataSettings, VocusSettings

EXAMPLES = 2_000 if GATE else 200

STUDENTS = {
    "files": "*.csv",
    "columns": {"number": "Stamnr", "last_name": "Achternaam", "birth_date": "Geb", "subjects": "Vakken"},
}  # fmt: skip
HEADER = b"Stamnr;Achternaam;Geb;Vakken\r\n"

CELL = st.sampled_from(
    [b"", b"000123", b"20001", b"Berg", b"31-12-2010", b"20101231", b"03-04-2010", b"ne,wi", b'"', b'"a;b"', b'"a\nb"',
     b"\xc3\xa9", b"\xe9", b"\x81", b"\0", b"\r", b"-"]
) | st.binary(max_size=6)  # fmt: skip
LINE = st.lists(CELL, min_size=1, max_size=6).map(b";".join)
ENDING = st.sampled_from([b"\r\n", b"\n", b"\r\r\n", b""])
LINES = st.lists(st.tuples(LINE, ENDING).map(b"".join), max_size=8).map(b"".join)
HEAD = st.sampled_from([b"", HEADER, b"\xef\xbb\xbf" + HEADER, HEADER.replace(b";", b"\t"), HEADER[:-2], b"Stamnr\n"])
WIDE = st.builds(lambda mark, text: mark + text.encode("utf-16-le"), st.sampled_from([b"\xff\xfe", b""]), st.text())
FILE = st.builds(bytes.__add__, HEAD, LINES) | st.binary(max_size=200) | WIDE

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "encoding": st.sampled_from(["auto", "utf-8", "utf-16", "cp1252"]),
        "delimiter": st.sampled_from(["auto", ";", ",", "\t"]),
        "quoting": st.booleans(),
        "null": st.lists(st.text(max_size=2), max_size=2),
        "dates": st.lists(st.sampled_from(["%d-%m-%Y", "%m-%d-%Y", "%Y%m%d"]), min_size=1, max_size=3, unique=True),
        "pad": st.just({"number": 6}),
        "record_type": st.just({"column": "Stamnr", "value": "000123"}),
    },
)


def _bounded(size: int) -> None:
    """Fails when more was held than what blocks of a bounded size and their cells come to."""
    peak = tracemalloc.get_traced_memory()[1]
    assert peak < (32 << 20) + 8 * min(size, 4 << 20), f"{peak} bytes for a file of {size}"


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=FILE, size=st.integers(1, 50), quoting=st.booleans(), delimiter=st.sampled_from(";,\t"))
def test_any_bytes_are_cut_into_records_and_cells(data: bytes, size: int, quoting: bool, delimiter: str) -> None:
    chunks = (data[start : start + size] for start in range(0, len(data), size))
    found, code = [], ""
    try:
        for record in records(chunks, quoting=quoting):
            found.append(record)
    except Broken as error:
        code = error.code
    assert code in (("", "csv.unclosed") if quoting else ("",))
    assert sum(map(len, found)) <= len(data)
    codes: set[str] = set()
    for record in found:
        try:
            cells = fields(record, delimiter=delimiter, encoding="utf-8", quoting=quoting)
        except ColumnError as error:
            codes.add(error.code)
            continue
        if not quoting and "\r" not in "".join(cells):
            assert delimiter.join(cells).encode() == record.removeprefix(b"\xef\xbb\xbf")
    assert codes <= {"encoding", "malformed"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=FILE, changes=CHANGES, proved=st.booleans())
def test_any_bytes_are_examined_or_refused(data: bytes, changes: dict[str, Any], proved: bool) -> None:
    made = DataSettings.model_validate({**STUDENTS, **changes})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "leerlingen.csv"
        path.write_bytes(data)
        try:
            facts = examine_csv("students", path, None, made, proved=proved)
        except RefusedFile as error:
            facts, code = {}, error.code
        else:
            code = ""
        if code:
            assert code in ("vocus.encoding", "vocus.cut", "vocus.csv", "vocus.column", "vocus.dates", "vocus.zeros")
            return
        assert orjson.loads(orjson.dumps(facts)) == facts
        keep = keeper(facts, made)
        rows = [
            row
            for number, record in enumerate(records(text_chunks(path, facts["encoding"]), quoting=made.quoting), 1)
            if number > 1 and (row := keep(record, number)) is not None
        ]
        assert len(rows) == facts["read"] <= facts["rows"]
        assert sum(isinstance(orjson.loads(row), dict) for row in rows) == facts["unreadable"]


TEXT = (
    st.sampled_from(
        ["", "-", "000123", "1", "J", "N", "ja", "7,5", "7.5", "V", "Inh", "31-12-2010", "24-11-2026 08:30:00",
         "25-10-2026 02:30:00", "0830", "absent", "materials", "test", "moeder", "a,b,c", "0", "-1", "99999999999999"]
    )
    | st.text(max_size=12)
    | st.text("0123456789-:., ", max_size=20)
)  # fmt: skip


@st.composite
def _rows(draw: st.DrawFn) -> tuple[VocusSettings, str, RawRecord, set[str]]:
    name = draw(st.sampled_from(sorted(DATA_SETS)))
    wanted = DATA_SETS[name]
    needed = {each.name for each in wanted.fields.values() if each.needed}
    needed |= set(draw(st.sampled_from(wanted.one_of))) if wanted.one_of else set()
    names = sorted(needed | draw(st.sets(st.sampled_from(sorted(wanted.fields)))))
    numbers = [each for each in names if wanted.fields[each].type in (Type.KEY, Type.WORDS)]
    data = {"pad": {draw(st.sampled_from(numbers)): 6}} if draw(st.booleans()) else {}
    if name == "grades":
        data["scale"] = draw(st.sampled_from(["decimal", "tenths"]))
    made = settings_of(name, names, data, reasons={"1": {"kind": "sick"}, "absent": {"kind": "unknown"}})
    return made, name, raw(name, {each: draw(TEXT) for each in names}), set(names)


@settings(max_examples=EXAMPLES, deadline=None)
@given(_rows())
def test_any_row_of_any_data_set_gives_records_or_is_bad(made: tuple[VocusSettings, str, RawRecord, set[str]]) -> None:
    settings_, name, row, names = made
    bad: BadRow | None = None
    found: list[Record] = []
    try:
        found = list(mapper(settings_)(row))
    except BadRow as error:
        bad = error
    except ValidationError:  # the kernel quarantines the row
        return
    places = [(record.kind, record.key) for record in found] if bad is None else bad.covers
    assert {kind for kind, _ in places} <= set(kinds(name, names))
    assert bad is None or {problem.field for problem in bad.problems} <= {"row", *DATA_SETS[name].fields}
    assert bad is not None or len(set(places)) == len(places)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.binary(max_size=60), layout=st.binary(max_size=60), name=st.sampled_from(sorted(DATA_SETS)))
def test_any_bytes_of_a_row_and_its_layout_give_records_or_a_bad_row(data: bytes, layout: bytes, name: str) -> None:
    wanted = DATA_SETS[name]
    needed = {each.name for each in wanted.fields.values() if each.needed} | set(*wanted.one_of[:1])
    map_ = mapper(settings_of(name, needed, {}))
    good = raw(name, dict.fromkeys(needed, ""))
    with pytest.raises(BadRow):
        list(map_(RawRecord(name, data, layout)))
    with suppress(BadRow, ValidationError):
        list(map_(RawRecord(name, data, good.layout)))


BODIES: dict[str, Callable[[], bytes]] = {
    "many numbers": lambda: b"".join(b"%d;Berg;31-12-2010;ne\n" % number for number in range(300_000)),
    "blank lines": lambda: b"\n" * (40 << 20),
    "one wide row": lambda: b";" * (1 << 19) + b"\n",
    "wide rows": lambda: (b";" * (1 << 19) + b"\n") * 40,
    "no end": lambda: b'"' + b"a\n" * (1 << 19),
    "many rows": lambda: b"000123;Berg;31-12-2010;ne\n" * 400_000,
    "long cells": lambda: (b"000123;" + b"a" * 500_000 + b";31-12-2010;ne\n") * 40,
}


@pytest.mark.parametrize("name", some(tuple(BODIES), 2))
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str) -> None:
    body = BODIES[name]()
    path = tmp_path / "leerlingen.csv"
    path.write_bytes(HEADER + body)
    made, size = DataSettings.model_validate(STUDENTS), len(body)
    del body
    tracemalloc.start()
    try:
        with suppress(RefusedFile):
            examine_csv("students", path, None, made, proved=True)
        _bounded(size)
        tracemalloc.reset_peak()
        with suppress(Broken):
            for _ in records(file_chunks(path)):
                pass
        _bounded(size)
    finally:
        tracemalloc.stop()
