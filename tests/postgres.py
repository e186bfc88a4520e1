"""A throw-away PostgreSQL on a Unix socket, for tests and benchmarks. It listens on no network but one of the test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; then it runs as the first of these that exists."""
MEMORY, ROOM = Path("/dev/shm"), 4 << 30


def binaries() -> Path:
    """The folder with ``initdb``. Raises ``RuntimeError`` that says in one line what to install."""
    folders = [Path(path) for path in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("PostgreSQL is not installed; install it with: apt-get install postgresql")


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ACCOUNTS if name in names)


class Cluster:
    """A running server. ``new_database`` makes an empty database and gives its address."""

    def __init__(self, socket: Path, owner: str, start: Callable[[], None], stop: Callable[[], None]) -> None:
        self._socket = socket
        self._owner = owner
        self.start, self.stop = start, stop

    def restart(self) -> None:
        """As after a crash: what was under way is gone, and so is everybody's connection."""
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self._owner}@/{database}?host={self._socket}"

    def tablespace(self, folder: Path) -> str:
        """A place for databases in an empty folder; gives its name."""
        if account := _account():
            shutil.chown(folder, account)
        name = f"s{uuid4().hex}"
        with psycopg.connect(host=str(self._socket), user=self._owner, dbname="postgres", autocommit=True) as admin:
            admin.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{folder}'")
        return name

    def drop_tablespace(self, name: str) -> None:
        with psycopg.connect(host=str(self._socket), user=self._owner, dbname="postgres", autocommit=True) as admin:
            admin.execute(f'DROP TABLESPACE "{name}"')

    def new_database(self, template: str | None = None, tablespace: str | None = None) -> str:
        """An empty database, or a copy of the one at the address ``template``; nobody may be connected to that."""
        name = f"t{uuid4().hex}"
        source = f' TEMPLATE "{_name(template)}"' if template else ""
        source += f' TABLESPACE "{tablespace}"' if tablespace else ""
        with psycopg.connect(host=str(self._socket), user=self._owner, dbname="postgres", autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"{source} STRATEGY = file_copy')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove the database at an address of ``new_database``, whoever is still connected to it."""
        with psycopg.connect(host=str(self._socket), user=self._owner, dbname="postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{_name(url)}" WITH (FORCE)')


def _name(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[1]


def memory() -> Path | None:
    """A folder in memory, where there is much of it; None for where temporary files always go."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


@contextmanager
def cluster(*, durable: bool = False, listen: str = "", guests: str = "") -> Iterator[Cluster]:
    """Start a server in a new folder and remove both afterwards. ``durable`` is on disk with fsync, for benchmarks;
    with ``listen`` it has that address too, for ``guests`` of a network that the test has made."""
    folder, account = binaries(), _account()
    home = Path(tempfile.mkdtemp(prefix="schoolbrug-pg-", dir=None if durable else memory()))
    if account:
        shutil.chown(home, account)
    data, log = home / "data", home / "log"

    def run(program: str, *arguments: str) -> None:
        command = [str(folder / program), *arguments]
        done = subprocess.run(command, user=account, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}{log.read_text() if log.exists() else ''}")

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "schoolbrug", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = f"-c listen_addresses='{listen}' -c unix_socket_directories={home} -c max_connections=60"
        if guests:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {guests} trust\n")
        if not durable:
            # Databases come and go faster than autovacuum could look at them.
            settings += " -c fsync=off -c full_page_writes=off -c autovacuum=off"

        def start() -> None:
            # pg_ctl's child would keep our pipes open for ever; it writes to its own log instead.
            subprocess.run(
                [str(folder / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", settings, "start"],
                user=account, cwd=home, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        def stop() -> None:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")

        start()
        try:
            yield Cluster(home, "schoolbrug", start, stop)
        finally:
            stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
