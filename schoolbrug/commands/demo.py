"""``schoolbrug demo``: the whole of Schoolbrug on three make-believe schools, with nothing to set up.

It writes a configuration as schools would have it, in a folder of its own, and from there on does what ``sync`` and
``run`` do. A source goes by its name, so that a second call with the same database finds its records again.
"""

from __future__ import annotations

import json
import secrets
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated, NamedTuple

import typer
from rich.markup import escape
from sqlalchemy import func, select

from canonical.errors import UserError
from canonical.store import Store
from canonical.tables import TABLES
from portal.clock import now
from portal.settings import derived
from schoolbrug import syncing
from schoolbrug.config import Config, load
from schoolbrug.known import Known
from schoolbrug.logs import write_log
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import AsJson, Seed, Students
from schoolbrug.output import print_json, progress, say, waiting
from schoolbrug.serving import address, answering, application, listen, scheduled, until_told, wait
from schoolbrug.signins import PASSWORD, ready_made
from simulator.magister import DEFAULT_ACCOUNT

SPEED = 60.0
"""Seconds at school for each real second: a lesson passes in less than a minute."""

_SECRET = "this protects nobody: all who come to a demo are make-believe"  # noqa: S105
"""The same each time, since a database that is used again has an audit that was sealed with it."""

_STORE = """\
# The configuration of a demo; it goes away when the demo ends.
[store]
database = {{ file = "database" }}
quarantine_key = {{ file = "quarantine-key" }}

[serve]
port = {port}

[[serve.keys]]
name = "demo"
secret = {{ file = "key" }}

[portal]
secret = {{ file = "secret" }}
origin = "http://127.0.0.1:{port}"
"""

_MAGISTER = """
[[source]]
name = "{source}"
system = "magister"
school = {{ name = "{name}", brin = "{brin}" }}

[source.schedule]
default = 1
grades = 0.08
absences = 0.08

[source.magister]
url = "{url}/doc"
user = "{user}"
password = {{ file = "password" }}
"""

_ATVO = """
[[source]]
name = "{source}"
system = "atvo"
school = {{ name = "{name}", brin = "{brin}" }}

# Marks and absences are told one student at a time.
[source.schedule]
default = 5
grades = 1
absences = 0.5

[source.atvo]
url_um = "{url}/services/umService"
url_wis = "{url}/services/WISService"
brin = "{brin}"
user = "{user}"
password = {{ file = "password" }}
# It is always the same year there, and its services answer by day.
school_year = "2026/2027"
night = {{ from = "00:00", to = "00:00" }}
"""


_VOCUS = """
[[source]]
name = "{source}"
system = "vocus"
school = {{ name = "{name}", brin = "{brin}" }}

# How often a delivery is expected. What has come is seen at once.
[source.schedule]
default = 1

[source.vocus]
folder = "{folder}"
# It is always the same year there.
school_year = "2026-2027"
# A manifest says when a delivery is complete: there is nothing to wait for.
settle = 5
{data_sets}"""

_DATA_SET = """
[source.vocus.data.{name}]
preset = "vocus-example"
files = "{files}"
"""

_FILES = {
    "students": "leerlingen.csv", "staff": "medewerkers.csv", "guardians": "ouders.csv", "groups": "lesgroepen.csv",
    "teaching": "lesopdrachten.csv", "assessments": "cijferkolommen.csv", "subjects": "vakkeuzes.csv",
    "grades": "cijfers.csv", "absence_reasons": "absentieredenen.csv", "lessons": "lessen.csv",
    "absences": "absenties.csv",
}  # fmt: skip
"""The files of a delivery, by data set."""

CODES = 4
"""Recovery codes that are told of each account: as many as fit on a line."""
DELIVERED_EVERY = 20
"""Seconds between two deliveries of the school that only exports files."""


class _School(NamedTuple):
    """A make-believe school and the configuration of its source. ``delivers``: it writes files into a folder."""

    source: str
    name: str
    brin: str
    configuration: str
    delivers: bool = False

    def folder(self, home: Path) -> Path:
        """Where its files come."""
        return home / self.source


SCHOOLS = (
    _School("de-waterling", "Scholengemeenschap De Waterling", "99XX", _MAGISTER),
    _School("het-kompas", "Lyceum Het Kompas", "98YY", _ATVO),
    _School("de-vliet", "College De Vliet", "97ZZ", _VOCUS, delivers=True),
)


def demo(
    students: Students = 300,
    seed: Seed = 7,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="Keep the records here; without it in a file that goes away."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Sync once, tell how it went, and end.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where the read layer listens; 0: any.")] = 8080,
    as_json: AsJson = False,
) -> None:
    """See Schoolbrug work on three make-believe schools that live fast, with Magister, with @VO and with files.

    It opens the schools, syncs them, serves the read layer and keeps syncing while marks come in and students come
    late. It prints where to look. Ctrl-C ends everything. All students are made up.
    """
    with _told_to_end(), TemporaryDirectory(prefix="schoolbrug-demo-") as folder:
        home = Path(folder)
        with _schools(home, students, seed, living=not once) as urls:
            file = _configure(home, urls, database or f"sqlite:///{home / 'demo.sqlite'}", port)
            settings = load(file)
            if once:
                with opened(settings) as store:
                    _sync(store, settings, as_json=as_json)
            else:
                _stay(settings, file, as_json=as_json)


def _sync(store: Store, settings: Config, *, as_json: bool) -> None:
    with progress() as told:
        done = [syncing.sync(store, source, progress=told) for source in settings.enabled]
    if as_json:
        print_json(syncing.as_json(done))
    else:
        syncing.show(done)
    syncing.complain_of(done)
    if not all(one.ok for one in done):
        raise typer.Exit(1)


def _stay(settings: Config, file: Path, *, as_json: bool) -> None:
    with listen(settings.serve.host, settings.serve.port) as listening, opened(settings) as store:
        _sync(store, settings, as_json=as_json)
        write_log()
        known = Known(settings, store.engine)
        with (
            until_told() as told,
            scheduled(store, known) as schedule,
            answering(application(store, known), listening) as server,
        ):
            if not as_json:
                _where_to_look(store, settings, file, address(listening))
            wait(told, known, server, schedule)


def _configure(home: Path, urls: Sequence[str], database: str, port: int) -> Path:
    """Write the configuration and the secrets that it points to."""
    for name, value in {
        "database": database, "key": secrets.token_urlsafe(24), "quarantine-key": secrets.token_urlsafe(32),
        "password": DEFAULT_ACCOUNT.password, "secret": _SECRET,
    }.items():  # fmt: skip
        (home / name).touch(0o600)
        (home / name).write_text(value, "utf-8")
    data_sets = "".join(_DATA_SET.format(name=name, files=files) for name, files in _FILES.items())
    sources = [
        school.configuration.format(
            url=url, user=DEFAULT_ACCOUNT.user, folder=school.folder(home), data_sets=data_sets, **school._asdict()
        )
        for school, url in zip(SCHOOLS, urls, strict=True)
    ]
    file = home / "schoolbrug.toml"
    file.write_text("".join([_STORE.format(port=port), *sources]), "utf-8")
    return file


def _where_to_look(store: Store, settings: Config, file: Path, base: str) -> None:
    key = settings.serve.keys[0].secret.reveal()
    student = _example(store)
    sealing = derived(portal_secret(settings), "factor")
    people = ready_made(store.engine, [school.source for school in SCHOOLS], now(), sealing)
    call = f"curl -H 'Authorization: Bearer {key}' {base}"
    say(
        "The schools live: an hour passes each minute. Grades and absences are synced every 5 seconds from Magister,",
        "every half minute or so from @VO, which tells them one student at a time, and whenever the third school has",
        f"written its files, which it does every {DELIVERED_EVERY} seconds.",
        "",
        f"In your browser:  [bold]{base}/signin[/]",
        "",
        f"Sign in with the password [bold]{PASSWORD}[/] as",
        "",
        *(f"  [bold]{one.login:16}[/] {one.who}" for one in people),
        "",
        "The last two have a second step. Choose there to give a recovery code; each works once.",
        "",
        *(f"  [bold]{one.login:16}[/] {'  '.join(one.second.codes[:CODES])}" for one in people if one.second),
        "",
        "Or put the key of the account into an authenticator app:",
        "",
        *(f"  [bold]{one.login:16}[/] {one.second.key}" for one in people if one.second),
        "",
    )
    if student is not None:
        paths = ("grades", "absences")
        say("What a portal gets of one student:", "", *(f"  {call}/v1/students/{student}/{path}" for path in paths), "")
    say(
        "The same with the typed client:",
        "",
        f"  SCHOOLBRUG_TOKEN={key} {shlex.quote(sys.executable)} -m portal.client.example {base}",
        "",
    )
    say(
        "What the application manager sees, in another window:",
        "",
        f"  {escape(shlex.join([_myself(), 'status', '--config', str(file)]))}",
        "",
        "[dim]Ctrl-C ends the demo.[/]",
    )


def _myself() -> str:
    """How to call this program from any other window: by its name where that is found, else by where it is."""
    return "schoolbrug" if which("schoolbrug") else str(Path(sys.argv[0]).absolute())


def _example(store: Store) -> str | None:
    """The id of the student with the most grades."""
    grade = TABLES["grade"]
    most = select(grade.c.student_id).where(grade.c.tombstoned_at.is_(None)).group_by(grade.c.student_id)
    with store.engine.connect() as connection:
        return connection.execute(most.order_by(func.count().desc(), grade.c.student_id).limit(1)).scalar()


@contextmanager
def _schools(home: Path, students: int, seed: int, *, living: bool) -> Iterator[list[str]]:
    """Schools that are open within this block, each in a process of its own; gives their URLs."""
    opened: list[subprocess.Popen[str]] = []
    try:
        for number, school in enumerate(SCHOOLS):
            command = [
                sys.executable, "-P", "-m", "simulator", "--students", str(students), "--seed", str(seed + number),
                "--port", "0", "--name", school.name, "--brin", school.brin,
            ]  # fmt: skip
            if living:
                command += ["--live", str(SPEED)]
            if school.delivers:
                school.folder(home).mkdir()
                command += ["--deliver", str(school.folder(home)), "--deliver-every", str(DELIVERED_EVERY)]
            with _signals_later():
                # In a session of its own: Ctrl-C is ours, so that nothing asks a school that has closed already.
                process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
                opened.append(process)
        with waiting("opening the schools"):
            urls = [_url(process) for process in opened]
        yield urls
    finally:
        for process in opened:
            process.terminate()
        for process in opened:
            process.wait()
            if process.stdout:
                process.stdout.close()


def _url(school: subprocess.Popen[str]) -> str:
    line = school.stdout.readline() if school.stdout else ""
    if not line:
        raise UserError(f"The make-believe school did not open (exit code {school.wait()}).")
    return str(json.loads(line)["url"])


@contextmanager
def _signals_later() -> Iterator[None]:
    """A signal that comes within this block is obeyed at its end: a process that is being made must not be lost."""
    came: list[int] = []
    before = {
        awaited: signal.signal(awaited, lambda number, _: came.append(number))
        for awaited in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for awaited, handler in before.items():
            signal.signal(awaited, handler)
        for number in came:
            signal.raise_signal(number)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: through every block that has something to clean up."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
