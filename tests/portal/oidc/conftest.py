"""A school, its identity provider and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect
from portal.schema import migrate_portal
from portal.signin import fetching
from tests.portal.oidc.visitor import Browser, opened
from tests.portal.provider import MakeBelieve, running
from tests.portal.school import School
from tests.templates import embedded


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test's provider said of itself is forgotten: addresses come back."""
    monkeypatch.setattr(fetching, "_known", {})


@pytest.fixture
def idp() -> Iterator[MakeBelieve]:
    with running() as made:
        yield made


@pytest.fixture
def student(school: School) -> str:
    return school.student(school.source("north"), local_id="12345", birth_date=date(2010, 1, 1))


@pytest.fixture
def browser(engine: Engine, idp: MakeBelieve, student: str) -> Browser:
    return opened(engine, idp)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school with one student, to make copies of: what has nothing to do with the kind of database is tested so."""
    file = tmp_path_factory.mktemp("oidc") / "template.sqlite"
    made = embedded(file, migrate_portal)
    school = School(made)
    school.student(school.source("north"), local_id="12345")
    made.dispose()
    return file


@pytest.fixture
def copied(template: Path, tmp_path: Path) -> Iterator[Engine]:
    file = shutil.copy(template, tmp_path / "copy.sqlite")
    made = connect(f"sqlite:///{file}")
    yield made
    made.dispose()


@pytest.fixture
def small(copied: Engine, idp: MakeBelieve) -> Browser:
    return opened(copied, idp)
