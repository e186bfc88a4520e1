"""Secrets stand outside the configuration, and a mistake with one never shows it."""

from __future__ import annotations

from pathlib import Path

import keyring
import pytest
from keyring.errors import NoKeyringError

from canonical.errors import UserError
from schoolbrug.credentials import Secret, locate, revealed

FILE = Path("/srv/schoolbrug.toml")
SECRET = "Correct-Horse-7"


def located(value: object, folder: Path) -> Secret:
    found = locate({"password": value}, folder / "schoolbrug.toml")["password"]
    assert isinstance(found, Secret)
    return found


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    assert located({"env": "TEST_SECRET"}, Path("/srv")).reveal() == SECRET


def test_an_environment_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SECRET", raising=False)
    with pytest.raises(UserError, match=r"/srv/schoolbrug.toml: password: the environment variable TEST_SECRET is not"):
        located({"env": "TEST_SECRET"}, Path("/srv")).reveal()


def test_an_empty_one_is_not_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", "")
    with pytest.raises(UserError, match=r"TEST_SECRET is empty"):
        located({"env": "TEST_SECRET"}, Path("/srv")).reveal()


def test_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "linde").write_text(f"{SECRET}\n", "utf-8")
    (tmp_path / "linde").chmod(0o640)
    assert located({"file": "linde"}, tmp_path).reveal() == SECRET


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644])
def test_a_file_that_everybody_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "linde").write_text(SECRET, "utf-8")
    (tmp_path / "linde").chmod(mode)
    with pytest.raises(UserError, match=r"password: everybody .* open .*linde\. Run: chmod o=") as error:
        located({"file": "linde"}, tmp_path).reveal()
    assert SECRET not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read the file .*/linde \(No such file"):
        located({"file": "linde"}, tmp_path).reveal()


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "linde").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "linde").chmod(0o600)
    with pytest.raises(UserError, match=r"not UTF-8"):
        located({"file": "linde"}, tmp_path).reveal()


def test_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {("schoolbrug", "de-linde"): SECRET}
    monkeypatch.setattr(keyring, "get_password", lambda service, user: held.get((service, user)))
    assert located({"keyring": "schoolbrug/de-linde"}, Path("/srv")).reveal() == SECRET
    with pytest.raises(UserError, match=r"Run: keyring set schoolbrug de-eik"):
        located({"keyring": "schoolbrug/de-eik"}, Path("/srv")).reveal()


def test_a_machine_without_a_keyring_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_service: str, _user: str) -> str:
        raise NoKeyringError

    monkeypatch.setattr(keyring, "get_password", none)
    with pytest.raises(UserError, match=r"no keyring .* Use env or file"):
        located({"keyring": "schoolbrug/de-linde"}, Path("/srv")).reveal()


@pytest.mark.parametrize("field", ["password", "secret", "quarantine_key", "token", "client_secret"])
def test_a_secret_in_clear_is_refused_wherever_it_stands(field: str) -> None:
    with pytest.raises(UserError, match=rf"source\[oak\]\.fake\.{field}: a secret may not stand") as error:
        locate({"source": [{"name": "oak", "fake": {field: SECRET}}]}, FILE)
    assert SECRET not in str(error.value)
    assert f'{field} = {{ env = "NAME" }}' in str(error.value)


@pytest.mark.parametrize("wrong", [{"env": 7}, {"env": ""}, {"file": []}, {"keyring": "nouser"}, {"keyring": "/user"}])
def test_a_place_that_cannot_be_one_is_refused(wrong: object) -> None:
    with pytest.raises(UserError, match=r"password\.(env|file|keyring): give"):
        locate({"password": wrong}, FILE)


def test_two_places_at_once_are_no_place() -> None:
    with pytest.raises(UserError, match=r"password: a secret may not"):
        locate({"password": {"env": "A", "file": "b"}}, FILE)


def test_what_is_no_secret_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    raw = {"login": "token", "codes": ["AB"], "columns": {"pupils": {"STAMNR": "Stamnr"}}}
    assert revealed(locate({**raw, "deep": [{"env": "TEST_SECRET"}]}, FILE)) == {**raw, "deep": [SECRET]}


def test_a_secret_is_not_in_its_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    assert SECRET not in repr(located({"env": "TEST_SECRET"}, Path("/srv")))
