"""An SFTP server on loopback: a folder to be read with one account, and its own host key."""

from __future__ import annotations

import io
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def make_key() -> tuple[str, str]:
    """A new ed25519 key: the private part and the public one, as OpenSSH writes them."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


class SftpServer:
    """Serves ``folder`` until it is stopped. ``password`` or ``public_key`` (or both) let ``user`` in.

    ``calls`` are the names of what was asked, in order. ``before`` is called before each piece that is read, with the
    file's name: it may wait, or change the file. ``keys`` are the host's; ``host_key`` is the first one, as text.
    """

    def __init__(self, folder: Path, *, user: str, password: str | None = None, public_key: str | None = None) -> None:
        private, self.host_key = make_key()
        self.folder = folder
        self.user = user
        self.password = password
        self.public_key = public_key.split()[1] if public_key else None
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda name: None
        self.keys: list[Any] = [paramiko.Ed25519Key.from_private_key(io.StringIO(private))]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._transports: list[Any] = []
        self._ended = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._ended:
                connection.close()
                return
            transport = paramiko.Transport(connection)
            for key in self.keys:
                transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", _Subsystem, _Files, self)
            self._transports.append(transport)
            try:
                transport.start_server(event=threading.Event(), server=_Account(self))
            except (paramiko.SSHException, EOFError, OSError):
                transport.close()

    def stop(self) -> None:
        """End every connection."""
        if self._ended:
            return
        self._ended = True
        # A close alone does not wake a thread that waits for somebody to connect.
        with socket.create_connection(("127.0.0.1", self.port)):
            self._thread.join(5)
        self._listener.close()
        for transport in self._transports:
            transport.close()
        for transport in self._transports:
            transport.join(1)


class _Account(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def get_allowed_auths(self, username: str) -> str:
        ways = [("password", self._server.password), ("publickey", self._server.public_key)]
        return ",".join(way for way, known in ways if known)

    def check_auth_password(self, username: str, password: str) -> int:
        return self._allowed(username, password == self._server.password)

    def check_auth_publickey(self, username: str, key: Any) -> int:
        return self._allowed(username, key.get_base64() == self._server.public_key)

    def _allowed(self, user: str, known: bool) -> int:
        self._server.calls.append("login")
        allowed: int = paramiko.AUTH_SUCCESSFUL
        refused: int = paramiko.AUTH_FAILED
        return allowed if known and user == self._server.user else refused

    def check_channel_request(self, kind: str, chanid: int) -> int:
        opened: int = paramiko.OPEN_SUCCEEDED
        refused: int = paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return opened if kind == "session" else refused


class _Subsystem(paramiko.SFTPServer):  # type: ignore[misc]
    """A client that goes away in the middle is no error."""

    def start_subsystem(self, name: str, transport: Any, channel: Any) -> None:
        with suppress(OSError):
            super().start_subsystem(name, transport, channel)


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """Reading and nothing else; links are shown as links."""

    def __init__(self, connection: Any, server: SftpServer) -> None:
        super().__init__(connection)
        self._server = server

    def _place(self, path: str) -> Path:
        # Nothing leads out of the folder: a path that goes up ends at its top.
        return self._server.folder / os.path.normpath(f"/{path}").lstrip("/")

    def list_folder(self, path: str) -> Any:
        self._server.calls.append("list")
        try:
            entries = sorted(self._place(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return [paramiko.SFTPAttributes.from_stat(entry.lstat(), entry.name) for entry in entries]

    def stat(self, path: str) -> Any:
        return self.lstat(path)

    def lstat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._place(path).lstat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        place = self._place(path)
        self._server.calls.append(f"open {place.name}")
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            return paramiko.SFTP_PERMISSION_DENIED
        try:
            if not stat.S_ISREG(place.lstat().st_mode):
                return paramiko.SFTP_PERMISSION_DENIED
            return _File(self._server, place, flags)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)


class _File(paramiko.SFTPHandle):  # type: ignore[misc]
    def __init__(self, server: SftpServer, place: Path, flags: int) -> None:
        super().__init__(flags)
        self._server = server
        self._path = place
        self._file = place.open("rb")

    def read(self, offset: int, length: int) -> Any:
        self._server.before(self._path.name)
        self._file.seek(offset)
        return self._file.read(length)

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._file.fileno()))

    def close(self) -> None:
        self._file.close()


@contextmanager
def serve_sftp(
    folder: Path, *, user: str, password: str | None = None, public_key: str | None = None
) -> Iterator[SftpServer]:
    """Serve ``folder`` while the block runs."""
    server = SftpServer(folder, user=user, password=password, public_key=public_key)
    try:
        yield server
    finally:
        server.stop()
