"""What a person can put right is said in one or two lines with exit code 2, never with a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake_source import FakeSource
from tests.schoolbrug.conftest import CONFIGURATION, Run

VALUE = "Correct-Horse-7"


def edit(home: Path, before: str, after: str) -> None:
    file = home / "schoolbrug.toml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["status", "--config", "none.toml"], "none.toml: there is no such file"),
        (["sync", "elm"], "There is no source elm. There are: oak."),
        (["sync", "oak", "nothing"], "oak has no entity nothing. It has: students, groups, members, grades."),
        (["check", "elm"], "There is no source elm"),
        (["quarantine", "retry", "elm"], "There is no source elm"),
        (["quarantine", "show", "99"], "There is no open row 99 in quarantine"),
        (["held", "show", "99"], "There is nothing held under number 99"),
        (["held", "approve", "99"], "There is nothing held under number 99"),
        (["held", "reject", "99"], "There is nothing held under number 99"),
    ],
)
@pytest.mark.usefixtures("fake", "home")
def test_a_wrong_name_or_number(run: Run, words: list[str], told: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr
    assert len(result.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[store]", "[store", "not a TOML file"),
        ("default = 60", f"default = '{VALUE}'", "source[oak].schedule.default: input should be a valid number"),
        ("default = 60", "lessons = 60", "source[oak].schedule.lessons: the source has no such entity"),
        ("[source.fake]", f"[source.fake]\npassword = '{VALUE}'", "password: a secret may not stand here in clear"),
        ("[source.fake]", "[source.fake]\npassword = { env = 'NOT_SET_HERE' }", "NOT_SET_HERE is not set"),
        ("TEST_QUARANTINE_KEY", "NOT_SET_HERE", "NOT_SET_HERE is not set"),
        ('name = "oak"', 'name = "oak"\nenabled = false', "The source oak is switched off"),
        ("fake", "other", "no connector for other is installed"),
        ("sqlite:///", f"mysql://u@{VALUE}/", "database: "),
        ("sqlite:///", "sqlite:////proc/none", "database: "),
    ],
)
@pytest.mark.usefixtures("fake")
def test_a_wrong_configuration(home: Path, run: Run, before: str, after: str, told: str) -> None:
    edit(home, before, after)
    result = run("sync", "oak")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr
    assert VALUE not in result.stderr


@pytest.mark.usefixtures("fake")
def test_a_key_that_could_be_guessed(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", VALUE)
    key = "[serve]\nport = 0\n[[serve.keys]]\nname = 'portal'\nsecret = { env = 'TEST_KEY' }\n"
    edit(home, "[[source]]", f"{key}[[source]]")
    result = run("check")
    assert result.exit_code == 1
    assert "serve.keys[portal].secret: give at least 24 random characters" in result.stdout
    assert VALUE not in result.output


@pytest.mark.usefixtures("fake")
def test_a_port_that_is_taken(home: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        edit(home, "[[source]]", f"[serve]\nport = {taken.getsockname()[1]}\n[[source]]")
        result = run("serve")
    assert result.exit_code == 2
    assert "Cannot listen on 127.0.0.1:" in result.stderr


@pytest.mark.usefixtures("fake")
def test_no_source_at_all(home: Path, run: Run) -> None:
    (home / "schoolbrug.toml").write_text(CONFIGURATION.format(folder=home).split("[[source]]")[0], "utf-8")
    assert "has no [[source]] that is enabled" in run("sync").stderr
    assert "has no [[source]] yet" in run("status").stdout
    assert run("sync").exit_code == 2
    assert run("status").exit_code == 0


def test_an_unreachable_source(tmp_path: Path) -> None:
    """The whole program, with the real connector, against a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    (tmp_path / "schoolbrug.toml").write_text(
        '[[source]]\nname = "oak"\nsystem = "magister"\nschool = { name = "The Oak" }\n[source.magister]\n'
        f'url = "http://127.0.0.1:{port}/doc"\nuser = "u"\nattempts = 1\npassword = {{ env = "TEST_PASSWORD" }}\n',
        "utf-8",
    )
    command = [str(Path(sys.executable).with_name("schoolbrug")), "sync", "oak", "students"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"TEST_PASSWORD": VALUE}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "schoolbrug: oak students: " in done.stderr
    assert "[http.connection]" in done.stderr
    assert VALUE not in done.stdout + done.stderr


@pytest.mark.usefixtures("home")
def test_a_database_that_breaks_shows_no_row(run: Run, home: Path, fake: FakeSource) -> None:
    assert run("sync").exit_code == 0
    (home / "store.sqlite").write_bytes(b"this is no database" * 100)
    for wal in home.glob("store.sqlite-*"):
        wal.unlink()
    result = run("status")
    assert result.exit_code in (1, 2)
    assert "database" in result.stderr.lower()
    assert "Traceback" not in result.stderr
    assert fake.served == []
