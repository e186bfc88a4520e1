"""A school's folder with a configuration, a source of the test's own, and the command line over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from canonical.store import Store
from connectors import registry
from schoolbrug.cli import app
from tests.fake_source import FakeSource
from tests.templates import embedded

QUARANTINE_KEY = "k" * 40

CONFIGURATION = """\
[store]
database = "sqlite:///{folder}/store.sqlite"
quarantine_key = {{ env = "TEST_QUARANTINE_KEY" }}

[limits]
deletion_percent = 10
deletion_floor = 2
bad_percent = 50
bad_floor = 2

[[source]]
name = "oak"
system = "fake"
school = {{ name = "The Oak", brin = "01AB" }}

[source.schedule]
default = 60

[source.fake]
"""

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store of the embedded kind."""
    engine = embedded(tmp_path / "store.sqlite")
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSource:
    """The one source of the system ``fake``; every connection to it is the same object."""
    source = FakeSource()
    point = SimpleNamespace(name="fake", value="fake", dist=None, load=lambda: lambda _settings: source)
    monkeypatch.setattr(registry, "available", lambda: {"fake": point})
    return source


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ``schoolbrug.toml``, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEST_QUARANTINE_KEY", QUARANTINE_KEY)
    monkeypatch.delenv("SCHOOLBRUG_CONFIG", raising=False)
    (tmp_path / "schoolbrug.toml").write_text(CONFIGURATION.format(folder=tmp_path), "utf-8")
    return tmp_path


@pytest.fixture
def run() -> Run:
    """``run("sync", "oak")`` gives exit code, stdout and stderr; an error that is not ours is raised."""

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
