"""The connector over a folder: which delivery a read is of, what it proves, and what is told when one is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Batch, Entity, Settings
from connectors.errors import Broken
from simulator.sftp import make_key
from vocus import drop as dropping
from vocus.connector import Vocus, connect
from vocus.drop import FETCH_EVERY, Drop
from vocus.settings import load

NIGHT = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
COLUMNS = {"number": "Stamnr", "last_name": "Achternaam", "birth_date": "Geb"}
CANARY = "Kanariepiet"


def _students(*rows: str, header: str = "Stamnr;Achternaam;Geb;BSN") -> str:
    return "".join(f"{line}\r\n" for line in (header, *rows))


def _deliver(folder: Path, night: int, files: dict[str, str | bytes]) -> None:
    """A delivery with a manifest, made on the ``night``th night."""
    named = []
    for name, text in files.items():
        data = text.encode() if isinstance(text, str) else text
        (folder / name).write_bytes(data)
        rows = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8").count("\n") - 1
        named.append({"name": name, "rows": rows, "sha256": sha256(data).hexdigest()})
    made = (NIGHT + timedelta(days=night)).isoformat()
    (folder / f"nacht{night}.manifest.json").write_text(json.dumps({"made": made, "files": named}))


def _connected(folder: Path, data: dict[str, Any] | None = None, **options: Any) -> Vocus:
    sets = {"students": {"files": "leerlingen*.csv", "columns": COLUMNS, **(data or {})}}
    found = connect(Settings("de-vliet", {"folder": str(folder), "data": sets, **options}))
    assert isinstance(found, Vocus)
    return found


def _read(connector: Vocus, since: str | None = None) -> list[Batch]:
    return list(connector.read(connector.entities[0], since))


def _numbers(connector: Vocus, batches: list[Batch]) -> list[str]:
    return [next(iter(connector.map(raw))).key[0] for batch in batches for raw in batch.rows]


def _newest(connector: Vocus) -> str:
    found = connector.newest(connector.entities[0])
    assert found is not None
    return found


def test_each_data_set_is_an_entity_in_the_order_of_reading(tmp_path: Path) -> None:
    names = ["absences", "grades", "absence_reasons", "staff"]
    data = {name: {"preset": "vocus-example"} for name in names}
    found = connect(Settings("de-vliet", {"folder": str(tmp_path), "data": data})).entities
    assert [entity.name for entity in found] == ["staff", "grades", "absence_reasons", "absences"]
    assert found[1] == Entity("grades", ("grade",), one_to_one=True, delivered=True)
    assert not found[0].one_to_one


def test_before_anything_is_delivered_there_is_nothing_to_read(tmp_path: Path) -> None:
    connector = _connected(tmp_path)
    assert connector.newest(connector.entities[0]) is None
    with pytest.raises(Broken, match="nothing has been delivered yet") as caught:
        _read(connector)
    assert caught.value.code == "vocus.nothing"


def test_a_snapshot_is_proved_and_dated_by_its_delivery(tmp_path: Path) -> None:
    _deliver(tmp_path, 0, {"leerlingen.csv": _students("000123;Berg;31-12-2010;1", "020001;Boer;01-02-2011;2")})
    connector = _connected(tmp_path)
    cursor = _newest(connector)
    *_, last = batches = _read(connector)
    assert _numbers(connector, batches) == ["000123", "020001"]
    assert last.cursor == cursor
    assert last.proof is not None
    assert (last.proof.by, last.proof.declared, last.proof.as_of, last.proof.changes) == ("manifest", 2, NIGHT, False)


def test_a_read_without_a_question_before_it_takes_in_what_is_there(tmp_path: Path) -> None:
    _deliver(tmp_path, 0, {"leerlingen.csv": _students("000123;Berg;31-12-2010;1")})
    connector = _connected(tmp_path)
    assert _numbers(connector, _read(connector)) == ["000123"]


def test_of_snapshots_only_the_newest_is_read(tmp_path: Path) -> None:
    connector = _connected(tmp_path)
    cursors = []
    for night, number in enumerate(["1", "2", "3"]):
        _deliver(tmp_path, night, {"leerlingen.csv": _students(f"{number};Berg;;")})
        cursors.append(_newest(connector))
    for since in (None, cursors[0], cursors[2]):
        batches = _read(connector, since)
        assert _numbers(connector, batches) == ["3"]
        assert batches[-1].cursor == cursors[2]
    assert len(set(cursors)) == 3


def test_deltas_are_read_one_after_the_other_and_prove_changes_only(tmp_path: Path) -> None:
    connector = _connected(tmp_path, {"mode": "delta"})
    for night, number in enumerate(["1", "2", "3"]):
        _deliver(tmp_path, night, {"leerlingen.csv": _students(f"{number};Berg;;")})
        connector.newest(connector.entities[0])
    since, read = None, []
    for _ in range(3):
        batches = _read(connector, since)
        since = batches[-1].cursor
        read += _numbers(connector, batches)
        proof = batches[-1].proof
        assert proof is not None
        assert proof.changes
    assert read == ["1", "2", "3"]
    assert since == _newest(connector)
    assert _numbers(connector, _read(connector, since)) == ["3"]  # asked for in full, with nothing new


def test_after_a_change_of_settings_the_last_delta_is_read_again(tmp_path: Path) -> None:
    before = _connected(tmp_path, {"mode": "delta"})
    for night, number in enumerate(["1", "2", "3"]):
        _deliver(tmp_path, night, {"leerlingen.csv": _students(f"{number};Berg;;")})
        before.newest(before.entities[0])
    second = _read(before, _read(before)[-1].cursor)[-1].cursor
    after = _connected(tmp_path, {"mode": "delta", "pad": {"number": 4}})
    again = _read(after, second)
    assert _numbers(after, again) == ["0002"]
    assert _numbers(after, _read(after, again[-1].cursor)) == ["0003"]
    assert _newest(after) != _newest(before)


def test_after_a_change_of_columns_the_archived_file_is_examined_anew(tmp_path: Path) -> None:
    text = _students("1;Berg;2", header="Stamnr;Achternaam;Llnr")
    _deliver(tmp_path, 0, {"leerlingen.csv": text})
    columns = {"number": "Stamnr", "last_name": "Achternaam"}
    before = _connected(tmp_path, {"columns": columns})
    assert _numbers(before, _read(before)) == ["1"]
    after = _connected(tmp_path, {"columns": {**columns, "number": "Llnr"}})
    assert _numbers(after, _read(after)) == ["2"]
    wrong = _connected(tmp_path, {"columns": {**columns, "number": "Nummer"}})
    with pytest.raises(Broken, match=r"leerlingen\.csv: column Nummer is missing") as caught:
        _read(wrong)
    assert caught.value.code == "vocus.column"


def test_a_refused_delivery_is_told_until_a_good_one_comes(tmp_path: Path) -> None:
    connector = _connected(tmp_path)
    _deliver(tmp_path, 0, {"leerlingen.csv": _students("1;Berg;;")})
    good = _newest(connector)
    _deliver(tmp_path, 1, {"leerlingen.csv": _students(f"2;{CANARY};;", header="Stamnr;Achternaam;Gebdat;BSN")})
    asked = _newest(connector)
    assert asked != good, "the kernel must ask for a read"
    assert _numbers(connector, _read(connector)) == ["1"], "what was accepted is read first"
    with pytest.raises(Broken) as caught:
        _read(connector, good)
    message = str(caught.value)
    assert caught.value.code == "vocus.column"
    assert "column Geb is missing" in message
    assert "REASON.txt" in message
    assert CANARY not in message
    _deliver(tmp_path, 2, {"leerlingen.csv": _students("3;Berg;;")})
    better = _newest(connector)
    batches = _read(connector, good)
    assert _numbers(connector, batches) == ["3"]
    assert batches[-1].cursor == better


def test_a_first_delivery_that_is_refused_is_told(tmp_path: Path) -> None:
    connector = _connected(tmp_path)
    _deliver(tmp_path, 0, {"leerlingen.csv": _students("1;Berg", header="Stamnr;Achternaam")})
    assert _newest(connector).startswith("refused ")
    with pytest.raises(Broken, match="column Geb is missing"):
        _read(connector)


def test_all_files_of_a_data_set_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = {f"leerlingen_{name}.csv": _students(f"{name};Berg;;") for name in ("3", "1", "2")}
    _deliver(tmp_path, 0, files)
    connector = _connected(tmp_path)
    batches = _read(connector)
    assert _numbers(connector, batches) == ["1", "2", "3"]
    proof = batches[-1].proof
    assert proof is not None
    assert proof.declared == 3


def test_only_mapped_cells_are_in_a_row(tmp_path: Path) -> None:
    text = _students(f"1;Berg;;{CANARY}", f"2;Boer;;{CANARY};x", f'3;"Boer;;{CANARY}"')
    _deliver(tmp_path, 0, {"leerlingen.csv": text})
    rows = [raw for batch in _read(_connected(tmp_path)) for raw in batch.rows]
    assert [raw.data for raw in rows] == [
        b'["1","Berg",""]', b'{"record":3,"code":"columns"}', b'{"record":4,"code":"columns"}',
    ]  # fmt: skip
    assert all(CANARY.encode() not in raw.layout for raw in rows)


def test_utf_16_is_read(tmp_path: Path) -> None:
    _deliver(tmp_path, 0, {"leerlingen.csv": _students("1;Çelik;;").encode("utf-16")})
    connector = _connected(tmp_path)
    assert [raw.data for raw in _read(connector)[0].rows] == ['["1","Çelik",""]'.encode()]


def test_batches_are_small_whatever_the_rows_are(tmp_path: Path) -> None:
    rows = [f"{number};{'x' * 900_000};;" for number in range(30)]
    _deliver(tmp_path, 0, {"leerlingen.csv": _students(*rows)})
    batches = _read(_connected(tmp_path))
    assert sum(len(batch.rows) for batch in batches) == 30
    assert max(len(batch.rows) for batch in batches) < 15
    assert [batch.proof is not None for batch in batches] == [False] * (len(batches) - 1) + [True]


def test_a_row_belongs_to_the_school_year_of_its_delivery(tmp_path: Path) -> None:
    _deliver(tmp_path, -120, {"leerlingen.csv": _students("1;Berg;;")})
    connector = _connected(tmp_path)
    assert [list(connector.map(raw))[1].key for raw in _read(connector)[0].rows] == [("1", "2025-2026")]
    fixed = _connected(tmp_path, school_year="2020-2021")
    assert [list(fixed.map(raw))[1].key for raw in _read(fixed)[0].rows] == [("1", "2020-2021")]
    assert fixed.scope == "2020-2021"
    assert connector.mapping_version != fixed.mapping_version


def test_check_tells_what_is_known_of_each_data_set_and_no_value(tmp_path: Path) -> None:
    connector = _connected(tmp_path)
    assert [(each.ok, each.advice) for each in connector.check()] == [(True, "nothing has been delivered yet")]
    _deliver(tmp_path, 0, {"leerlingen.csv": _students(f"1;{CANARY};31-12-2010;", f"2;{CANARY};", "3;x;;")})
    (found,) = connector.check()
    assert (found.subject, found.ok) == ("de-vliet students", True)
    assert found.advice == (
        "delivery of 2026-11-24 03:15, 3 rows, utf-8 (valid UTF-8), separator ';', birth_date as %d-%m-%Y,"
        " 1 rows in another form"
    )
    _deliver(tmp_path, 1, {"leerlingen.csv": _students(f"1;{CANARY}", header="Stamnr;Achternaam")})
    (found,) = connector.check()
    assert not found.ok
    assert "column Geb is missing" in found.advice
    assert CANARY not in found.advice


def test_check_says_that_the_folder_is_not_there(tmp_path: Path) -> None:
    (found,) = _connected(tmp_path / "weg").check()
    assert (found.subject, found.ok) == ("de-vliet deliveries", False)


def test_the_other_side_is_asked_once_in_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fetch(account: Any, folder: Path, wanted: Any, *, deadline: float) -> None:
        asked.append((account, folder, wanted, deadline))

    monkeypatch.setattr(dropping, "fetch", fetch)
    now = 100.0
    sftp = {"host": "sftp.example", "user": "u", "password": "p", "host_key": make_key()[1], "path": "uit"}
    data = {"students": {"files": "Leerlingen*.csv", "columns": COLUMNS}}
    made = load(Settings("de-vliet", {"folder": str(tmp_path), "data": data, "sftp": {**sftp, "deadline": 7}}))
    drop = Drop(made, tmp_path, lambda *_, **__: {}, clock=lambda: now)
    for moment in (100.0, 100.0 + FETCH_EVERY / 2, 100.0 + FETCH_EVERY):
        now = moment
        drop.collect()
    drop.collect_once()
    assert len(asked) == 2
    account, folder, wanted, deadline = asked[0]
    assert (account.host, account.port, account.user, account.password) == ("sftp.example", 22, "u", "p")
    assert (account.private_key, account.path, folder, deadline) == (None, "uit", tmp_path, 7)
    names = ["leerlingen_1.CSV", "nacht.manifest.json", "nacht.ok", "nacht.ZIP", "brief.doc", "cijfers.csv"]
    assert [wanted(name) for name in names] == [True, True, True, True, False, False]
