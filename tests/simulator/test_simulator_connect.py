"""Somtoday Connect over real HTTP, told from the school."""

import hashlib
import json
from datetime import timedelta
from itertools import count

import pytest
import requests

from simulator import edits
from simulator.atvo_ids import uuid_of
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import CANARY_BSN, TODAY, make_school
from simulator.server import serve
from tests.simulator.connect_reader import COLLECTIONS, FILES, Reader, ask_token, objects

STUDENTS = "leerling"
LIMITED = Account("beperkt", "geheim", frozenset({"vestiging", "leerling"}))


@pytest.fixture(scope="module")
def server():
    with serve(make_school(7, 120), accounts=(DEFAULT_ACCOUNT, LIMITED)) as opened:
        yield opened


@pytest.fixture(scope="module")
def school(server):
    return server.school


@pytest.fixture(scope="module")
def reader(server):
    return Reader(server)


def student_uuids(numbers) -> set[str]:
    return {uuid_of("student", number) for number in numbers}


def address(rest: str, location: str = "01") -> str:
    return f"vestiging/{uuid_of('location', location)}/{rest}"


def test_a_token_is_for_one_organisation_and_says_how_long_it_lasts(server):
    response = ask_token(server)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    found = response.json()
    assert (found["token_type"], found["expires_in"]) == ("Bearer", 1800)
    assert server.connect.organisation == uuid_of("organisation", server.school.brin)


@pytest.mark.parametrize("form", [{"client_secret": "fout"}, {"client_id": "niemand"}])
def test_a_wrong_secret_is_an_invalid_client(server, form):
    response = ask_token(server, **form)
    assert (response.status_code, response.json()) == (401, {"error": "invalid_client"})


def test_another_grant_or_organisation_gives_no_token(server):
    assert ask_token(server, grant_type="password").json() == {"error": "unsupported_grant_type"}
    form = {"grant_type": "client_credentials", "client_id": DEFAULT_ACCOUNT.user}
    for organisation in (uuid_of("organisation", "00AA"), ""):
        response = requests.post(
            f"{server.url}/oauth2/token", params={"organisation": organisation}, data=form, timeout=10
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert requests.get(f"{server.url}/oauth2/token", timeout=10).status_code == 405


def test_a_token_ends(server):
    reader = Reader(server)
    assert reader.get("vestiging").status_code == 200
    server.connect.expire_tokens()
    response = reader.get("vestiging")
    assert (response.status_code, response.headers["WWW-Authenticate"], response.content) == (401, "Bearer", b"")
    with serve(make_school(7, 40), token_seconds=-1) as brief:
        assert ask_token(brief).json()["expires_in"] == 0
        assert Reader(brief).get("vestiging").status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic {token}"}])
def test_without_a_bearer_token_there_is_nothing(server, header):
    token = ask_token(server).json()["access_token"]
    header = {name: value.format(token=token) for name, value in header.items()}
    assert requests.get(f"{server.url}/rest/v1/connect/vestiging", headers=header, timeout=10).status_code == 401


def test_the_institution_answers_without_a_token(server, school):
    def ask(**query: str) -> list[object]:
        return objects(requests.get(f"{server.url}/rest/v1/connect/instelling", params=query, timeout=10))

    this = {"uuid": server.connect.organisation, "naam": school.name, "brins": [school.brin]}
    assert ask() == ask(brin=school.brin) == ask(brin=f"{school.brin}02") == ask(naam="waterling") == [this]
    assert ask(brin="00AA") == ask(naam="elders") == ask(brin=school.brin, naam="elders") == []


def test_locations(server, school):
    reader = Reader(server)
    found = objects(reader.get("vestiging"))
    assert [(row["afkorting"], row["naam"]) for row in found] == [(x.code, x.name) for x in school.locations.values()]
    assert [row["brins"] for row in found] == [[f"{school.brin}{code}"] for code in school.locations]
    assert objects(reader.get("vestiging", uuid=uuid_of("location", "02"))) == found[1:]


def test_each_kind_of_data_needs_a_right(server):
    reader = Reader(server, LIMITED)
    assert reader.get("vestiging").status_code == 200
    assert reader.here(STUDENTS).status_code == 200
    number = server.school.cast["prefix"]
    location = server.school.enrolment(number).location
    assert reader.file(number, location=location).status_code == 403
    assert {reader.here(rest).status_code for rest in COLLECTIONS if rest != STUDENTS} == {403}


def test_a_location_of_somebody_else_is_a_401(reader):
    strange = f"vestiging/{uuid_of('location', '99')}"
    assert reader.get(f"{strange}/leerling", amount=1).status_code == 401
    assert reader.get(f"{strange}/leerling/{uuid_of('student', 1)}/voortgangsdossier").status_code == 401


def test_addresses_are_exactly_as_they_are_written_down(reader):
    for rest in COLLECTIONS:
        other = rest[:-1] if rest.endswith("/") else f"{rest}/"
        assert reader.here(rest).status_code == 200
        assert reader.here(other, amount=200).status_code == 404
    for path in ("vestiging/", address("leerlingen"), address("leerling/account"), "iets", address("")):
        assert reader.get(path, amount=1).status_code == 404
    headers = {"Authorization": f"Bearer {reader.token}"}
    assert requests.post(f"{reader.base}/vestiging", headers=headers, timeout=10).status_code == 405


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_amount_is_needed_and_at_most_200(reader, rest):
    for query in ({}, {"amount": 201}, {"amount": 0}, {"amount": "x"}, {"amount": 10, "offset": -1}):
        assert reader.get(address(rest), **query).status_code == 400
    assert reader.here(rest, veldpermissies="ja").status_code == 400


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_pages_come_without_a_total_until_one_is_empty(reader, rest):
    whole = reader.items(rest)
    pages = []
    for start in count(0, 7):
        response = reader.here(rest, amount=7, offset=start)
        assert len(response.json()) == 1
        pages.append(objects(response))
        if not pages[-1]:
            break
    assert [row for page in pages for row in page] == whole
    assert [len(page) for page in pages[:-2]] == [7] * (len(whole) // 7 - (len(whole) % 7 == 0))
    assert len({row["uuid"] for row in whole}) == len(whole) > 0


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_one_object_by_its_address_or_several_by_their_uuids(reader, rest):
    whole = reader.items(rest)
    first, last = whole[0], whole[-1]
    assert reader.items(f"{rest.rstrip('/')}/{last['uuid']}") == [last]
    assert reader.items(rest, uuid=[last["uuid"], first["uuid"]]) == [first, last]
    assert reader.items(rest, uuid=uuid_of("student", 1)) == []
    assert reader.here(f"{rest.rstrip('/')}/{uuid_of('student', 1)}").status_code == 404


def test_amount_may_be_left_out_with_a_subject(reader):
    first = reader.items(STUDENTS)[0]
    assert objects(reader.get(address(STUDENTS), subject=first["uuid"])) == [first]


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_what_is_null_is_left_out(reader, rest):
    def look(value: object) -> None:
        assert value is not None
        assert value != ""
        for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(inside)

    look(reader.items(rest))


@pytest.mark.parametrize("rest", [rest for rest in COLLECTIONS if rest not in ("vak", "opleiding")])
def test_the_next_year_is_empty(reader, rest):
    assert reader.items(rest, peilschooljaar="VOLGEND") == []
    uuid = reader.items(rest)[0]["uuid"]
    assert reader.here(f"{rest.rstrip('/')}/{uuid}", peilschooljaar="VOLGEND").status_code == 404
    assert reader.here(rest, peilschooljaar="VORIG").status_code == 400


@pytest.mark.parametrize("moment", [{}, {"peilschooljaar": "HUIDIG"}])
def test_students_are_listed_where_they_are_enrolled_and_leavers_nowhere(reader, school, moment):
    for code in school.locations:
        enrolled = {n for n in school.students if (e := school.enrolment(n)) and e.location == code}
        assert {row["uuid"] for row in reader.items(STUDENTS, code, **moment)} == student_uuids(enrolled)
    gone = uuid_of("student", school.cast["left"])
    assert reader.here(f"leerling/{gone}", **moment).status_code == 404


def test_a_student_is_told_with_everything_that_a_reader_must_leave_alone(reader, school):
    found = reader.everywhere(STUDENTS)
    for number, student in school.students.items():
        if not school.enrolment(number):
            continue
        row = found[uuid_of("student", number)]
        assert (row["leerlingnummer"], row["roepnaam"], row["achternaam"]) == (
            number, student.first_name, student.last_name,
        )  # fmt: skip
        assert row.get("voorvoegsel", "") == student.prefix
        assert row["geslacht"] == {"female": "VROUW", "male": "MAN", "other": "ONBEKEND"}[student.gender]
        assert row["geboortedatum"] == f"{student.birth_date:%Y-%m-%d}"
        assert (row["BSN"], row["gebruikersnaam"], row["isActief"]) == (student.bsn, student.login, True)
        assert row["eckid"].endswith(hashlib.sha512(str(number).encode()).hexdigest())
        assert ("adres" in row) == (not student.phone_secret)
        assert row["adres_geheim"] == row["telefoonnummer_geheim"] == student.phone_secret
        assert [(tie["uuid"], tie["volgnummer"]) for tie in row["verzorgers"]] == [
            (uuid_of("guardian", tie.guardian), tie.order) for tie in school.guardianships[number]
        ]
        sections = school.sections_of(number)
        assert [group["naam"] for group in row["lesgroepen"]] == [section.code for section in sections]
        assert [choice["school_vakafkorting"] for choice in row["vakkeuzes"]] == [s.subject for s in sections]
    assert found[uuid_of("student", school.cast["canary"])]["BSN"] == CANARY_BSN


def test_placements_of_today_or_of_the_whole_year(reader, school):
    mover = school.cast["changed_class"]
    before, now = school.enrolments[mover]
    where = {"location": now.location}

    def told(**query: object) -> list[tuple[str, str, str]]:
        (row,) = reader.items(f"leerling/{uuid_of('student', mover)}", **where, **query)
        return [(p["startdatum"], p["einddatum"], p["stamgroep"]["naam"]) for p in row["plaatsingen"]]

    spans = [(f"{e.begins}", f"{e.ends}", e.homeroom) for e in (before, now)]
    assert told() == spans[1:]
    assert told(peilschooljaar="HUIDIG") == spans
    assert uuid_of("enrolment", before.id) not in {row["uuid"] for row in reader.items("plaatsing", **where)}
    (placed,) = reader.items(f"plaatsing/{uuid_of('enrolment', before.id)}", **where, peilschooljaar="HUIDIG")
    assert (placed["schooljaar"], placed["leerjaar"]) == ("2026/2027", now.level)
    assert (placed["opleiding"]["afkorting"], placed["opleiding"]["profielafkorting"]) == (now.study, now.profile)
    room = school.homerooms[before.homeroom]
    assert [mentor["medewerker_uuid"] for mentor in placed["mentoren"]] == [
        uuid_of("staff", school.staff[code].number) for code in room.mentors
    ]
    assert "leerlingen" not in placed["stamgroep"]


def test_whoever_comes_later_this_year_is_there_for_who_asks_for_the_year():
    school = make_school(7, 40)
    new = edits.enrol_student(school, next(iter(school.homerooms)), on=TODAY + timedelta(days=20))
    with serve(school) as own:
        reader, uuid = Reader(own), uuid_of("student", new.number)
        assert uuid not in reader.everywhere(STUDENTS)
        assert reader.everywhere(STUDENTS, peilschooljaar="HUIDIG")[uuid]["isActief"] is False


def test_guardians_know_the_children_of_the_location_only(reader, school):
    for code in school.locations:
        found = {row["uuid"]: row for row in reader.items("ouderVerzorger/", code)}
        ties = [
            tie for number, ties in school.guardianships.items() for tie in ties
            if (e := school.enrolment(number)) and e.location == code
        ]  # fmt: skip
        assert set(found) == {uuid_of("guardian", tie.guardian) for tie in ties}
        for uuid, row in found.items():
            told = {(r["uuid"], r["ouderlijk_gezag"], r["mag_post_ontvangen"]) for r in row["relatie_tot_leerlingen"]}
            assert told == {
                (uuid_of("student", tie.student), tie.legal_authority, tie.receives_mail)
                for tie in ties
                if uuid_of("guardian", tie.guardian) == uuid
            }
            assert len(told) == len(row["relatie_tot_leerlingen"])
            assert row["leerlingen_van_vestiging"] == [r["uuid"] for r in row["relatie_tot_leerlingen"]]


def test_guardians_are_told_as_they_are(reader, school):
    found = reader.everywhere("ouderVerzorger/")
    words = {
        "mother": "Moeder", "father": "Vader", "legal_guardian": "Voogd", "foster_parent": "Pleegouder",
        "step_parent": "Stiefouder", "institution": "Instelling", "other": "Anders",
    }  # fmt: skip
    for part in ("canary", "court_block", "institution", "foster", "step_parent", "secret_address"):
        for tie in school.guardianships[school.cast[part]]:
            guardian, row = school.guardians[tie.guardian], found[uuid_of("guardian", tie.guardian)]
            assert row["relatie_tot_leerlingen"][0]["relatiesoort"] == words[tie.relation]
            assert row["geslacht"] == {"mevr.": "VROUW", "dhr.": "MAN", "": "ONBEKEND"}[guardian.title]
            assert (row["achternaam"], row["telefoonnummer"]) == (guardian.last_name, guardian.phone)
            assert row.get("emailadres", "") == guardian.email
            assert ("adres" in row) == (not guardian.secret)


def test_homerooms_have_students_and_mentors(reader, school):
    for code in school.locations:
        rooms = {row["naam"]: row for row in reader.items("stamgroep/", code)}
        assert set(rooms) == {room.code for room in school.homerooms.values() if room.location == code}
        for name, row in rooms.items():
            assert {member["uuid"] for member in row["leerlingen"]} == student_uuids(school.members(name))
            assert [(m["medewerker_uuid"], m["toewijzing"]) for m in row["mentoren"]] == [
                (uuid_of("staff", school.staff[mentor].number), f"{nth}MentorStamgroep")
                for mentor, nth in zip(school.homerooms[name].mentors, ("Eerste", "Tweede"), strict=False)
            ]


def test_sections_have_students_teachers_and_a_subject(reader, school):
    found = reader.everywhere("lesgroep/")
    assert set(found) == {uuid_of("section", section.id) for section in school.sections.values()}
    for section in school.sections.values():
        row = found[uuid_of("section", section.id)]
        assert (row["naam"], row["vak"], row["schooljaar"]) == (section.code, section.subject, "2026/2027")
        assert row["vakuuid"] == uuid_of("subject", section.subject)
        assert row["docenten"] == [uuid_of("staff", school.staff[section.teacher].number)]
        assert {member["uuid"] for member in row["leerlingen"]} == student_uuids(section.members)


def test_sections_of_a_whole_homeroom_and_the_others(reader, school):
    whole, rest = ({row["naam"] for row in reader.items("lesgroep/", stamgroep=which)} for which in ("true", "false"))
    assert whole | rest == {row["naam"] for row in reader.items("lesgroep/")}
    assert not whole & rest
    assert any(name.startswith("4h.ne") for name in whole)
    assert any(".wis" in name for name in rest)


def test_staff_in_service_on_the_day_or_in_the_year(reader, school):
    gone = next(person for person in school.staff.values() if person.left_on)
    today, year = reader.everywhere("medewerker"), reader.everywhere("medewerker", peilschooljaar="HUIDIG")
    assert set(year) - set(today) == {uuid_of("staff", gone.number)}
    assert year[uuid_of("staff", gone.number)]["datum_uit_dienst"] == f"{gone.left_on}"
    for person in school.staff.values():
        row = year[uuid_of("staff", person.number)]
        assert (row["medewerkernummer"], row["afkorting"]) == (f"Medewerker {person.number}", person.code)
        assert row["is_docent"] == any(section.teacher == person.code for section in school.sections.values())


def test_staff_are_at_every_location_with_the_sections_that_they_teach_there(reader, school):
    for code in school.locations:
        here = {room.study for room in school.homerooms.values() if room.location == code}
        found = {row["afkorting"]: row for row in reader.items("medewerker", code)}
        assert set(found) == {person.code for person in school.staff.values() if not person.left_on}
        for teacher, row in found.items():
            assert [group["naam"] for group in row["lesgroepen"]] == [
                s.code for s in school.sections.values() if s.study in here and s.teacher == teacher
            ]
            assert row["vestiging"]["uuid"] == uuid_of("location", code)


def test_subjects_and_studies_of_a_location(reader, school):
    for code in school.locations:
        here = {room.study for room in school.homerooms.values() if room.location == code}
        columns = [column for column in school.assessments.values() if column.study in here]
        codes = {column.subject for column in columns} - {"gem"}
        assert {row["afkorting"] for row in reader.items("vak", code)} == codes
        studies = reader.items("opleiding", code)
        assert {row["afkorting"] for row in studies} == here
        assert {row["uuid"] for row in studies} >= {row["opleiding"]["uuid"] for row in reader.items("plaatsing", code)}


@pytest.mark.parametrize("rest", [*COLLECTIONS, "bestand"])
def test_permissions_tell_what_is_cleared_from_what_is_not_allowed(server, reader, rest):
    number = server.school.cast["prefix"]
    if rest == "bestand":
        rest = f"leerling/{uuid_of('student', number)}/voortgangsdossier"
    location = server.school.enrolment(number).location
    whole = reader.here(rest, location, veldpermissies="true").json()
    permissions = json.dumps(whole.pop("veldpermissies"))
    assert "true" in permissions
    assert "false" not in permissions
    assert reader.here(rest, location, veldpermissies="false").json() == whole


def test_withheld_fields_are_nowhere_and_said_to_be_withheld(server, reader):
    server.connect.withheld = {"telefoonnummer", "mentoren"}
    try:
        answer = reader.here(STUDENTS, veldpermissies="true")
        guardians = reader.here("ouderVerzorger/", veldpermissies="true").json()
        homerooms = reader.here("stamgroep/", veldpermissies="true").json()
    finally:
        server.connect.withheld = set()
    assert '"telefoonnummer":' not in answer.text.partition('"veldpermissies"')[0]
    assert "mentoren" not in answer.text
    permissions = answer.json()["veldpermissies"]
    assert (permissions["telefoonnummer"], permissions["achternaam"]) == (False, True)
    assert permissions["plaatsingVeldpermissies"]["eerste_mentor_stamgroep"] is False
    assert guardians["veldpermissies"]["telefoonnummer"] is False
    assert homerooms["veldpermissies"]["tweede_mentor_stamgroep"] is False
    assert all("telefoonnummer" in row for row in reader.items(STUDENTS))


def test_there_are_no_absences_anywhere(reader, school):
    text = "".join(reader.here(rest).text for rest in COLLECTIONS)
    text += "".join(reader.file(number, name, e.location).text
                    for number in school.students for name in FILES if (e := school.enrolment(number)))  # fmt: skip
    assert not any(reason.name in text for reason in school.reasons.values() if len(reason.name) > 6)


def test_special_characters_survive():
    school = make_school(7, 40)
    number = school.cast["prefix"]
    name = 'Berg & "Dal"; <b>\u00a0Zoë \\'
    edits.change_student(school, number, last_name=name)
    with serve(school) as own:
        assert Reader(own).everywhere(STUDENTS)[uuid_of("student", number)]["achternaam"] == name
