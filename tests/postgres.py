"""A throw-away PostgreSQL on a Unix socket, for tests and benchmarks. It never listens on a network."""

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

    def __init__(self, socket: Path, owner: str, restart: Callable[[], None]) -> None:
        self._socket = socket
        self._owner = owner
        self.restart = restart
        """As after a crash: what was under way is gone, and so is everybody's connection."""

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self._owner}@/{database}?host={self._socket}"

    def new_database(self, template: str | None = None) -> str:
        """An empty database, or a copy of the one at the address ``template``; nobody may be connected to that."""
        name = f"t{uuid4().hex}"
        source = f' TEMPLATE "{_name(template)}"' if template else ""
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
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a server in a new folder and remove both afterwards. ``durable`` is on disk with fsync, for benchmarks."""
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
        settings = f"-c listen_addresses='' -c unix_socket_directories={home} -c max_connections=60"
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

        def restart() -> None:
            stop()
            start()

        start()
        try:
            yield Cluster(home, "schoolbrug", restart)
        finally:
            stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
