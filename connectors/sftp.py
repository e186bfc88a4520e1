"""Fetches what is new on an SFTP server into the folder of deliveries. The server is left as it is.

The host must show the one key that a person compared: no known_hosts, no agent, no keys found lying about. A file gets
its own name only when it is whole, and manifests and markers come last, so that half a delivery never looks complete.
"""

from __future__ import annotations

import base64
import binascii
import errno
import fcntl
import io
import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import orjson
import paramiko

from connectors.delivered import ARCHIVE, OWN, QUARANTINE, is_plain
from connectors.errors import Broken, Denied, Retry
from connectors.manifest import is_manifest, is_marker

MOST_BYTES = 4 << 30
"""Of all that is fetched at a time."""
MOST_FILES = 10_000
"""In the folder on the other side."""

_PIECE = 32 * 1024
_AT_ONCE = 64
"""Pieces that are asked for before the first is there: so much is in memory, and a distant server is not slow."""

_KEY_TYPES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
}

_PRIVATE_KEYS: Sequence[Any] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)

# What it logs are the texts of the other side and tracebacks; what went wrong is told by our own errors.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """An account: ``password`` or ``private_key`` (OpenSSH or PEM, without a passphrase). ``host_key`` is the key that
    the host must show, ``ssh-ed25519 AAAA...``; ``path`` the folder there."""

    host: str
    user: str
    host_key: str
    port: int = 22
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    path: str = "."


@dataclass(frozen=True, slots=True)
class _Remote:
    """A file on the other side."""

    name: str
    size: int
    mtime: int


def public_key(text: str) -> tuple[str, bytes]:
    """The type and the bytes of a public key as OpenSSH writes it. Raises ``ValueError``."""
    parts = text.split()
    if len(parts) < 2 or parts[0] not in _KEY_TYPES:
        raise ValueError(f"must be a key such as ssh-ed25519 AAAA..., of one of {', '.join(_KEY_TYPES)}")
    try:
        data = base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        data = b""
    if not data[4:].startswith(parts[0].encode()):
        raise ValueError("must be a whole key: a type and what stands behind it, as ssh-keyscan prints them")
    return parts[0], data


def fetch(
    settings: SftpSettings, folder: Path, wanted: Callable[[str], bool], *, deadline: float, most: int = MOST_BYTES
) -> None:
    """Fetch each file that ``wanted`` wants and that was not fetched before with the same name, size and time.

    ``deadline`` is in seconds, for all of it; ``most`` in bytes. Returns at once while another process fetches.
    Raises ``Denied`` sftp.host_key and sftp.login, ``Retry`` sftp.network and sftp.timeout, ``Broken`` sftp.path,
    sftp.size and sftp.folder.
    """
    until = time.monotonic() + deadline
    try:
        with _alone(folder) as alone:
            if alone:
                _fetch(settings, folder, wanted, until, most)
    except _Local as error:
        reason = str(error)
    else:
        return
    raise Broken(
        f"what was fetched cannot be written to the folder of deliveries ({reason}); it must be there, and this account"
        " must be allowed to write in it",
        code="sftp.folder",
    )


class _Local(Exception):
    """Something went wrong on this side."""


@contextmanager
def _here() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise _Local(reason)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process fetches."""
    with _here():
        (folder / OWN).mkdir(exist_ok=True)
        lock = (folder / OWN / "sftp.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        else:
            alone = True
        yield alone


def _fetch(settings: SftpSettings, folder: Path, wanted: Callable[[str], bool], until: float, most: int) -> None:
    memory = folder / OWN / "sftp.json"
    with _here():
        for left in folder.glob(".sftp-*.part"):
            left.unlink()
        known = orjson.loads(memory.read_bytes()) if memory.exists() else {}
    with _connected(settings, until) as sftp:
        there = [one for one in _listed(sftp, settings.path) if wanted(one.name)]
        # What is gone from the other side is forgotten: a file of that name that comes later is a new one.
        before, known = known, {one.name: known[one.name] for one in there if one.name in known}
        if known != before:
            _remember(memory, known)
        new = [one for one in there if known.get(one.name) != [one.size, one.mtime]]
        total = 0
        for number, one in enumerate(sorted(new, key=_in_order)):
            total += one.size
            if total > most:
                raise Broken(
                    f"there are more than {most} bytes to fetch; remove from the other side what was fetched long ago",
                    code="sftp.size",
                )
            if _download(sftp, f"{settings.path}/{one.name}", one, folder, number):
                known[one.name] = [one.size, one.mtime]
                _remember(memory, known)


def _in_order(one: _Remote) -> tuple[bool, str]:
    """By name, what says that the others are complete last."""
    return is_manifest(one.name) or is_marker(one.name), one.name


def _listed(sftp: Any, path: str) -> Iterator[_Remote]:
    for count, found in enumerate(sftp.listdir_iter(path, read_aheads=5), 1):
        if count > MOST_FILES:
            raise Broken(
                f"{path} has more than {MOST_FILES} files; remove from the other side what was fetched long ago",
                code="sftp.size",
            )
        if stat.S_ISREG(found.st_mode or 0) and _is_plain(found.filename):
            yield _Remote(found.filename, found.st_size or 0, found.st_mtime or 0)


def _is_plain(name: str) -> bool:
    """Whether a name of the other side is one for a file in our folder."""
    return is_plain(name) and "/" not in name and "\\" not in name and name not in (ARCHIVE, QUARANTINE)


def _download(sftp: Any, path: str, one: _Remote, folder: Path, number: int) -> bool:
    """Fetch a file; False when it was changed or removed meanwhile: then it is still in the making."""
    part = folder / f".sftp-{number}.part"
    try:
        remote = sftp.open(path, "rb")
    except FileNotFoundError:
        return False
    with _here():
        made = part.open("wb")
    with remote, made:
        for data in _pieces(remote, one.size):
            with _here():
                made.write(data)
        size, now = made.tell(), remote.stat()
        with _here():
            made.flush()
            os.fsync(made.fileno())
    with _here():
        if (size, now.st_size, now.st_mtime) == (one.size, one.size, one.mtime):
            # Without another word a delivery was made when its files were, and not now.
            os.utime(part, (one.mtime, one.mtime))
            os.replace(part, folder / one.name)
            return True
        part.unlink()
    return False


def _pieces(remote: Any, size: int) -> Iterator[bytes]:
    # A thread of its own asks for the pieces. When the connection breaks, whoever waits for them here is told so.
    remote._prefetch_thread = _quiet(remote._prefetch_thread)
    places = range(0, size, _PIECE)
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        yield from remote.readv([(place, min(_PIECE, size - place)) for place in some])


def _quiet(asks: Callable[..., None]) -> Callable[..., None]:
    def quietly(*args: Any) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            asks(*args)

    return quietly


def _remember(memory: Path, known: dict[str, Any]) -> None:
    partial = memory.with_suffix(".part")
    with _here():
        partial.write_bytes(orjson.dumps(known))
        os.replace(partial, memory)


@contextmanager
def _connected(settings: SftpSettings, until: float) -> Iterator[Any]:
    """A client. Every error of the other side leaves as one of ours; at the deadline the connection is cut."""
    reason: BaseException
    late = threading.Event()
    try:
        address = (settings.host, settings.port)
        with socket.create_connection(address, timeout=max(until - time.monotonic(), 0.001)) as sock:
            transport = paramiko.Transport(sock)
            watchdog = threading.Timer(max(until - time.monotonic(), 0), _cut, (transport, late))
            watchdog.daemon = True
            watchdog.start()
            try:
                _log_in(transport, settings, until)
                yield paramiko.SFTPClient.from_transport(transport)
            finally:
                watchdog.cancel()
                transport.close()
        return
    except (Broken, Denied, _Local):
        raise
    except (paramiko.SSHException, EOFError, OSError, UnicodeDecodeError) as error:
        reason = error
    _tell(settings, reason, late=late.is_set() or time.monotonic() >= until)


def _cut(transport: Any, late: threading.Event) -> None:
    late.set()
    transport.close()


def _log_in(transport: Any, settings: SftpSettings, until: float) -> None:
    kind, expected = public_key(settings.host_key)
    transport.get_security_options().key_types = _KEY_TYPES[kind]
    transport.start_client(timeout=max(until - time.monotonic(), 0.001))
    if transport.get_remote_server_key().asbytes() != expected:
        _wrong_host(settings)
    if settings.private_key is not None:
        transport.auth_publickey(settings.user, _private_key(settings.private_key))
    else:
        transport.auth_password(settings.user, settings.password or "")


def _private_key(text: str) -> Any:
    for kind in _PRIVATE_KEYS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise Denied(
        "the private key cannot be read: it must be an ed25519, ECDSA or RSA key in the form of OpenSSH or PEM, without"
        " a passphrase",
        code="sftp.login",
    )


def _wrong_host(settings: SftpSettings) -> NoReturn:
    raise Denied(
        f"SFTP {settings.host}:{settings.port}: the host shows another key than host_key; it may be another machine, in"
        " between. Ask its manager for the key by telephone, and compare, before you change host_key",
        code="sftp.host_key",
    )


def _tell(settings: SftpSettings, error: BaseException, *, late: bool) -> NoReturn:
    where = f"SFTP {settings.host}:{settings.port}"
    if late:
        raise Retry(f"{where}: not done before the deadline", code="sftp.timeout")
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        _wrong_host(settings)
    if isinstance(error, paramiko.AuthenticationException):
        raise Denied(
            f"{where}: the account was refused; correct user and password or private_key, then run a sync by hand",
            code="sftp.login",
        )
    if isinstance(error, UnicodeDecodeError):
        raise Broken(f"{where}: a file there has a name that is not UTF-8", code="sftp.path")
    if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.EACCES, errno.ENOTDIR):
        raise Broken(
            f"{where}: the folder of path, or a file in it, is not there or may not be read; correct path, or the"
            " account's rights",
            code="sftp.path",
        )
    raise Retry(f"{where}: {type(error).__name__}; the connection was refused or lost", code="sftp.network")
