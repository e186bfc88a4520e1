"""A folder over SFTP, seen with paramiko's own client: one account, reading only, nothing outside the folder."""

import io
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from simulator.sftp import SftpServer, make_key, serve_sftp

USER, PASSWORD = "school", "-".join(("ander", "wachtwoord"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    drop = tmp_path / "drop"
    (drop / "nested").mkdir(parents=True)
    (drop / "cijfers.csv").write_bytes(b"Stamnr;Kolom\r\n" * 9_000)
    (drop / "link.csv").symlink_to(drop / "cijfers.csv")
    (tmp_path / "outside.csv").write_bytes(b"not for you")
    return drop


@pytest.fixture
def server(folder: Path) -> Iterator[SftpServer]:
    with serve_sftp(folder, user=USER, password=PASSWORD) as running:
        yield running


@contextmanager
def opened(server: SftpServer, user: str = USER, password: str | None = PASSWORD, **key: object):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    try:
        transport.connect(username=user, password=password, **key)
        yield paramiko.SFTPClient.from_transport(transport)
    finally:
        transport.close()


def test_it_shows_what_is_there_and_a_link_as_a_link(server):
    with opened(server) as client:
        found = {entry.filename: entry for entry in client.listdir_attr()}
    assert sorted(found) == ["cijfers.csv", "link.csv", "nested"]
    assert stat.S_ISREG(found["cijfers.csv"].st_mode)
    assert stat.S_ISLNK(found["link.csv"].st_mode)
    assert stat.S_ISDIR(found["nested"].st_mode)
    assert found["cijfers.csv"].st_size == 9_000 * 14


def test_a_file_is_read_whole_and_the_calls_are_counted(server, folder):
    into = io.BytesIO()
    with opened(server) as client:
        client.getfo("cijfers.csv", into)
        client.listdir()
    assert into.getvalue() == (folder / "cijfers.csv").read_bytes()
    assert [call for call in server.calls if call != "login"] == ["open cijfers.csv", "list"]
    assert server.calls[0] == "login"


def test_nothing_can_be_written_or_taken_away(server, folder):
    before = {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()}
    with opened(server) as client:
        for change in (
            lambda: client.open("new.csv", "w"), lambda: client.open("cijfers.csv", "a"),
            lambda: client.remove("cijfers.csv"), lambda: client.rename("cijfers.csv", "x.csv"),
            lambda: client.mkdir("more"), lambda: client.chmod("cijfers.csv", 0o600),
        ):  # fmt: skip
            with pytest.raises(OSError):
                change()
    assert {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "path", ["../outside.csv", "/../outside.csv", "nested/../../outside.csv", "link.csv", "nested"]
)
def test_nothing_leads_out_of_the_folder(server, path):
    with opened(server) as client, pytest.raises(OSError):
        client.open(path).read()


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("other", PASSWORD), (USER, "")])
def test_only_the_account_gets_in(server, user, password):
    with pytest.raises(paramiko.SSHException), opened(server, user, password):
        pass


def test_a_key_gets_in_where_it_is_known_and_no_other(folder):
    private, public = make_key()
    other, _ = make_key()
    with serve_sftp(folder, user=USER, public_key=public) as server:
        key = paramiko.Ed25519Key.from_private_key(io.StringIO(private))
        with opened(server, password=None, pkey=key) as client:
            assert "cijfers.csv" in client.listdir()
        stranger = paramiko.Ed25519Key.from_private_key(io.StringIO(other))
        with pytest.raises(paramiko.SSHException), opened(server, password=None, pkey=stranger):
            pass
        with pytest.raises(paramiko.SSHException), opened(server, password=""):
            pass


def test_the_host_key_is_its_own_and_as_openssh_writes_it(server, folder):
    kind, body = server.host_key.split()
    with opened(server) as client:
        shown = client.get_channel().get_transport().get_remote_server_key()
    assert (shown.get_name(), shown.get_base64()) == (kind, body) == ("ssh-ed25519", body)
    with serve_sftp(folder, user=USER, password=PASSWORD) as second:
        assert second.host_key != server.host_key


def test_when_it_stops_nothing_of_it_is_left(folder):
    before = set(threading.enumerate())
    with serve_sftp(folder, user=USER, password=PASSWORD) as server:
        transport = paramiko.Transport(("127.0.0.1", server.port))
        transport.connect(username=USER, password=PASSWORD)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client.listdir()
    server.stop()
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        client.listdir()
    transport.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread
    with pytest.raises(paramiko.SSHException, match="refused"):
        paramiko.Transport(("127.0.0.1", server.port))
