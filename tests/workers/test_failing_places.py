"""A disk that is full, a database that is gone, a worker whose network is cut: nothing is half there, and everybody
goes on by himself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, make_url, select, text

from canonical.database import connect, migrate
from canonical.tables import DUE
from scheduler.queue import install
from tests.faults import GATE
from tests.postgres import Cluster, cluster
from tests.templates import embedded, served
from tests.workers.breaking import disk, network
from tests.workers.office import Office, catch_up, check, office, wait_for_more

NAMES = ["oak", "elm"]
GONE = 60.0 if GATE else 3.0
"""Seconds for which the database is away."""
CUTS = (6.0, 90.0, 20.0) if GATE else (6.0,)
"""Seconds for which the network is; in the longest everybody gives the other up."""
AGAIN = 5
"""So often a cut is made until who was cut off had something left to write: it may have been at its end just then."""
FULL = 60.0 if GATE else 3.0


@pytest.mark.parametrize(
    ("kind", "trouble", "over", "most"),
    # A server without room may still note what has failed, of each entity; at night and by itself it may fail at once.
    [("run", "database_gone", "database_back", 2), ("worker", "failing", "ok", 2 * 4 * len(NAMES))],
)
def test_a_full_disk(
    kind: str, trouble: str, over: str, most: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # PostgreSQL is another user, who may not look into the folders of a test.
    with TemporaryDirectory(dir="/var/tmp") as home, disk(Path(home) / "disk", 48) as small:
        Path(home).chmod(0o755)
        if kind == "run":
            engine, drop = embedded(small.folder / "store.sqlite", migrate), None
        else:
            server: Cluster = request.getfixturevalue("postgres")
            (small.folder / "data").mkdir()
            place = server.tablespace(small.folder / "data")
            url = server.new_database(served(server, migrate), place)
            engine, drop = connect(url), lambda: (server.drop(url), server.drop_tablespace(place))
            install(engine)
        try:
            with office(kind, engine.url.render_as_string(hide_password=False), tmp_path, NAMES) as clerks:
                clerks.hire(2)
                done = wait_for_more(engine, 0)
                small.fill()
                clerks.change()
                clerks.wait_until_told(trouble, 1)
                time.sleep(FULL)
                small.make_room()
                wait_for_more(engine, done)
                wait_until(lambda: clerks.about(trouble) <= clerks.about(over), "that it is over is not told")
                told = clerks.told(trouble)
                clerks.dismiss()
            assert told <= most, "each time anew"
            catch_up(engine, tmp_path, NAMES)
            check(engine, tmp_path, NAMES)
        finally:
            engine.dispose()
            if drop is not None:
                drop()


def test_a_database_that_is_gone_for_a_while_also_where_nothing_can_be_logged(tmp_path: Path) -> None:
    with cluster() as server:
        url = server.new_database()
        engine = connect(url)
        migrate(engine)
        install(engine)
        with (
            office("worker", url, tmp_path, NAMES) as clerks,
            office("worker", url, tmp_path, NAMES, log=Path("/dev/full")) as mute,
        ):
            clerks.hire(2)
            mute.hire()
            done = wait_for_more(engine, 0)
            server.stop()
            try:
                clerks.wait_until_told("database_gone", 2)
                time.sleep(GONE)
            finally:
                server.start()
            wait_for_more(engine, done)
            clerks.wait_until_told("database_back", 2)
            assert (clerks.told("database_gone"), clerks.told("database_back")) == (2, 2), "once by each"
            assert clerks.other_words() == [], "what libraries say of it is in the log"
            clerks.dismiss()
            for pid in mute.clerks:
                os.kill(pid, 0)
            wait_for_more(engine, done)
            mute.dismiss()
        catch_up(engine, tmp_path, NAMES)
        check(engine, tmp_path, NAMES)
        engine.dispose()


def test_a_worker_whose_network_is_cut(tmp_path: Path) -> None:
    """Others take over what it has, what it still wants to write is refused, and it is at work again by itself."""
    with network() as cable, cluster(listen=cable.here, guests=f"{cable.there}/32") as server:
        url = server.new_database()
        engine = connect(url)
        migrate(engine)
        install(engine)
        remote = make_url(url).set(host=cable.here, query={}).render_as_string(hide_password=False)
        pace = {"every": 0.5, "lease": 2.0, "pause": 0.2}
        with (
            office("worker", url, tmp_path, NAMES, **pace) as near,
            office("worker", remote, tmp_path, NAMES, within=cable.within, log=tmp_path / "far", **pace) as far,
        ):
            far.hire()
            near.hire(2)
            done = wait_for_more(engine, 0)
            for seconds in CUTS:
                before = far.refused
                for _ in range(AGAIN):
                    began = time.monotonic()
                    cut_at_work(engine, far, cable.there, cable.cut, cable.mend)
                    near.change()
                    wait_until(lambda: not far_has(engine, far), "its work is not taken up")
                    done = wait_for_more(engine, done + 3)
                    time.sleep(max(0.0, began + seconds - time.monotonic()))
                    cable.mend()
                    far.at_work(engine, 120)
                    # After a long one it has been hung up on, and has nothing left to write.
                    if seconds > 40 or is_refused(far, before):
                        break
                else:
                    raise AssertionError("nothing late was refused")
            near.dismiss()
            far.dismiss()
        catch_up(engine, tmp_path, NAMES)
        check(engine, tmp_path, NAMES)
        engine.dispose()


def cut_at_work(engine: Engine, far: Office, address: str, cut: Callable[[], None], mend: Callable[[], None]) -> None:
    """Between two pages of what it reads: within a transaction it would keep others waiting until that is ended, a
    minute later."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        far.at_work(engine)
        cut()
        time.sleep(0.3)
        with engine.connect() as connection:
            within = connection.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE client_addr = :a AND xact_start IS NOT NULL"),
                {"a": address},
            ).scalar_one()
        if not within and far_has(engine, far):
            return
        mend()
        time.sleep(0.5)
    raise AssertionError("never between two pages")


def far_has(engine: Engine, far: Office) -> bool:
    with engine.connect() as connection:
        owners = connection.execute(select(DUE.c.owner).where(DUE.c.owner.is_not(None))).scalars().all()
    return any(int(owner.split("/")[2]) in far.clerks for owner in owners)


def is_refused(far: Office, before: int) -> bool:
    """Whether something late was; it may still be on its way."""
    until = time.monotonic() + 10
    while far.refused <= before and time.monotonic() < until:
        time.sleep(0.05)
    return far.refused > before


def wait_until(holds: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)
