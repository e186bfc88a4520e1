"""What the make-believe Connect answers, against the OpenAPI description of the real one (version 14.10.0)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import requests

from simulator.atvo_ids import uuid_of
from simulator.connect_kinds import EXAM_PERMISSIONS, KINDS, LOCATION_PERMISSIONS, PROGRESS_PERMISSIONS
from simulator.school import make_school
from simulator.server import serve
from tests.reference.schemas import CONNECT
from tests.simulator.connect_reader import COLLECTIONS, FILES, LOCATIONS, Reader

OPENAPI = json.loads(CONNECT.read_text("utf-8"))
SCHEMAS = OPENAPI["components"]["schemas"]
LOCATION = "/connect/vestiging/{vestigingUUID}"
FILE = f"{LOCATION}/leerling/{{leerlingUUID}}"
MOMENTS = ({}, {"peilschooljaar": "HUIDIG"}, {"peilschooljaar": "VOLGEND"})


def closed(schema: Any) -> Any:
    """A copy in which objects have no other properties than those that are written down."""
    if isinstance(schema, list):
        return [closed(inside) for inside in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: closed(inside) for name, inside in schema.items()}
    return {**copy, "additionalProperties": False} if isinstance(copy.get("properties"), dict) else copy


COMPONENTS = {"schemas": closed(SCHEMAS)}


def check(path: str, answer: object) -> None:
    """Refuse an answer to GET ``path`` that its schema does not allow."""
    schema = OPENAPI["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for({**schema, "components": COMPONENTS}, validate_formats=True).validate(answer)


def parameters(path: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in OPENAPI["paths"][path]["get"]["parameters"] if row["in"] == "query"}


@pytest.fixture(scope="module")
def server():
    with serve(make_school(7, 40)) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(server):
    return Reader(server)


def single(rest: str) -> str:
    """The path of one object: ``leerling`` to ``.../leerling/{leerlingUUID}``."""
    name = rest.rstrip("/")
    return f"{LOCATION}/{name}/{{{name}UUID}}"


def test_the_check_itself_refuses():
    path = f"{LOCATION}/leerling"
    check(path, {"leerlingen": [{"leerlingnummer": 1, "adres": {"land": "Nederland"}}]})
    for wrong in (
        {"leerlingen": [{"leerlingnummer": "x"}]}, {"leerlingen": [{"naam": "x"}]}, {"leerlingen": [{"uuid": "x"}]},
        {"leerlingen": [{"geboortedatum": "31-02-2010"}]}, {"leerlingen": [{"adres": {"planeet": "x"}}]},
        {"leerlingen": [{"geslacht": "Man"}]}, {"leerlingen": [{"roepnaam": None}]}, {"error": "x"},
    ):  # fmt: skip
        with pytest.raises(jsonschema_rs.ValidationError):
            check(path, wrong)


def test_institution_and_locations(server, reader):
    check("/connect/instelling", requests.get(f"{reader.base}/instelling", timeout=10).json())
    check("/connect/vestiging", reader.get("vestiging", veldpermissies="true").json())


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_lists_and_single_objects(reader, rest):
    seen = 0
    for location in LOCATIONS:
        for moment in MOMENTS if "peilschooljaar" in parameters(f"{LOCATION}/{rest}") else ({},):
            answer = reader.here(rest, location, veldpermissies="true", **moment).json()
            check(f"{LOCATION}/{rest}", answer)
            seen += len(next(iter(answer.values())))
        for item in reader.items(rest, location)[:3]:
            answer = reader.here(f"{rest.rstrip('/')}/{item['uuid']}", location, veldpermissies="true").json()
            check(single(rest), answer)
    assert seen


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_every_student(server, reader, name):
    school = server.school
    for number in school.students:
        if enrolment := school.enrolment(number):
            for future in ("true", "false"):
                query = {"toekomstige_toetsen": future, "veldpermissies": "true"}
                check(f"{FILE}/{name}", reader.file(number, name, enrolment.location, **query).json())


@pytest.mark.parametrize(
    ("schema", "permissions"),
    [
        *((KINDS[rest.rstrip("/")].envelope, KINDS[rest.rstrip("/")].permissions) for rest in COLLECTIONS),
        ("vestigingen", LOCATION_PERMISSIONS),
        ("voortgangsdossiers", PROGRESS_PERMISSIONS),
        ("examendossiers", EXAM_PERMISSIONS),
    ],
)
def test_permissions_are_all_of_them(schema, permissions):
    (response,) = (row for name, row in SCHEMAS.items() if name.endswith("Response") and schema in row["properties"])

    def compare(reference: dict[str, str], own: dict[str, Any]) -> None:
        properties = SCHEMAS[reference["$ref"].rpartition("/")[2]]["properties"]
        assert set(properties) == set(own)
        for name, inside in properties.items():
            assert isinstance(own[name], str) == ("$ref" not in inside)
            if "$ref" in inside:
                compare(inside, own[name])

    compare(response["properties"]["veldpermissies"], permissions)


def addresses() -> Iterator[tuple[str, set[str]]]:
    """Each path that is served, and the parameters that it looks at."""
    always = {"veldpermissies"}
    yield "/connect/instelling", {"brin", "naam"}
    yield "/connect/vestiging", {"uuid"} | always
    for rest in COLLECTIONS:
        timely = set() if rest in ("vak", "opleiding") else {"peilschooljaar"}
        more = {"leerling": {"subject"}, "ouderVerzorger/": {"subject"}, "medewerker": {"subject"}}.get(rest, set())
        more |= {"stamgroep"} if rest == "lesgroep/" else set()
        yield f"{LOCATION}/{rest}", {"uuid", "offset", "amount"} | always | timely | more
        yield single(rest), always | timely
    for name in FILES:
        yield f"{FILE}/{name}", {"vak_uuid", "toekomstige_toetsen"} | always


@pytest.mark.parametrize(("path", "names"), list(addresses()))
def test_paths_and_parameters_are_those_of_the_real_one(path, names):
    assert set(parameters(path)) == names


def test_paths_with_the_other_slash_are_not_there(reader):
    for rest in COLLECTIONS:
        other = rest[:-1] if rest.endswith("/") else f"{rest}/"
        assert f"{LOCATION}/{other}" not in OPENAPI["paths"]
        assert reader.here(other, amount=1).status_code == 404


def test_the_most_on_a_page_is_the_same(reader):
    for rest in COLLECTIONS:
        assert parameters(f"{LOCATION}/{rest}")["amount"]["schema"]["maximum"] == 200
        assert parameters(f"{LOCATION}/{rest}")["amount"]["required"]
        assert reader.here(rest, amount=201).status_code == 400


def test_statuses_are_those_of_the_real_one(server, reader):
    number = next(number for number in server.school.students if server.school.enrolment(number))
    for name in FILES:
        known = set(OPENAPI["paths"][f"{FILE}/{name}"]["get"]["responses"])
        assert known == {"200", "401", "403", "404"}
        with server.faults.during("right-refused", only=name):
            assert reader.file(number, name).status_code == 403
        assert reader.file(1, name).status_code == 404
        strange = f"vestiging/{uuid_of('location', '99')}/leerling/{uuid_of('student', number)}/{name}"
        assert reader.get(strange).status_code == 401
