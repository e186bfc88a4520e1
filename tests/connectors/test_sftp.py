"""What is new on an SFTP server comes whole or not at all, from the host that was meant, and the server keeps it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from connectors import sftp
from connectors.errors import Broken, Denied, Retry, SourceError
from connectors.sftp import SftpSettings, fetch, public_key
from simulator.sftp import SftpServer, make_key, serve_sftp

USER, PASSWORD = "school", "Geheim-Wachtwoord-77"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def server(there: Path) -> Iterator[SftpServer]:
    with serve_sftp(there, user=USER, password=PASSWORD) as running:
        yield running


def _settings(server: SftpServer, **changes: Any) -> SftpSettings:
    base: dict[str, Any] = {
        "host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD, "host_key": server.host_key,
    }  # fmt: skip
    return SftpSettings(**{**base, **changes})


def _fetch(
    server: SftpServer, here: Path, *, wanted: Callable[[str], bool] = lambda name: True, deadline: float = 30,
    most: int = sftp.MOST_BYTES, **changes: Any,
) -> list[str]:  # fmt: skip
    fetch(_settings(server, **changes), here, wanted, deadline=deadline, most=most)
    return sorted(path.name for path in here.iterdir() if path.name != ".schoolbrug")


def _opened(server: SftpServer) -> list[str]:
    found = [call.removeprefix("open ") for call in server.calls if call.startswith("open ")]
    server.calls.clear()
    return found


def _error(server: SftpServer, here: Path, kind: type[SourceError], **changes: Any) -> str:
    with pytest.raises(kind) as caught:
        _fetch(server, here, **changes)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.code


def test_what_is_wanted_comes_whole_and_stays_on_the_other_side(server: SftpServer, there: Path, here: Path) -> None:
    large = os.urandom(5 << 20)
    (there / "leerlingen.csv").write_bytes(large)
    (there / "leeg.csv").write_bytes(b"")
    (there / "brief.doc").write_bytes(b"x")
    assert _fetch(server, here, wanted=lambda name: name.endswith(".csv")) == ["leeg.csv", "leerlingen.csv"]
    assert (here / "leerlingen.csv").read_bytes() == large
    assert sorted(path.name for path in there.iterdir()) == ["brief.doc", "leeg.csv", "leerlingen.csv"]


def test_what_says_that_all_is_there_comes_last(server: SftpServer, there: Path, here: Path) -> None:
    for name in ("a.manifest.json", "b.csv", "a.ok", "z.csv"):
        (there / name).write_bytes(b"x")
    _fetch(server, here)
    assert _opened(server) == ["b.csv", "z.csv", "a.manifest.json", "a.ok"]


def test_only_what_is_new_is_fetched_again(server: SftpServer, there: Path, here: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (there / name).write_bytes(b"one")
    _fetch(server, here)
    _opened(server)
    for path in here.glob("*.csv"):
        path.unlink()  # taken in
    assert _fetch(server, here) == []
    assert _opened(server) == []
    (there / "a.csv").write_bytes(b"longer")
    os.utime(there / "b.csv", (1, 1))
    assert _fetch(server, here) == ["a.csv", "b.csv"]
    assert _opened(server) == ["a.csv", "b.csv"]
    assert (here / "b.csv").stat().st_mtime == 1, "an export of long ago was not made just now"
    remembered = json.loads((here / ".schoolbrug" / "sftp.json").read_bytes())
    assert sorted(remembered) == ["a.csv", "b.csv", "c.csv"]


def test_a_name_that_was_gone_for_a_while_is_a_new_file(server: SftpServer, there: Path, here: Path) -> None:
    (there / "a.csv").write_bytes(b"one")
    os.utime(there / "a.csv", (1, 1))
    _fetch(server, here)
    (here / "a.csv").unlink()
    (there / "a.csv").unlink()
    _fetch(server, here)
    (there / "a.csv").write_bytes(b"two")
    os.utime(there / "a.csv", (1, 1))
    assert _fetch(server, here) == ["a.csv"]


def test_links_folders_and_strange_names_are_left_alone(server: SftpServer, there: Path, here: Path) -> None:
    secret = there.parent / "secret"
    secret.write_bytes(b"x")
    (there / "link.csv").symlink_to(secret)
    (there / "folder.csv").mkdir()
    os.mkfifo(there / "pipe.csv")
    for name in (".hidden.csv", "back\\slash.csv", "new\nline.csv", "archive", "quarantine", "x" * 201, "good.csv"):
        (there / name).write_bytes(b"x")
    assert _fetch(server, here) == ["good.csv"]
    assert _opened(server) == ["good.csv"]


def test_a_file_that_is_changed_while_it_comes_is_left_for_the_next_time(
    server: SftpServer, there: Path, here: Path
) -> None:
    (there / "a.csv").write_bytes(b"x" * 100_000)

    def grow(name: str) -> None:
        with (there / name).open("ab") as file:
            file.write(b"more")

    server.before = grow
    assert _fetch(server, here) == []
    server.before = lambda name: None
    assert _fetch(server, here) == ["a.csv"]
    assert (here / "a.csv").stat().st_size == (there / "a.csv").stat().st_size


def test_a_file_that_is_gone_when_it_is_asked_for_is_no_error(
    server: SftpServer, there: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (there / "a.csv").write_bytes(b"x")
    listed = sftp._listed

    def and_then_gone(client: Any, path: str) -> Iterator[Any]:
        found = list(listed(client, path))
        (there / "a.csv").unlink(missing_ok=True)
        yield from found

    monkeypatch.setattr(sftp, "_listed", and_then_gone)
    assert _fetch(server, here) == []


def test_another_host_key_is_denied_before_the_password_is_sent(server: SftpServer, there: Path, here: Path) -> None:
    assert _error(server, here, Denied, host_key=make_key()[1]) == "sftp.host_key"
    assert server.calls == []


def test_a_host_without_a_key_of_that_type_is_denied(server: SftpServer, here: Path) -> None:
    rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDA"
    assert _error(server, here, Denied, host_key=rsa) == "sftp.host_key"
    assert server.calls == []


def test_a_host_with_several_keys_is_asked_for_the_one_that_was_compared(
    server: SftpServer, there: Path, here: Path
) -> None:
    (there / "a.csv").write_bytes(b"x")
    other = paramiko.ECDSAKey.generate()
    server.keys.append(other)
    assert _fetch(server, here, host_key=f"{other.get_name()} {other.get_base64()}") == ["a.csv"]


def test_a_refused_account_is_denied(server: SftpServer, here: Path) -> None:
    assert _error(server, here, Denied, password="verkeerd") == "sftp.login"
    assert _error(server, here, Denied, user="iemand") == "sftp.login"
    assert _error(server, here, Denied, password=None, private_key=make_key()[0]) == "sftp.login"
    assert _error(server, here, Denied, password=None, private_key="geen sleutel") == "sftp.login"


def test_a_private_key_lets_in(there: Path, here: Path) -> None:
    private, public = make_key()
    (there / "a.csv").write_bytes(b"x")
    with serve_sftp(there, user=USER, public_key=public) as server:
        assert _fetch(server, here, password=None, private_key=private) == ["a.csv"]
        assert _error(server, here, Denied) == "sftp.login"


def test_a_folder_that_is_not_there_is_broken(server: SftpServer, there: Path, here: Path) -> None:
    (there / "uit").mkdir()
    (there / "uit" / "a.csv").write_bytes(b"x")
    assert _error(server, here, Broken, path="in") == "sftp.path"
    assert _fetch(server, here, path="uit") == ["a.csv"]
    assert _fetch(server, here, path="/uit") == ["a.csv"]


def test_more_than_may_be_is_broken(server: SftpServer, there: Path, here: Path, monkeypatch: Any) -> None:
    (there / "a.csv").write_bytes(b"x" * 60)
    (there / "b.csv").write_bytes(b"x" * 60)
    assert _error(server, here, Broken, most=100) == "sftp.size"
    assert sorted(path.name for path in here.glob("*.csv")) == ["a.csv"]
    monkeypatch.setattr(sftp, "MOST_FILES", 1)
    assert _error(server, here, Broken) == "sftp.size"


def test_nobody_there_is_worth_another_try(server: SftpServer, here: Path) -> None:
    server.stop()
    assert _error(server, here, Retry) == "sftp.network"


def test_a_connection_that_is_lost_leaves_nothing_half(server: SftpServer, there: Path, here: Path) -> None:
    (there / "a.csv").write_bytes(b"x" * 10)
    (there / "b.csv").write_bytes(b"x" * 3_000_000)

    def lost(name: str) -> None:
        if name == "b.csv":
            for transport in server._transports:
                transport.close()

    server.before = lost
    assert _error(server, here, Retry) == "sftp.network"
    assert sorted(path.name for path in here.glob("*.csv")) == ["a.csv"]
    server.before = lambda name: None
    _opened(server)
    assert _fetch(server, here) == ["a.csv", "b.csv"]
    assert _opened(server) == ["b.csv"], "a.csv was there already"


def test_the_deadline_is_for_all_of_it(server: SftpServer, there: Path, here: Path) -> None:
    (there / "a.csv").write_bytes(b"x" * 3_000_000)
    let_go = threading.Event()
    server.before = lambda name: (let_go.wait(30), None)[1]
    try:
        assert _error(server, here, Retry, deadline=1) == "sftp.timeout"
    finally:
        let_go.set()
    assert not list(here.glob("*.csv"))


def test_a_host_that_says_nothing_does_not_hold_us(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = SftpSettings("127.0.0.1", USER, make_key()[1], port=silent.getsockname()[1], password=PASSWORD)
        with pytest.raises(Retry) as caught:
            fetch(settings, here, lambda name: True, deadline=1)
    assert caught.value.code == "sftp.timeout"


def test_a_folder_here_that_is_not_there_is_broken(server: SftpServer, here: Path) -> None:
    assert _error(server, here / "weg", Broken) == "sftp.folder"
    assert server.calls == []


def test_what_an_earlier_process_left_half_is_cleared_away(server: SftpServer, there: Path, here: Path) -> None:
    (here / ".sftp-0.part").write_bytes(b"half")
    (there / "a.csv").write_bytes(b"x")
    assert _fetch(server, here) == ["a.csv"]


def test_while_another_process_fetches_nothing_is_done(server: SftpServer, there: Path, here: Path) -> None:
    (there / "a.csv").write_bytes(b"x")
    with sftp._alone(here) as alone:
        assert alone
        assert _fetch(server, here) == []
        assert server.calls == []
    assert _fetch(server, here) == ["a.csv"]


def test_no_thread_stays_behind(server: SftpServer, there: Path, here: Path) -> None:
    before = set(threading.enumerate())
    (there / "a.csv").write_bytes(b"x")
    _fetch(server, here)
    server.stop()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread.name


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-dss AAAA", "ssh-ed25519 !!!", "ssh-ed25519 AAAA", "AAAA x"])
def test_a_host_key_is_a_type_and_a_whole_key(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        public_key(text)
    assert public_key(make_key()[1])[0] == "ssh-ed25519"


def test_secrets_are_not_shown_by_accident(server: SftpServer) -> None:
    assert PASSWORD not in repr(_settings(server, private_key=PASSWORD))


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_thread_that_asks_for_pieces_ends_quietly_with_its_connection() -> None:
    class Gone:
        _log = staticmethod(lambda *_: None)

        def _async_request(self, *_: object) -> int:
            raise OSError("Socket is closed")

        def _read_response(self) -> None:
            raise OSError("Socket is closed")

    file = paramiko.SFTPFile(Gone(), b"1", "rb")
    file._close = lambda **_: None
    with pytest.raises(OSError, match="closed"):
        next(sftp._pieces(file, 100))
