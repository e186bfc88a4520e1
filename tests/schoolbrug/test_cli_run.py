"""The processes that stay: ``simulate``, ``serve`` and ``run``."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import requests

from simulator.faults import Faults
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import serve
from tests.schoolbrug import program

KEY = "a-key-for-the-portal-that-is-long-enough"
SECRETS = {
    "TEST_KEY": KEY, "TEST_SECRET": "what is read is put on file with this",
    "TEST_PASSWORD": DEFAULT_ACCOUNT.password,
}  # fmt: skip

CONFIGURATION = """\
[store]
database = "sqlite:///{folder}/store.sqlite"

[serve]
port = 0

[[serve.keys]]
name = "portal"
secret = {{ env = "TEST_KEY" }}

[portal]
secret = {{ env = "TEST_SECRET" }}

[[source]]
name = "oak"
system = "magister"
school = {{ name = "The Oak" }}

[source.magister]
url = "{url}/doc"
user = "{user}"
password = {{ env = "TEST_PASSWORD" }}
"""


def configure(folder: Path, url: str) -> None:
    text = CONFIGURATION.format(folder=folder, url=url, user=DEFAULT_ACCOUNT.user)
    (folder / "schoolbrug.toml").write_text(text, "utf-8")


def students(base: str, key: str = KEY) -> requests.Response:
    return requests.get(f"{base}/v1/students", headers={"Authorization": f"Bearer {key}"}, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_who_has_a_key(tmp_path: Path, number: signal.Signals) -> None:
    configure(tmp_path, "http://127.0.0.1:1")
    with program.running(tmp_path, "serve", more=SECRETS) as process:
        base = program.read_until(process, "Serving on")[-1].split()[2].rstrip(".")
        assert students(base).status_code == 200
        assert students(base, "another").status_code == 401
        rest = program.end(process, number)
    assert process.returncode == 0
    assert rest == ""


def test_run_syncs_a_school_and_serves_it(tmp_path: Path) -> None:
    with program.running(tmp_path, "simulate", "--students", "40") as school:
        opened = json.loads(program.read_until(school, "url")[-1])
        assert opened["students"] == 40
        configure(tmp_path, opened["url"])
        with program.running(tmp_path, "run", more=SECRETS) as process:
            base = program.read_until(process, "Serving on")[-1].split()[2].rstrip(".")
            program.until(lambda: students(base).json()["students"])
            rest = program.end(process, signal.SIGTERM)
        assert process.returncode == 0
        assert "Traceback" not in rest
        program.end(school, signal.SIGINT)
    assert school.returncode == 0


def test_run_ends_although_a_source_keeps_a_read_waiting(tmp_path: Path) -> None:
    """The answer would take ten minutes; nothing of it is needed."""
    faults = Faults()
    faults.on("drip")
    with serve(make_school(7, 40), faults=faults) as school:
        configure(tmp_path, school.url)
        with program.running(tmp_path, "run", more=SECRETS) as process:
            program.read_until(process, "Serving on")
            program.until(lambda: school.calls.names)
            rest = program.end(process, signal.SIGTERM)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_run_logs_a_change_for_the_worse_as_json_and_no_credential(tmp_path: Path) -> None:
    configure(tmp_path, "http://127.0.0.1:1")
    file = tmp_path / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8") + "attempts = 1\n", "utf-8")
    with program.running(tmp_path, "run", more=SECRETS) as process:
        line = program.read_until(process, '"failing"')[-1]
        program.end(process, signal.SIGTERM)
    told = json.loads(line)
    assert (told["event"], told["level"], told["source"], told["code"]) == (
        "failing", "warning", "oak", "http.connection"
    )  # fmt: skip
    assert not any(secret in line for secret in SECRETS.values())
