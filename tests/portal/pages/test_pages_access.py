"""Who sees which page: just who is given the same view of the same student by the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from portal.app import PAGES
from portal.tables import AUDIT
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.world import NOBODY, OFFICES, STUDENTS, VIEWERS, World

VIEWS = {
    "/students/{id}/grades": "/v1/students/{id}/grades",
    "/students/{id}/grades.csv": "/v1/students/{id}/grades",
    "/students/{id}/subjects/{subject}": "/v1/students/{id}/subjects/{subject}",
    "/students/{id}/absences": "/v1/students/{id}/absences",
}
"""The view of the API that a page is made of."""
OPEN = {"/signin", "/activate", "/forgotten"}
"""Pages for who is not signed in (yet)."""
PEOPLE = [viewer for viewer in VIEWERS if viewer not in ("anonymous", "client", "wrong_scope")]


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    return World(sqlite_engine)


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    app = create_app(world.engine, rates=UNHURRIED)
    with TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Accept-Language": "en"}) as made:
        yield made


def paths() -> set[str]:
    routes = [route for router in PAGES for route in router.routes if isinstance(route, APIRoute)]
    return {route.path for route in routes if "GET" in route.methods}


def test_every_page_is_here() -> None:
    assert paths() == set(VIEWS) | OPEN | {"/today"}


@pytest.mark.parametrize("path", sorted(paths() - OPEN))
def test_who_is_not_signed_in_is_asked_to(path: str, world: World, client: TestClient) -> None:
    asked = path.format(id=world.ids["own"], subject=world.subjects["own"])
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/signin?next={asked}")


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("path", sorted(VIEWS))
def test_a_page_is_open_just_as_its_view_is(path: str, viewer: str, world: World, client: TestClient) -> None:
    for whose in (*STUDENTS, "nobody"):
        places = {"id": world.ids.get(whose, NOBODY), "subject": world.subjects[whose]}
        wanted = client.get(VIEWS[path].format(**places), headers=world.headers(viewer)).status_code
        page = client.get(path.format(**places), headers=world.headers(viewer))
        assert page.status_code == wanted, (viewer, whose, path)
        assert (f"First{whose}" in page.text) == (wanted == 200 and not path.endswith(".csv"))
        for other in STUDENTS:
            assert other == whose or f"First{other}" not in page.text


def test_a_page_is_on_file_as_its_view_is(world: World, client: TestClient) -> None:
    client.get(f"/students/{world.ids['own']}/grades", headers=world.headers("guardian"))
    with world.engine.connect() as connection:
        (row,) = connection.execute(select(AUDIT)).all()
    assert (row.action, row.student_id, row.area, row.allowed) == ("read", world.ids["own"], "grades", True)


@pytest.mark.parametrize("viewer", OFFICES)
def test_an_office_has_no_children_on_the_first_page(viewer: str, world: World, client: TestClient) -> None:
    answer = client.get("/today", headers=world.headers(viewer))
    assert answer.status_code == 200
    assert "First" not in answer.text


def test_a_mother_sees_the_news_of_her_own_children(world: World, client: TestClient) -> None:
    told = client.get("/today", headers=world.headers("guardian")).text
    assert "Firstown" in told
    assert "Firstsibling" in told
    assert not any(f"First{other}" in told for other in ("grown", "other", "elsewhere"))
