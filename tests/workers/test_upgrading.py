"""A schema that is upgraded while workers of the release before are at work on it."""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from pathlib import Path

from alembic import command
from sqlalchemy import Engine, inspect

from canonical import database
from canonical.database import connect, migrate, revision
from scheduler.queue import install
from tests.postgres import Cluster
from tests.workers.office import catch_up, check, office, wait_for_more

NAMES = ["oak", "elm"]
BEFORE, AT_ONCE = "0006", 8


def upgrade(url: str) -> None:
    migrate(connect(url))


def die_within(url: str) -> None:
    """Killed when everything is upgraded but not yet kept."""
    whole = command.upgrade

    def half(*arguments: str) -> None:
        whole(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    command.upgrade = half
    upgrade(url)


def test_many_upgrade_at_once_and_the_workers_go_on(postgres: Cluster, tmp_path: Path) -> None:
    url = postgres.new_database()
    engine = connect(url)
    _upgrade_to(engine, BEFORE)
    install(engine)
    forking = get_context("fork")
    with office("worker", url, tmp_path, NAMES, every=0.2) as clerks:
        clerks.hire(2)
        done = wait_for_more(engine, 0)
        killed = forking.Process(target=die_within, args=(url,))
        killed.start()
        killed.join(60)
        assert killed.exitcode == -signal.SIGKILL
        assert revision(engine)[0] == BEFORE
        assert "tenant" not in inspect(engine).get_table_names()
        upgrading = [forking.Process(target=upgrade, args=(url,)) for _ in range(AT_ONCE)]
        for process in upgrading:
            process.start()
        for process in upgrading:
            process.join(60)
        assert [process.exitcode for process in upgrading] == [0] * AT_ONCE
        there, newest = revision(engine)
        assert there == newest
        clerks.change()
        wait_for_more(engine, done)
        clerks.dismiss()
    catch_up(engine, tmp_path, NAMES)
    check(engine, tmp_path, NAMES)
    engine.dispose()
    postgres.drop(url)


def _upgrade_to(engine: Engine, version: str) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        configuration = database._configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, version)
