"""Alerts to the application manager: over a real mail server and a real webhook, both made up."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs

from canonical.errors import UserError
from canonical.store import Store
from connectors.errors import Denied
from scheduler.sync import Target, sync_entity
from scheduler.telling import LEVELS, Transition
from scheduler.work import Work
from schoolbrug import alerts as module
from schoolbrug.alerts import AGAIN, Alerts, channels, is_alert, sentence, telling, worded
from schoolbrug.config import Config, load
from schoolbrug.sending import CannotSend
from simulator.school import make_school
from simulator.server import serve
from tests.fake_source import FakeSource
from tests.schoolbrug import program
from tests.schoolbrug.conftest import Run
from tests.schoolbrug.schedules import Desk, source_of
from tests.schoolbrug.test_metrics import free_port
from tests.schoolbrug.test_sending import answered, gateway, mail_server

AT = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
PATIENCE = 60
TOKEN = "a-token-of-the-webhook"
DETAILS: dict[str, dict[str, Any]] = {
    "stale": {"since": "2026-11-24T07:30:00+00:00", "stale_entities": 1}, "fresh": {"stale_entities": 0},
    "paused": {"code": "http.denied", "next": "put it right"}, "resumed": {},
    "held": {"number": 7, "records": 1, "of": 40, "reason": "the source may be hiding them"},
    "shrunk": {"number": 8, "records": 40, "of": 60, "reason": "more is missing than may go at once"},
    "released": {"number": 8}, "readable": {},
    "unreadable": {"code": "rows.bad", "message": "30 of 30 rows cannot be read; see quarantine"},
}  # fmt: skip
"""What is told with each kind that is an alert."""


def told(kind: str, source: str = "de-linde", **details: Any) -> Transition:
    return Transition(kind, source, "grades", AT, DETAILS.get(kind, {}) | details)


class Channel:
    """Takes messages, as ``answers`` say: what each of them raises, and then nothing any more."""

    def __init__(self, *answers: Exception) -> None:
        self.messages: list[list[Transition]] = []
        self._answers = list(answers)
        self._news = threading.Condition()

    def __call__(self, gathered: Sequence[Transition]) -> None:
        with self._news:
            self.messages.append([*gathered])
            self._news.notify_all()
        if self._answers:
            raise self._answers.pop(0)

    def wait_for(self, number: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.messages) >= number, PATIENCE)


@contextmanager
def alerting(*sends: Any, gather: float = 0.0, again: Sequence[float] = (0.0, 0.0)) -> Iterator[Alerts]:
    made = Alerts({f"channel {n}": send for n, send in enumerate(sends)}, gather=gather, again=again)
    made.start()
    try:
        yield made
    finally:
        made.stop()
    assert not made._thread.is_alive()


def test_what_is_an_alert() -> None:
    assert {kind for kind in LEVELS if kind not in DETAILS} == {"failing", "ok", "form_changed"}
    assert [kind for kind in LEVELS if is_alert(told(kind))] == [kind for kind in LEVELS if kind in DETAILS]
    assert not is_alert(told("stale", stale_entities=2)), "the source was stale before"
    assert not is_alert(told("fresh", stale_entities=1)), "it still is"


def test_what_is_said() -> None:
    assert {kind: sentence(told(kind)) for kind in DETAILS} == {
        "stale": "de-linde is stale: grades was last read on 24 Nov 2026 08:30 (Dutch time). See: schoolbrug status",
        "fresh": "de-linde is no longer stale.",
        "paused": "de-linde has refused us (http.denied) and is left alone. Put it right, then run:"
                  " schoolbrug sync de-linde",
        "resumed": "de-linde works again.",
        "held": "de-linde grades: 1 of 40 records may be gone, or hidden by the source, and stay until you decide."
                " See: schoolbrug held show 7",
        "shrunk": "de-linde grades has shrunk: 40 of 60 records are missing (more is missing than may go at once), and"
                  " stay until you decide. See: schoolbrug held show 8",
        "released": "de-linde grades: no deletion waits any more.",
        "unreadable": "de-linde grades: 30 of 30 rows cannot be read; see quarantine: schoolbrug quarantine list",
        "readable": "de-linde grades can be read again.",
    }  # fmt: skip


def test_a_message_about_many_is_short() -> None:
    assert worded([told("paused")])[0] == "Schoolbrug: de-linde"
    assert worded([told("resumed"), told("paused", "het-kompas")])[0] == "Schoolbrug: de-linde and 1 more"
    _, text = worded([told("paused")] * 649)
    assert len(text.splitlines()) < 110
    assert text.endswith("And 599 more; see: schoolbrug status\n")


CONFIGURATION = """\
[portal.mail]
host = "127.0.0.1"
port = {port}
tls = false
sender = "portaal@school.example"
[alerts]
email = ["beheer@school.example", "wacht@school.example"]
webhook = {{ url = "{url}", token = {{ env = "TEST_SENDING" }} }}
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], Config]:
    monkeypatch.setenv("TEST_SENDING", TOKEN)

    def write(port: int, url: str) -> Config:
        file = tmp_path / "schoolbrug.toml"
        file.write_text(CONFIGURATION.format(port=port, url=url), "utf-8")
        return load(file)

    return write


def test_by_mail_and_by_webhook(configured: Callable[[int, str], Config]) -> None:
    with mail_server() as server, gateway(answered(200)) as (hook, asked):
        settings = configured(server.server_address[1], hook.url)
        with telling(settings) as tell, capture_logs() as log:
            tell(told("paused"))
            tell(told("failing"))
            tell(told("shrunk"))
    assert [entry["event"] for entry in log] == ["paused", "failing", "shrunk"]
    text = f"{sentence(told('paused'))}\n\n{sentence(told('shrunk'))}\n"
    assert [letter["To"] for letter in server.messages] == ["beheer@school.example", "wacht@school.example"]
    for letter in server.messages:
        assert (letter["From"], letter["Subject"]) == ("portaal@school.example", "Schoolbrug: de-linde")
        assert letter.get_content().split() == text.split()
    [(path, authorization, body)] = asked
    assert (path, authorization) == ("/send", f"Bearer {TOKEN}")
    assert body["text"] == text
    assert body["alerts"] == [
        {"kind": kind, "source": "de-linde", "entity": "grades", "at": AT.isoformat(), "details": DETAILS[kind],
         "text": sentence(told(kind))}
        for kind in ("paused", "shrunk")
    ]  # fmt: skip


def test_what_comes_within_a_while_is_one_message() -> None:
    channel = Channel()
    with alerting(channel, gather=PATIENCE) as alerts:
        for _ in range(3):
            alerts(told("paused"))
    assert [len(message) for message in channel.messages] == [3], "what waits is sent when the process ends"


def test_what_was_not_delivered_is_tried_again() -> None:
    channel, other = Channel(CannotSend("away"), CannotSend("away")), Channel()
    with capture_logs() as log, alerting(channel, other) as alerts:
        alerts(told("paused"))
        channel.wait_for(3)
    assert (channel.messages, other.messages) == ([[told("paused")]] * 3, [[told("paused")]])
    assert log == []


@pytest.mark.parametrize("error", [CannotSend("the server is away"), UserError("the server is away")])
def test_what_cannot_be_delivered_is_logged_once(error: Exception) -> None:
    channel = Channel(error, error, error)
    with capture_logs() as log, alerting(channel) as alerts:
        alerts(told("paused"))
        channel.wait_for(3)
        alerts(told("resumed"))
        channel.wait_for(4)
    assert channel.messages[3] == [told("resumed")], "it goes on with the next"
    assert log == [{
        "event": "alert_not_delivered", "log_level": "error", "by": "channel 0", "alerts": 1,
        "error": "the server is away",
    }]  # fmt: skip


def test_a_mistake_in_this_program_loses_no_more_than_one() -> None:
    channel = Channel(RuntimeError("Canaryname"))
    with capture_logs() as log, alerting(channel, again=()) as alerts:
        alerts(told("paused"))
        channel.wait_for(1)
        alerts(told("resumed"))
        channel.wait_for(2)
    assert [(entry["event"], entry["error"]) for entry in log] == [("alert_not_delivered", "RuntimeError")]


def test_who_waits_for_another_try_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel(CannotSend("away"))
    with capture_logs() as log, alerting(channel, again=AGAIN) as alerts:
        alerts(told("paused"))
        channel.wait_for(1)
    assert [entry["event"] for entry in log] == ["alert_not_delivered"]


def test_a_sync_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    goes_on, reached = threading.Event(), threading.Event()
    messages: list[int] = []

    def stuck(gathered: Sequence[Transition]) -> None:
        messages.append(len(gathered))
        reached.set()
        assert goes_on.wait(PATIENCE)

    with capture_logs() as log, alerting(stuck) as alerts:
        alerts(told("paused"))
        assert reached.wait(PATIENCE)
        for _ in range(9):
            alerts(told("paused"))
        assert log == [{"event": "alerts_dropped", "log_level": "error", "waiting": 2}]
        goes_on.set()
    assert messages == [1, 2]


def test_a_refusal_reaches_the_webhook_and_then_that_it_is_over(
    store: Store, fake: FakeSource, configured: Callable[[int, str], Config]
) -> None:
    target = Target("oak", store.source("oak", "fake", "The Oak"), fake)
    with (
        mail_server() as server,
        gateway(answered(200)) as (hook, asked),
        telling(configured(server.server_address[1], hook.url)) as tell,
    ):
        desk = Desk(store, target)
        desk.work = Work(store, [source_of(target)], tell=tell)
        fake.failure = (-1, Denied("no", code="http.denied"))
        desk.read("students")
        fake.failure = None
        sync_entity(store, target, fake.entities[0])
        desk.read("students")
    [(_, _, body)] = asked
    assert [alert["kind"] for alert in body["alerts"]] == ["paused", "resumed"]


def test_who_has_no_alerts_has_the_log() -> None:
    before = threading.active_count()
    with telling(Config()) as tell, capture_logs() as log:
        tell(told("paused"))
        assert threading.active_count() == before
    assert [entry["event"] for entry in log] == ["paused"]


@pytest.mark.parametrize(
    ("alerts", "fault"),
    [
        ('email = ["a@b.nl"]', "alerts.email: a mail server has to send them; describe it in [portal.mail]."),
        ('email = ["a b@c.nl"]', "alerts.email[1]: an e-mail address is expected"),
        ('webhook = { url = "https://a.nl" }', "alerts.webhook.token: this is needed."),
        ('webhook = { url = "http://a.nl", token = { env = "A" } }', "alerts.webhook.url: an https:// address is"),
        ('webhook = { url = "https://a.nl", token = "Correct-Horse-7" }', "alerts.webhook.token: a secret may not"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, alerts: str, fault: str) -> None:
    file = tmp_path / "schoolbrug.toml"
    file.write_text(f"[alerts]\n{alerts}\n", "utf-8")
    with pytest.raises(UserError) as error:
        load(file)
    assert fault in str(error.value)
    assert "Correct-Horse-7" not in str(error.value)


def test_a_secret_that_is_missing_is_told_before_anything_begins(
    configured: Callable[[int, str], Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(1, "https://hooks.example")
    assert list(channels(settings)) == ["email 1", "email 2", "webhook"]
    monkeypatch.delenv("TEST_SENDING")
    with pytest.raises(UserError, match=r"alerts\.webhook\.token: the environment variable TEST_SENDING is not set"):
        channels(settings)


@pytest.mark.usefixtures("fake")
def test_check_says_who_is_told(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def finding() -> Any:
        return next(one for one in json.loads(run("check", "--json").stdout)["findings"] if one["subject"] == "alerts")

    assert (finding()["ok"], finding()["advice"]) == (True, "nobody is told; see [alerts]")
    file = home / "schoolbrug.toml"
    text = CONFIGURATION.format(port=25, url="https://hooks.example")
    file.write_text(f"{file.read_text('utf-8')}\n{text}", "utf-8")
    assert not finding()["ok"]
    monkeypatch.setenv("TEST_SENDING", TOKEN)
    assert (finding()["ok"], finding()["advice"]) == (True, "by e-mail to 2 and by webhook")


WHOLE = """\
[store]
database = "sqlite:///{folder}/store.sqlite"
[serve]
port = 0
metrics = "{metrics}"
[portal]
secret = {{ env = "TEST_SECRET" }}
[alerts]
webhook = {{ url = "{hook}", token = {{ env = "TEST_SENDING" }} }}
[[source]]
name = "oak"
system = "magister"
school = {{ name = "The Oak" }}
[source.magister]
url = "{url}/doc"
user = "nobody-there"
password = {{ env = "TEST_PASSWORD" }}
"""


def test_run_alerts_and_tells_metrics(tmp_path: Path) -> None:
    """A school whose account is refused, with the whole program."""
    secrets = {"TEST_SENDING": TOKEN, "TEST_SECRET": "x" * 40, "TEST_PASSWORD": "wrong"}
    at = f"127.0.0.1:{free_port()}"
    with serve(make_school(7, 40)) as school, gateway(answered(200)) as (hook, asked):
        text = WHOLE.format(folder=tmp_path, metrics=at, hook=hook.url, url=school.url)
        (tmp_path / "schoolbrug.toml").write_text(text, "utf-8")
        with program.running(tmp_path, "run", more=secrets) as process:
            lines = program.read_until(process, '"paused"')
            metrics = requests.get(f"http://{at}/metrics", timeout=PATIENCE).text
            if not any("Serving on" in line for line in lines):
                lines = program.read_until(process, "Serving on")
            base = next(line for line in lines if "Serving on" in line).split()[2].rstrip(".")
            assert requests.get(f"{base}/ready", timeout=PATIENCE).json() == {"status": "ready"}
            assert requests.get(f"{base}/metrics", timeout=PATIENCE).status_code == 404
            program.end(process, signal.SIGTERM)
    assert process.returncode == 0
    assert 'schoolbrug_paused{source="oak"} 1.0' in metrics
    [(_, authorization, body)] = asked
    assert authorization == f"Bearer {TOKEN}"
    assert [(alert["kind"], alert["source"]) for alert in body["alerts"]] == [("paused", "oak")]
