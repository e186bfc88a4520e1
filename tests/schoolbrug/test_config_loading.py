"""The configuration: what the example says is what is meant, and every mistake is named without its value."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from canonical.errors import UserError
from canonical.plan import Limits
from connectors.contract import Paced
from scheduler.cadence import Beat, Days, Night, Rhythm
from schoolbrug.config import load
from schoolbrug.credentials import Secret, revealed
from schoolbrug.example import example
from schoolbrug.opening import connected

ROOT = Path(__file__).parents[2]
VALUE = "Correct-Horse-7"
SOURCE = '[[source]]\nname = "oak"\nsystem = "fake"\nschool = { name = "The Oak" }\n'

PORTAL = "[portal]\n{}"
MAIL = "[portal.mail]\nhost = 'mail.school.example'\nsender = 'a@b.nl'\n{}"
PROVIDER = (
    "[[portal.providers]]\nissuer = 'https://a.nl'\nclient_id = 'x'\nclient_secret = {{ env = 'A' }}\n"
    "person_claim = 'p'\nrole_claim = 'r'\n{}"
)


def written(folder: Path, text: str) -> Path:
    file = folder / "schoolbrug.toml"
    file.write_text(text, "utf-8")
    return file


def fault(folder: Path, text: str) -> str:
    with pytest.raises(UserError) as error:
        load(written(folder, text))
    return str(error.value)


def test_the_example_in_the_tree_is_the_one_that_is_printed() -> None:
    assert (ROOT / "config.example.toml").read_text("utf-8") == example()


def test_the_example_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SCHOOLBRUG_QUARANTINE_KEY", "SCHOOLBRUG_KEY", "LINDE_MAGISTER_PASSWORD"):
        monkeypatch.setenv(name, f"{name}-{'x' * 32}")
    config = load(written(tmp_path, example()))
    assert config.store.database == "sqlite:///schoolbrug.sqlite"
    assert config.store.quarantine_key is not None
    assert config.store.quarantine_key.reveal() == f"SCHOOLBRUG_QUARANTINE_KEY-{'x' * 32}"
    assert config.limits.limits() == Limits(0.10, 20, 0.05, 20)
    assert (config.serve.host, config.serve.port) == ("127.0.0.1", 8080)
    assert [(key.name, key.secret.reveal(), key.sources) for key in config.serve.keys] == [
        ("portal", f"SCHOOLBRUG_KEY-{'x' * 32}", ("de-linde",))
    ]
    (source,) = config.enabled
    assert (source.name, source.system, source.school.name, source.school.brin) == (
        "de-linde", "magister", "De Linde", "99XX"
    )  # fmt: skip
    assert [other.system for other in config.source if not other.enabled] == ["atvo", "vocus"]
    assert source.schedule.rhythm() == Rhythm(
        Beat(timedelta(hours=1)), Night(time(2, 30)), {
            "grades": Beat(timedelta(minutes=10), time(7), time(22)),
            "absences": Beat(timedelta(minutes=5), time(7, 30), time(17, 30), frozenset({1, 2, 3, 4, 5})),
        }, (Days(date(2027, 7, 17), date(2027, 8, 29)),),
    )  # fmt: skip
    assert (source.schedule.at_once, source.schedule.entities) == (2, {"grades", "absences"})
    assert revealed(source.options) == {
        "url": "https://linde.swp.nl:8800/doc", "user": "schoolbrug",
        "password": f"LINDE_MAGISTER_PASSWORD-{'x' * 32}", "login": "token", "period": "", "format": "xml",
        "parallel": 8, "date_format": "%d-%m-%Y", "datetime_format": "%d-%m-%Y %H:%M:%S", "unresolved_codes": ["AB"],
        "columns": {}, "lists": {
            "pupils": "schoolbrug-leerlingen", "guardians": "schoolbrug-ouders",
            "columns": "schoolbrug-cijferkolommen", "grades": "schoolbrug-cijfers", "reasons": "schoolbrug-redenen",
            "absences": "schoolbrug-absenties", "lessons": "schoolbrug-lessen",
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", ["de-linde", "het-kompas"])
def test_a_connector_takes_the_settings_of_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for secret in ("LINDE_MAGISTER_PASSWORD", "KOMPAS_ATVO_PASSWORD"):
        monkeypatch.setenv(secret, "x" * 32)
    (source,) = [source for source in load(written(tmp_path, example())).source if source.name == name]
    with connected(source) as connector:
        assert connector.name == source.system
        assert isinstance(connector, Paced), "its calls keep one pace, whatever the number of workers"


def test_everything_but_the_sources_has_a_default(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))
    assert config.source == ()
    assert config.store.quarantine_key is None
    assert config.limits.limits() == Limits()


def test_a_source_that_is_switched_off_is_left_out(tmp_path: Path) -> None:
    config = load(written(tmp_path, SOURCE + "enabled = false\n"))
    assert len(config.source) == 1
    assert config.enabled == ()


def test_the_connector_gets_its_own_table_as_it_stands(tmp_path: Path) -> None:
    config = load(written(tmp_path, SOURCE + "[source.fake]\nanything = [1, { goes = true }]\n"))
    assert config.source[0].options == {"anything": [1, {"goes": True}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[stoer]\ndatabase = '{VALUE}'", "stoer: this field is not known"),
        (f"[store]\ndatabaze = '{VALUE}'", "store.databaze: this field is not known"),
        (f"[limits]\ndeletion_percent = '{VALUE}'", "limits.deletion_percent: input should be a valid number"),
        ("[limits]\ndeletion_percent = 70707", "limits.deletion_percent: input should be less than or equal to 100"),
        ("[limits]\nbad_floor = -70707", "limits.bad_floor: input should be greater than or equal to 0"),
        (f"[serve]\nport = '{VALUE}'", "serve.port: input should be a valid integer"),
        ("[[serve.keys]]\nname = 'portal'", "serve.keys[portal].secret: this is needed"),
        (f"[store]\ndatabase = 'postgresql+psycopg://u:{VALUE}@db/x'", "store.database: a secret may not stand"),
        (f"[[source]]\nsystem = 'fake'\nuser = '{VALUE}'", "source[1].name: this is needed"),
        (SOURCE.replace("oak", VALUE), "name: small letters, digits and hyphens only"),
        (SOURCE + f"color = '{VALUE}'", "source[oak].color: this field is not known"),
        (SOURCE + f"fake = '{VALUE}'", "source[oak]: fake must be a table, [source.fake]"),
        (SOURCE + f"options = {{ a = '{VALUE}' }}", "source[oak]: the connector's settings belong in a table"),
        (SOURCE.replace('"The Oak"', f'"The Oak", brin = "{VALUE}"'), "source[oak].school.brin: four letters"),
        (SOURCE + f"[source.schedule]\nfull = '{VALUE}'", 'source[oak].schedule.full: a time of day is expected'),
        (SOURCE + "[source.schedule]\nfull = 70707", 'source[oak].schedule.full: a time of day is expected'),
        (SOURCE + f"[source.schedule]\ngrades = '{VALUE}'", "source[oak].schedule.grades: input should be a valid"),
        (SOURCE + "[source.schedule]\ngrades = 0", "source[oak].schedule.grades: input should be greater than 0"),
        (SOURCE + f"[source.schedule]\nfull = {{ from = '{VALUE}', until = '05:00' }}",
         "source[oak].schedule.full.from: a time of day is expected"),
        (SOURCE + "[source.schedule]\ngrades = { every = 5, from = '18:00', until = '18:00' }",
         "source[oak].schedule.grades: from and until are the same"),
        (SOURCE + "[source.schedule]\ngrades = { every = 70707 }", "source[oak].schedule.grades.every: input"),
        (SOURCE + f"[source.schedule]\ngrades = {{ every = 5, till = '{VALUE}' }}",
         "source[oak].schedule.grades.till: this field is not known"),
        (SOURCE + "[source.schedule]\ndefault = { every = 5, days = [8] }", "source[oak].schedule.default.days"),
        (SOURCE + "[source.schedule]\nclosed = [{ first = 2027-01-02, last = 2027-01-01 }]",
         "source[oak].schedule.closed[1]: last comes after first"),
        (SOURCE + SOURCE, "two sources are called oak"),
        (f"source = '{VALUE}'", "source: input should be a valid"),
        (PORTAL.format(f"origin = 'http://{VALUE}.nl'"), "portal.origin: an https:// address is expected"),
        (PORTAL.format(f"origin = 'https://a.nl/{VALUE}'"), "portal.origin: scheme and host are expected"),
        (PORTAL.format(f"secret = '{VALUE}'"), "portal.secret: a secret may not stand"),
        (PORTAL.format(f"look.colour = '{VALUE}'"), "portal.look.colour: six hexadecimal digits"),
        (MAIL.format("tls = false"), "portal.mail.tls: only a mail server on this machine"),
        (MAIL.format(f"user = '{VALUE}'"), "portal.mail: user and password go together"),
        (MAIL.format("password = { env = 'A' }"), "portal.mail: user and password go together"),
        (f"[portal.sms]\nurl = 'http://{VALUE}.nl'\ntoken = {{ env = 'A' }}", "portal.sms.url: an https:// address"),
        (PROVIDER.format("sources = []"), "portal.providers[1].sources: tuple should have at least 1"),
        (PROVIDER.format("sources = ['oak']\nstudents = ['x', 'y']\nstaff = ['z', 'x']"),
         "portal.providers[1]: students and staff: a value of role_claim makes either"),
        (f"a = {VALUE}", "not a TOML file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_and_never_shown(tmp_path: Path, text: str, expected: str) -> None:
    told = fault(tmp_path, text)
    assert told.startswith(f"{tmp_path / 'schoolbrug.toml'}: ")
    assert expected in told
    assert VALUE not in told.replace(f"source[{VALUE}]", "")  # a source's name is how it is found
    assert "70707" not in told


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    told = fault(tmp_path, "[limits]\nbad_floor = 'x'\ndeletion_floor = 'y'\n[serve]\nport = 'z'")
    assert len(told.splitlines()) == 3


def test_no_file_tells_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none.toml: there is no such file. Make one with: schoolbrug config example"):
        load(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read"):
        load(tmp_path)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "schoolbrug.toml").write_bytes('# caf\u00e9'.encode("cp1252"))
    with pytest.raises(UserError, match=r"not UTF-8"):
        load(tmp_path / "schoolbrug.toml")


def test_nothing_is_fetched_until_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SECRET", raising=False)
    config = load(written(tmp_path, SOURCE + '[source.fake]\npassword = { env = "TEST_SECRET" }\n'))
    assert isinstance(config.source[0].options["password"], Secret)
