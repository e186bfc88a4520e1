"""Small disks and networks that a test makes for itself, to fill and to cut. Both take root, as the tests of CI are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

_NETWORK = int(IPv4Address("198.18.0.0"))
"""For tests of networks (RFC 2544): nothing else is there."""
_NETWORKS = 1 << 15


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()} (this test must be root, and may mount and ip)")


@dataclass(frozen=True)
class Disk:
    """A small disk at ``folder``."""

    folder: Path

    def fill(self) -> None:
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue
            os.fsync(file.fileno())

    def make_room(self) -> None:
        (self.folder / "ballast").unlink()


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "schoolbrug-test", str(folder))
    try:
        yield Disk(folder)
    finally:
        _run("umount", "-l", str(folder))


@dataclass(frozen=True)
class Network:
    """A network of two machines: this one is ``here``; whoever is started with ``within`` is ``there``."""

    name: str
    here: str
    there: str

    @property
    def within(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        _run("ip", "link", "set", self.name, "down")

    def mend(self) -> None:
        _run("ip", "link", "set", self.name, "up")


@contextmanager
def network() -> Iterator[Network]:
    number = os.getpid() % _NETWORKS
    here, there = (str(IPv4Address(_NETWORK + 4 * number + n)) for n in (1, 2))
    name = f"sb{number}"
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "address", "add", f"{here}/30", "dev", name)
        _run("ip", "link", "set", name, "up")
        for command in (
            ("address", "add", f"{there}/30", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            _run("ip", "-n", name, *command)
        yield Network(name, here, there)
    finally:
        _run("ip", "netns", "delete", name)  # its end of the cable goes with it, and so does ours
