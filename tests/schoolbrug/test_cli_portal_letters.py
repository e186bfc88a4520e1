"""``schoolbrug portal letters`` and ``confirm`` over a real store."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select
from typer.testing import CliRunner, Result

from canonical.tables import TABLES
from portal.audit import CannotRecord
from portal.clock import now
from portal.schema import migrate_portal
from portal.settings import derived
from portal.signin import invitations
from portal.signin.letters import Child
from portal.tables import AUDIT, INVITATION
from schoolbrug.cli import _Commands
from schoolbrug.commands import portal_letters
from tests.portal.guardians import Family, family, related
from tests.portal.school import School
from tests.templates import embedded

SECRET = "p" * 40


@pytest.fixture
def engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("TEST_PORTAL_SECRET", SECRET)
    file = home / "schoolbrug.toml"
    table = '\n[portal]\nsecret = { env = "TEST_PORTAL_SECRET" }\norigin = "https://portaal.example.nl"\n'
    file.write_text(file.read_text("utf-8") + table, "utf-8")
    made = embedded(home / "store.sqlite", migrate_portal)
    yield made
    made.dispose()


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


@pytest.fixture
def kin(school: School) -> Family:
    made = family(school, school.source("oak", "The Oak"))
    # Nobody writes to a guardian without authority.
    stranger = school.put("guardian", made.source, last_name="Vreemd", email="vreemd@example.nl", secret=False)
    related(school, made.source, made.student, stranger, authority=False)
    return made


@pytest.fixture
def portal() -> Callable[..., Result]:
    app = typer.Typer(cls=_Commands)
    app.command()(portal_letters.letters)
    app.command()(portal_letters.confirm)

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def rows(engine: Engine) -> list[tuple[str, bool]]:
    """(guardian, still good) of all invitations."""
    with engine.connect() as connection:
        found = connection.execute(select(INVITATION).order_by(INVITATION.c.id)).all()
    return [(row.person_id, row.withdrawn_at is None) for row in found]


def local_id(engine: Engine, kin: Family) -> str:
    with engine.connect() as connection:
        table = TABLES["student"]
        return str(connection.execute(select(table.c.local_id).where(table.c.id == kin.student)).scalar_one())


def test_letters_are_written_once_and_on_file(
    engine: Engine, kin: Family, portal: Callable[..., Result], home: Path
) -> None:
    done = portal("letters", "--source", "oak", "--out", "letters.pdf")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Letters in letters.pdf: 1.")
    assert "number" not in done.stdout
    file = home / "letters.pdf"
    assert file.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows(engine) == [(kin.guardian, True)]
    with engine.connect() as connection:
        events = connection.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.student_id)).all()
    assert events == [("command", "letter", kin.student)]
    # A file with codes is not written over, and nothing is withdrawn.
    again = portal("letters", "--source", "oak", "--out", "letters.pdf")
    assert again.exit_code == 2
    assert rows(engine) == [(kin.guardian, True)]
    assert portal("letters", "--source", "oak", "--out", "more.pdf", "--language", "en").exit_code == 0
    assert rows(engine) == [(kin.guardian, False), (kin.guardian, True)]


def test_the_code_on_paper_is_the_one_that_is_kept(
    engine: Engine, kin: Family, portal: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    pdf = portal_letters.pdf
    monkeypatch.setattr(portal_letters, "pdf", lambda found, *rest: shown.extend(found) or pdf(found, *rest))
    portal("letters", "--source", "oak", "--out", "letters.pdf")
    with engine.connect() as connection:
        row = invitations.of_letter(connection, derived(SECRET.encode(), "code"), shown[0].code, now())
    assert row is not None
    assert row.person_id == kin.guardian
    children = (Child("Noor Voorbeeld", local_id(engine, kin)),)
    assert (shown[0].guardian, shown[0].students) == ("Kim Voorbeeld", children)
    assert (shown[0].valid_until - now().date()).days in (59, 60)


def test_a_name_that_cannot_be_printed_is_told_by_its_page(
    engine: Engine, school: School, kin: Family, portal: Callable[..., Result]
) -> None:
    other = family(school, kin.source)
    with engine.begin() as connection:
        student, guardian = TABLES["student"], TABLES["guardian"]
        connection.execute(student.update().where(student.c.id == other.student).values(local_id="[4711]"))
        # The last of both.
        connection.execute(student.update().where(student.c.id == other.student).values(last_name="Zwart"))
        connection.execute(guardian.update().where(guardian.c.id == other.guardian).values(last_name="محمد"))
    done = portal("letters", "--source", "oak", "--out", "letters.pdf")
    (told,) = done.stdout.splitlines()[1:]
    assert told.startswith("Page 2 has a number in place of a name")
    assert told.endswith("schoolbrug portal confirm --source oak --student [4711]")


def test_only_of_one_student(engine: Engine, school: School, kin: Family, portal: Callable[..., Result]) -> None:
    other = family(school, kin.source, born=date(2011, 1, 1))
    with engine.begin() as connection:
        table = TABLES["student"]
        connection.execute(table.update().where(table.c.id == other.student).values(local_id="4711"))
    assert portal("letters", "--source", "oak", "--student", "4711", "--out", "one.pdf").exit_code == 0
    assert [guardian for guardian, _ in rows(engine)] == [other.guardian]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["letters", "--source", "elm", "--out", "x.pdf"], "no source elm"),
        (["letters", "--source", "oak", "--student", "none", "--out", "x.pdf"], "nobody to write to"),
        (["letters", "--source", "oak", "--out", "no/such/folder/x.pdf"], "cannot be written"),
        (["confirm", "--source", "oak", "--student", "none"], "no guardian"),
    ],
)
def test_what_can_be_put_right(
    engine: Engine, kin: Family, portal: Callable[..., Result], words: list[str], told: str
) -> None:
    result = portal(*words)
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", " ")
    assert rows(engine) == []


def test_the_second_code_is_handed_out(engine: Engine, kin: Family, portal: Callable[..., Result]) -> None:
    number = local_id(engine, kin)
    listed = portal("confirm", "--source", "oak", "--student", number)
    assert "Kim Voorbeeld" in listed.stdout
    assert "Vreemd" not in listed.stdout
    assert "none" in listed.stdout
    no_letter = portal("confirm", "--source", "oak", "--student", number, "--guardian", "1")
    assert no_letter.exit_code == 2
    portal("letters", "--source", "oak", "--out", "letters.pdf")
    assert portal("confirm", "--source", "oak", "--student", number, "--guardian", "2").exit_code == 2
    done = portal("confirm", "--source", "oak", "--student", number, "--guardian", "1")
    code = done.stdout.strip().rpartition(" ")[2]
    assert len(code) == 8
    with engine.execution_options(writes=True).begin() as connection:
        row = invitations.open_for(connection, kin.source, kin.guardian, now())
        assert row is not None
        assert invitations.handed_out(row, now())
        assert invitations.try_code(connection, derived(SECRET.encode(), "code"), row, code, now())
        again = invitations.open_for(connection, kin.source, kin.guardian, now())
        assert again is not None
        assert not invitations.try_code(connection, derived(SECRET.encode(), "code"), again, code, now())
    with engine.connect() as connection:
        assert connection.execute(select(AUDIT.c.action)).scalars().all() == ["letter", "confirm"]


def test_a_store_that_fails_leaves_no_letters_about(
    engine: Engine, kin: Family, portal: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    portal("letters", "--source", "oak", "--out", "first.pdf")

    def broken(*_arguments: object) -> None:
        raise CannotRecord("no room")

    monkeypatch.setattr(portal_letters, "_put_on_file", broken)
    assert portal("letters", "--source", "oak", "--out", "second.pdf").exit_code == 1
    assert not (home / "second.pdf").exists()
    assert rows(engine) == [(kin.guardian, True)]


def test_nor_does_one_that_fails_at_the_very_end(
    engine: Engine, kin: Family, portal: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    @contextmanager
    def broken(_engine: Engine) -> Iterator[Any]:
        with _engine.connect() as connection:
            yield connection
            raise CannotRecord("no room for what was written")

    monkeypatch.setattr(portal_letters, "writing", broken)
    monkeypatch.setattr(portal_letters, "_put_on_file", lambda *_: None)
    assert portal("letters", "--source", "oak", "--out", "second.pdf").exit_code == 1
    assert not (home / "second.pdf").exists()


def test_how_a_guardian_is_reached_goes_by_the_configuration(
    engine: Engine, kin: Family, portal: Callable[..., Result], home: Path
) -> None:
    number, file = local_id(engine, kin), home / "schoolbrug.toml"
    before = file.read_text("utf-8")
    for table, way in (("", "nothing"), ('[portal.mail]\nhost = "localhost"\nsender = "a@oak.example"\n', "email"),
                       ('[portal.sms]\nurl = "https://sms.example"\ntoken = { env = "X" }\n', "nothing")):  # fmt: skip
        file.write_text(before + table, "utf-8")
        line = next(line for line in portal("confirm", "--source", "oak", "--student", number).stdout.splitlines()
                    if "Kim" in line)  # fmt: skip
        assert line.split()[-1] == way
