"""``schoolbrug tenant``: schools whose settings are in the store, as the application manager meets them."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, select

import atvo
import magister
import vocus
from atvo.rest_settings import RestSettings
from canonical import dues
from canonical.store import Store
from canonical.tables import DUE, GATE, RUN, SOURCE, TABLES, TENANT
from connectors import registry
from portal.schema import migrate_portal
from schoolbrug.tenants import PATHS
from tests.conftest import migrated
from tests.fake_source import FakeSource, student
from tests.schoolbrug.conftest import CONFIGURATION, Run

VALUE = "Correct-Horse-7"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ELM = """\
# password = "in a remark"
[[source]]
name = "elm"
system = "fake"
school = { name = "The Elm" }

[source.schedule]
default = 60
closed = [{ first = 2027-07-17, last = 2027-08-29 }]
full = 02:45:00

[source.fake]
password = { env = "TEST_ELM" }
since = 2026-08-01
"""


@pytest.fixture
def engine(
    database: str, request: pytest.FixtureRequest, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The store of the configuration, of each kind."""
    for made in migrated(database, request, tmp_path, migrate_portal):
        text = CONFIGURATION.format(folder=tmp_path)
        if database == "postgresql":
            url = made.url.render_as_string(hide_password=False)
            text = text.replace(f"sqlite:///{tmp_path}/store.sqlite", url)
        (home / "schoolbrug.toml").write_text(text, "utf-8")
        monkeypatch.setenv("TEST_ELM", VALUE)
        yield made


@pytest.fixture
def schools(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeSource]:
    """Each source of the system ``fake`` by name, with what it was connected with in ``settings``."""
    found: dict[str, FakeSource] = {}

    def connect(settings: registry.Settings) -> FakeSource:
        source = found.setdefault(settings.source, FakeSource())
        source.settings = settings.options  # type: ignore[attr-defined]
        return source

    point = SimpleNamespace(name="fake", value="fake", dist=None, load=lambda: connect)
    monkeypatch.setattr(registry, "available", lambda: {"fake": point})
    return found


def written(home: Path, text: str = ELM) -> str:
    file = home / "elm.toml"
    file.write_text(text, "utf-8")
    return str(file)


def listed(run: Run) -> dict[str, str | None]:
    return {one["name"]: one["paused"] for one in json.loads(run("tenant", "list", "--json").stdout)["sources"]}


@pytest.mark.usefixtures("engine")
def test_a_tenant_is_a_source_like_any_other(home: Path, run: Run, schools: dict[str, FakeSource]) -> None:
    result = run("tenant", "add", written(home))
    assert result.exit_code == 0, result.stderr
    assert "elm is added (fake, The Elm)." in result.stdout
    assert "within a minute" in result.stdout
    assert "TEST_ELM" in result.stdout, "what is in the environment is read when a process starts"
    assert schools["elm"].settings == {"password": VALUE, "since": "2026-08-01"}  # type: ignore[attr-defined]
    schools["elm"].rows["students"] = [student("s1")]
    schools["elm"].stamp()
    assert run("sync", "elm").exit_code == 0
    told = json.loads(run("status", "--json").stdout)["sources"]
    assert [(one["name"], one["school"], one["paused"]) for one in told] == [
        ("oak", "The Oak", None), ("elm", "The Elm", None)
    ]  # fmt: skip
    (students,) = [one for one in told[1]["entities"] if one["entity"] == "students"]
    assert (students["state"], students["rows"]) == ("ok", 1)
    assert [one["name"] for one in json.loads(run("schedule", "--json").stdout)["sources"]] == ["oak", "elm"]
    night = json.loads(run("schedule", "elm", "--json", "--at", "2026-12-01T12:00").stdout)["sources"][0]["entities"][0]
    assert night["at"] == ["2026-12-02T01:45:00+00:00"]
    subjects = {one["subject"] for one in json.loads(run("check", "--json").stdout)["findings"]}
    assert {"oak", "elm"} <= subjects
    assert run("quarantine", "retry", "elm").exit_code == 0
    assert listed(run) == {"oak": None, "elm": None}
    table = run("tenant", "list").stdout
    assert "configuration" in table
    assert "tenant since" in table


def test_no_secret_and_no_remark_is_kept(home: Path, run: Run, engine: Engine, schools: dict[str, FakeSource]) -> None:
    run("tenant", "add", written(home))
    with engine.connect() as connection:
        text = connection.execute(select(TENANT.c.settings)).scalar_one()
    assert json.loads(text)["fake"]["password"] == {"env": "TEST_ELM"}
    assert VALUE not in text
    assert "remark" not in text


@pytest.mark.parametrize(("old", "new", "expected"), [
    ('{ env = "TEST_ELM" }', f'"{VALUE}"', "source[elm].fake.password: a secret may not stand here in clear."),
    ('{ env = "TEST_ELM" }', '{ env = "NOT_SET" }', "source[elm].fake.password: the environment variable NOT_SET"),
    ('{ env = "TEST_ELM" }', '{ file = "elm.key" }', "source[elm].fake.password.file: give the whole path"),
    ("since =", 'ca_bundle = "ca.pem"\nsince =', "source[elm].fake.ca_bundle: give the whole path"),
    ('"elm"', '"oak"', "source[oak].name: there is a source of that name in the configuration."),
    ("default = 60", f"default = '{VALUE}'", "source[elm].schedule.default: input should be a valid number"),
    ("default = 60", "grapes = 60", "source[elm].schedule.grapes: the source has no such entity"),
    ('school = { name = "The Elm" }', "", "source[elm].school: this is needed."),
    ("[[source]]", "[store]\n[[source]]", "store: only [[source]] tables are expected here"),
    (ELM, "", "source: this is needed."), (ELM, "a = ", "not a TOML file"), (ELM, ELM + ELM, "two sources are called"),
    ('system = "fake"', 'system = "fig"', "source[elm].fake: this field is not known"),
    (ELM, "source = []", "source: at least one [[source]] table is expected"),
    (ELM, ELM.replace("fake", "fig"), "no connector for fig is installed"),
])  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"])
def test_a_mistake_is_told_and_nothing_is_kept(
    home: Path, run: Run, engine: Engine, schools: dict[str, FakeSource], old: str, new: str, expected: str
) -> None:
    result = run("tenant", "add", written(home, ELM.replace(old, new)))
    assert result.exit_code == 2
    assert expected in result.stderr
    assert VALUE not in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
    with engine.connect() as connection:
        assert connection.execute(select(TENANT)).all() == []


@pytest.mark.usefixtures("engine", "schools")
def test_all_sources_of_a_file_or_none(home: Path, run: Run) -> None:
    two = ELM + ELM.replace('"elm"', '"ash"')
    run("tenant", "add", written(home, ELM.replace('"elm"', '"ash"')))
    result = run("tenant", "add", written(home, two))
    assert result.exit_code == 2
    assert "source[ash].name: there is a source of that name as a tenant." in result.stderr
    assert set(listed(run)) == {"oak", "ash"}


@pytest.mark.usefixtures("engine", "schools")
def test_a_file_that_is_not_there(run: Run) -> None:
    result = run("tenant", "add", "elm.toml")
    assert (result.exit_code, "elm.toml: there is no such file." in result.stderr) == (2, True)


def test_what_is_paused_is_asked_by_name_alone(
    home: Path, run: Run, engine: Engine, schools: dict[str, FakeSource]
) -> None:
    run("tenant", "add", written(home))
    for name in ("elm", "oak"):
        assert "is paused" in run("tenant", "pause", name).stdout
        assert "paused already" in run("tenant", "pause", name).stderr
    assert listed(run) == {"oak": "person", "elm": "person"}
    assert "go on with: schoolbrug tenant resume elm" in run("status").stdout.replace("\n", " ")
    assert "paused (person)" in run("schedule", "elm").stdout
    result = run("sync")
    assert result.exit_code == 0
    assert "elm is paused and not asked." in result.stderr
    assert "elm" not in {one["subject"] for one in json.loads(run("check", "--json").stdout)["findings"]}
    with engine.connect() as connection:
        assert connection.execute(select(RUN)).all() == []
    assert run("sync", "elm").exit_code == 0
    assert listed(run)["elm"] == "person", "a person's sync ends a refusal, and no person's pause"
    for name in ("elm", "oak"):
        assert run("tenant", "resume", name).exit_code == 0
        assert "is not paused" in run("tenant", "resume", name).stderr
    assert listed(run) == {"oak": None, "elm": None}


@pytest.mark.usefixtures("engine", "schools")
@pytest.mark.parametrize(("words", "expected"), [
    (["pause", "fig"], "There is no source fig."), (["resume", "fig"], "There is no source fig."),
    (["remove", "fig"], "There is no tenant fig."), (["remove", "oak"], "oak stands in the configuration"),
])  # fmt: skip
def test_a_name_that_is_not_there(run: Run, words: list[str], expected: str) -> None:
    result = run("tenant", *words)
    assert (result.exit_code, expected in result.stderr) == (2, True), result.stderr


def test_a_tenant_that_is_removed_keeps_its_records(
    home: Path, run: Run, engine: Engine, schools: dict[str, FakeSource]
) -> None:
    run("tenant", "add", written(home))
    schools["elm"].rows["students"] = [student("s1")]
    schools["elm"].stamp()
    run("sync", "elm")
    number = Store(engine).source("elm", "fake", "The Elm")
    dues.pause_by_person(Store(engine), number)
    result = run("tenant", "remove", "elm")
    assert (result.exit_code, "elm is removed." in result.stdout) == (0, True)
    assert set(listed(run)) == {"oak"}
    assert "There is no source elm. There are: oak." in run("sync", "elm").stderr
    with engine.connect() as connection:
        assert len(connection.execute(select(TABLES["student"])).all()) == 1
        assert [row.name for row in connection.execute(select(SOURCE)) if row.id == number] == ["elm"]
        assert connection.execute(select(GATE).where(GATE.c.source_id == number)).all() == []
        assert connection.execute(select(DUE).where(DUE.c.source_id == number)).all() == []
    run("tenant", "add", written(home))
    run("sync", "elm")
    with engine.connect() as connection:
        assert connection.execute(select(TABLES["student"].c.version)).scalars().all() == [1], "the same as before"


@pytest.mark.parametrize("settings", ["{}", '{"name": "elm", "system": "fake", "school": {"name": "E"}, "new": 1}'])
@pytest.mark.usefixtures("schools")
def test_what_cannot_be_used_here_is_left_out(run: Run, engine: Engine, settings: str) -> None:
    with Store(engine).writing() as connection:
        connection.execute(TENANT.insert().values(name="elm", settings=settings, added_at=LONG_AGO))
    result = run("status")
    assert result.exit_code == 0
    assert "oak" in result.stdout
    assert "tenant elm: " in result.stderr
    assert [one["name"] for one in json.loads(run("tenant", "list", "--json").stdout)["left_out"]] == ["elm"]
    assert run("tenant", "remove", "elm").exit_code == 0


@pytest.mark.usefixtures("engine", "schools")
def test_what_stands_in_both_counts_as_in_the_configuration(home: Path, run: Run) -> None:
    run("tenant", "add", written(home))
    file = home / "schoolbrug.toml"
    text = file.read_text("utf-8")
    file.write_text(text + ELM.replace("The Elm", "Elm of the file"), "utf-8")
    result = run("status", "--json")
    assert "the configuration has a source of that name" in result.stderr
    assert [one["school"] for one in json.loads(result.stdout)["sources"]] == ["The Oak", "Elm of the file"]
    assert "take its [[source]] table out" in run("tenant", "remove", "elm").stderr
    file.write_text(text, "utf-8")
    assert run("tenant", "remove", "elm").exit_code == 0


@pytest.mark.usefixtures("engine", "schools")
def test_keys_and_providers_may_name_a_tenant(home: Path, run: Run) -> None:
    file = home / "schoolbrug.toml"
    text = file.read_text("utf-8")
    file.write_text(text + '[[serve.keys]]\nname = "a"\nsources = ["elm"]\nsecret = { env = "TEST_KEY" }\n', "utf-8")

    def wrong() -> set[str]:
        found = json.loads(run("check", "--json").stdout)["findings"]
        return {one["subject"] for one in found if not one["ok"]}

    assert "serve.keys[a].sources" in wrong()
    run("tenant", "add", written(home))
    assert "serve.keys[a].sources" not in wrong()


def test_every_setting_with_a_path_is_known_as_one() -> None:
    fields = [each for model in _models() for each in model.model_fields.items()]
    assert {name for name, field in fields if "Path" in str(field.annotation)} == PATHS
    assert RestSettings in set(_models())


def _models() -> Iterator[type[BaseModel]]:
    for room in (atvo, magister, vocus):
        for info in pkgutil.iter_modules(room.__path__):
            module = importlib.import_module(f"{room.__name__}.{info.name}")
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__:
                    yield value
