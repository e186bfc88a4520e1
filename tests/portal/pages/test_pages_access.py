"""Who sees which page: just who is given the same view of the same student by the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.app import PAGES
from portal.schema import migrate_portal
from portal.tables import AUDIT
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.world import KEYS, NOBODY, STUDENTS, VIEWERS, World
from tests.templates import embedded

VIEWS = {
    "/students/{id}/grades": "/v1/students/{id}/grades",
    "/students/{id}/grades.csv": "/v1/students/{id}/grades",
    "/students/{id}/results": "/v1/students/{id}/grades",
    "/students/{id}/subjects/{subject}": "/v1/students/{id}/subjects/{subject}",
    "/students/{id}/absences": "/v1/students/{id}/absences",
    "/students/{id}/readers": "/v1/students/{id}/readers",
}
"""The view of the API that a page is made of."""
OWN = {
    "/classes": "/v1/groups", "/sources": "/v1/quarantine", "/sources/{source}": "/v1/quarantine",
    "/held/{number}": "/v1/held",
    "/use": "/v1/usage", "/use/never": "/v1/usage/never", "/promptness": "/v1/promptness",
    "/rules": "/v1/sources/north/rules", "/rules/{source}": "/v1/sources/{source}/rules",
}  # fmt: skip
"""Pages that are open by the role alone, and the views that they are made of."""
OPEN = {"/", "/look.css", "/logo", "/signin", "/activate", "/forgotten"}
"""Pages for who is not signed in (yet)."""
ACCOUNT = {"/account", "/account/factors"}
"""Pages of everybody about the own account, whatever the role sees."""
PEOPLE = [viewer for viewer in VIEWERS if viewer not in ("anonymous", "client", "wrong_scope")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests: nothing that is asked here changes who may see what."""
    made = embedded(tmp_path_factory.mktemp("pages") / "portal.sqlite", migrate_portal)
    world = World(made)
    world.hold(world.north, "students")
    yield world
    made.dispose()


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    app = create_app(world.engine, [*KEYS.values()], rates=UNHURRIED)
    with TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Accept-Language": "en"}) as made:
        yield made


def places(world: World) -> dict[str, object]:
    """What stands in the addresses of pages: of the first school, and of its student ``own``."""
    return {"id": world.ids["own"], "subject": world.subjects["own"], "source": "north", "number": 1}


def paths() -> set[str]:
    routes = [route for router in PAGES for route in router.routes if isinstance(route, APIRoute)]
    return {route.path for route in routes if "GET" in route.methods}


def test_every_page_is_here() -> None:
    assert paths() == set(VIEWS) | OPEN | set(OWN) | {"/today", *ACCOUNT, "/classes/{id}"}


@pytest.mark.parametrize("path", sorted(paths() - OPEN))
def test_who_is_not_signed_in_is_asked_to(path: str, world: World, client: TestClient) -> None:
    asked = path.format_map(places(world))
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
        row = connection.execute(select(AUDIT).order_by(AUDIT.c.n.desc()).limit(1)).one()
    assert (row.action, row.student_id, row.area, row.allowed) == ("read", world.ids["own"], "grades", True)


def test_a_token_beside_the_session_does_not_put_it_on_somebody_elses_name(world: World, client: TestClient) -> None:
    both = {**world.headers("client"), **world.headers("guardian")}
    assert client.get(f"/students/{world.ids['own']}/grades", headers=both).status_code == 200
    with world.engine.connect() as connection:
        row = connection.execute(select(AUDIT).order_by(AUDIT.c.n.desc()).limit(1)).one()
    assert (row.role, row.client) == ("guardian", None)


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("path", sorted(OWN))
def test_a_page_of_a_role_is_open_just_as_its_view_is(path: str, viewer: str, world: World, client: TestClient) -> None:
    wanted = client.get(OWN[path].format_map(places(world)), headers=world.headers(viewer)).status_code
    assert client.get(path.format_map(places(world)), headers=world.headers(viewer)).status_code == wanted


@pytest.mark.parametrize("viewer", PEOPLE)
def test_a_class_is_open_just_as_its_glance_is(viewer: str, world: World, client: TestClient) -> None:
    wanted = client.get(f"/v1/groups/{world.home}/glance", headers=world.headers(viewer))
    page = client.get(f"/classes/{world.home}", headers=world.headers(viewer))
    assert page.status_code == wanted.status_code
    for name in STUDENTS:
        assert (f"First{name}" in page.text) == (f"First{name}" in wanted.text)


@pytest.mark.parametrize(("viewer", "first"), [
    ("mentor", "/classes"), ("teacher", "/classes"), ("team_leader", "/classes"), ("attendance_officer", "/classes"),
    ("administrator", "/use"), ("manager", "/sources"),
])  # fmt: skip
def test_whoever_works_at_the_school_begins_elsewhere(
    viewer: str, first: str, world: World, client: TestClient
) -> None:
    assert client.get("/today", headers=world.headers(viewer)).headers["location"] == first
    assert client.get(first, headers=world.headers(viewer)).status_code == 200


@pytest.mark.parametrize("viewer", PEOPLE)
def test_everybody_has_the_own_account(viewer: str, world: World, client: TestClient) -> None:
    answer = client.get("/account", headers=world.headers(viewer))
    assert answer.status_code == 200
    assert answer.text.count("/account/sessions/") == 0
    assert "here" in answer.text
    assert client.get("/account/factors", headers=world.headers(viewer)).status_code == 200


@pytest.mark.parametrize("role", ["administrator", "manager"])
def test_before_a_second_step_a_page_says_so_and_is_not_empty(role: str, world: World, client: TestClient) -> None:
    """Whatever page it is: it is not said whether there would be something."""
    viewer = f"{role} with a password alone"
    world.sign_in(viewer, role, world.north, None)
    for path in sorted(paths() - OPEN - {"/today"}):
        asked = path.format_map(places(world))
        answer = client.get(asked, headers=world.headers(viewer))
        assert answer.status_code == (200 if path in ACCOUNT else 403), path
        assert 'href="/account/factors"' in answer.text or path == "/account/factors"
        assert ("second step" in answer.text, "Firstown" in answer.text) == (True, False)
    assert client.get("/today", headers=world.headers(viewer)).headers["location"] == "/account/factors"


def test_a_mother_sees_the_news_of_her_own_children(world: World, client: TestClient) -> None:
    told = client.get("/today", headers=world.headers("guardian")).text
    assert "Firstown" in told
    assert "Firstsibling" in told
    assert not any(f"First{other}" in told for other in ("grown", "other", "elsewhere"))
