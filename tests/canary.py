"""A planted student and guardian, and everything in which a value of them might show.

Their names are in the store, where they belong. What Schoolbrug never keeps (national number, password, address, the
student's telephone) is in no byte of it, nor are the credentials of the source.
"""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from canonical.tables import HELD, QUARANTINE, RUN
from connectors.errors import SourceError
from schoolbrug.cli import app
from simulator import school as people
from simulator.magister import DEFAULT_ACCOUNT
from tests.bridge import NAME, Bridge

PASSWORD = DEFAULT_ACCOUNT.password
NEVER_KEPT = (
    people.CANARY_BSN, people.CANARY_PASSWORD, people.CANARY_STREET, people.CANARY_POSTCODE, people.CANARY_PHONE,
    "CANARY-Stad",
)  # fmt: skip
NEVER_SHOWN = (
    *NEVER_KEPT, people.CANARY_FIRST_NAME, people.CANARY_LAST_NAME, people.CANARY_EMAIL,
    people.CANARY_GUARDIAN_FIRST_NAME, people.CANARY_GUARDIAN_LAST_NAME, people.CANARY_GUARDIAN_EMAIL,
    people.CANARY_GUARDIAN_PHONE, "canary-",
)  # fmt: skip
SEAL = "een sleutel van ten minste 32 tekens"


class Log(logging.Handler):
    """Everything that any logger says, with tracebacks, as it would stand in a file."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.text = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        self.text.write(f"{self.format(record)} {record.__dict__}\n")


@contextmanager
def listening() -> Iterator[Log]:
    """The log of all that happens within."""
    handler, root = Log(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def told_by(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error))


def read_and_sync(made: Bridge, entities: Sequence[str]) -> str:
    """What errors tell when everything with a canary in it is synced, and once more when it is read without a store."""
    told = [told_by(report.error) for report in made.sync(*entities).values() if report.error]
    for name in entities:
        entity = made.target.entity(name)
        assert entity is not None
        try:
            for batch in made.connector.read(entity, None):
                for row in batch.rows:
                    told.append(_map_error(made, row))
        except SourceError as error:
            told.append(told_by(error))
    return "".join(told)


def _map_error(made: Bridge, row: object) -> str:
    try:
        list(made.connector.map(row))  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not tell
        return told_by(error)
    return ""


def clear_columns(made: Bridge) -> str:
    quarantine = [{k: v for k, v in row.items() if k != "payload"} for row in made.rows(QUARANTINE)]
    sealed = b"".join(row["payload"] or b"" for row in made.rows(QUARANTINE)).decode("latin-1")
    return f"{quarantine} {sealed} {made.rows(HELD)} {made.rows(RUN)}"


def shown(text: str, *more: str) -> list[str]:
    return [value for value in (*NEVER_SHOWN, PASSWORD, *more) if value.lower() in text.lower()]


def assert_nothing_is_kept(database: Path, *more: str) -> None:
    files = list(database.parent.glob(f"{database.name}*"))
    data = b"".join(file.read_bytes() for file in files)
    assert people.CANARY_LAST_NAME.encode() in data, "the canary was not synced: nothing was shown"
    assert not [value for value in (*NEVER_KEPT, PASSWORD, *more) if value.encode() in data]


def listings(database: Path, folder: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the commands list of a store. ``source`` is its system and the source's own table, in TOML, in which the
    password stands as ``{ env = "CANARY_TEST_PASSWORD" }``."""
    monkeypatch.setenv("CANARY_TEST_SEAL", SEAL)
    monkeypatch.setenv("CANARY_TEST_PASSWORD", PASSWORD)
    config = folder / "schoolbrug.toml"
    config.write_text(
        f'[store]\ndatabase = "sqlite:///{database}"\nquarantine_key = {{ env = "CANARY_TEST_SEAL" }}\n'
        f'[[source]]\nname = "{NAME}"\nschool = {{ name = "De Waterling", brin = "99XX" }}\n{source}\n'
    )
    told = ""
    for command in (["status"], ["quarantine", "list"], ["quarantine", "show", "1"], ["held", "list"]):
        for form in ([], ["--json"]):
            result = CliRunner().invoke(app, [*command, "--config", str(config), *form])
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            told += result.output + result.stderr
    return told
