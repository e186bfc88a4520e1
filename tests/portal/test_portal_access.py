"""Who may ask, and what a key may see."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from canonical.errors import UserError
from portal.keys import ApiKey, digest, find
from tests.portal.layer import create_app
from tests.portal.school import School, ident

PATHS = ["/v1/students", f"/v1/students/{ident(1)}", f"/v1/students/{ident(1)}/grades",
         f"/v1/students/{ident(1)}/absences", "/v1/sources"]  # fmt: skip


@pytest.fixture
def two_schools(school: School) -> tuple[str, str]:
    """A student of each of two sources."""
    first, second = school.source("north"), school.source("south", "Het College")
    return school.student(first, "Noord"), school.student(second, "Zuid")


@pytest.fixture
def northern(engine: Engine, two_schools: tuple[str, str]) -> TestClient:
    """A caller that may see only the first."""
    keys = [ApiKey("other", digest("of somebody else")), ApiKey("north", digest("northern"), ("north",))]
    return TestClient(create_app(engine, keys), headers={"Authorization": "Bearer northern"})


@pytest.mark.parametrize("header", [
    None, "Bearer wrong", "Bearer northern2", "Bearer northen", "Bearer ", "Basic northern", "northern", "Bearer é",
])  # fmt: skip
@pytest.mark.parametrize("path", PATHS)
def test_absent_and_wrong_keys_are_answered_alike(sqlite_engine: Engine, path: str, header: str | None) -> None:
    client = TestClient(create_app(sqlite_engine, [ApiKey("north", digest("northern"))]))
    absent = client.get(path)
    answer = client.get(path, headers={} if header is None else {"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.json() == absent.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_only_the_digest_of_a_key_is_held() -> None:
    key = ApiKey("north", digest("northern"))
    assert key.digest == sha256(b"northern").digest()
    assert "northern" not in repr(key)
    assert find([key], "northern") is key
    assert find([key], "Northern") is None
    assert find([], "northern") is None


@pytest.mark.parametrize(("keys", "message"), [
    ([ApiKey("a", b"short")], "API key a: not a SHA-256 digest"),
    ([ApiKey("a", digest("x")), ApiKey("b", digest("x"))], "API keys a and b are the same"),
])  # fmt: skip
def test_keys_that_cannot_be_told_apart_are_refused(
    sqlite_engine: Engine, keys: list[ApiKey], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        create_app(sqlite_engine, keys)


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("portal.keys.compare_digest", compare)
    keys = [ApiKey("a", digest("a")), ApiKey("b", digest("b"))]
    assert find(keys, "a") is keys[0]
    assert compared == [(digest("a"), digest("a")), (digest("b"), digest("a"))]


def test_a_key_sees_the_students_of_its_own_sources(northern: TestClient, two_schools: tuple[str, str]) -> None:
    answer = northern.get("/v1/students").json()
    assert [student["id"] for student in answer["students"]] == [two_schools[0]]
    assert [source["name"] for source in answer["meta"]["sources"]] == ["north"]
    assert [source["name"] for source in northern.get("/v1/sources").json()["sources"]] == ["north"]


@pytest.mark.parametrize("view", ["", "/grades", "/absences"])
def test_a_student_of_another_source_is_not_there(
    northern: TestClient, two_schools: tuple[str, str], view: str
) -> None:
    own, other = two_schools
    assert northern.get(f"/v1/students/{own}{view}").status_code == 200
    hidden = northern.get(f"/v1/students/{other}{view}")
    absent = northern.get(f"/v1/students/{ident(999)}{view}")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()


def test_a_group_of_another_source_is_not_there(northern: TestClient, school: School) -> None:
    group = school.group(2, "1A")
    assert northern.get("/v1/students", params={"group": group}).status_code == 404


def test_a_student_in_two_sources_shows_what_the_key_may_see(engine: Engine, school: School) -> None:
    first, second = school.source("north"), school.source("south")
    shared = school.student(first, "Uit Noord")
    school.student(second, "Uit Zuid", id=shared)
    keys = [ApiKey("both", digest("both")), ApiKey("south", digest("south"), ("south",))]
    client = TestClient(create_app(engine, keys))

    def seen(key: str) -> list[Any]:
        headers = {"Authorization": f"Bearer {key}"}
        found = client.get("/v1/students", headers=headers).json()["students"]
        one = client.get(f"/v1/students/{shared}", headers=headers).json()
        assert [item["name"] for item in found] == [one["name"]]
        return [one["source"], one["name"]["last_name"]]

    assert seen("both") == ["north", "Uit Noord"]
    assert seen("south") == ["south", "Uit Zuid"]


def test_a_key_for_a_source_that_is_not_there_sees_nothing(engine: Engine, two_schools: tuple[str, str]) -> None:
    client = TestClient(
        create_app(engine, [ApiKey("west", digest("west"), ("west",))]), headers={"Authorization": "Bearer west"}
    )
    answer = client.get("/v1/students").json()
    assert answer["students"] is None
    assert answer["meta"] == {
        "sources": [], "as_of": None, "completeness": {"students": "unknown", "homerooms": "unknown"}
    }  # fmt: skip
    assert client.get(f"/v1/students/{two_schools[0]}").status_code == 404
