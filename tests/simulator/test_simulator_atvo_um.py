"""UMService over real HTTP: everything told from the school itself, read by a strict zeep client."""

from collections import defaultdict
from datetime import date

import pytest
import requests

from simulator import edits
from simulator.atvo_ids import uuid_of
from simulator.atvo_types import UM, VERSIONS
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import (
    CANARY_BSN,
    CANARY_GUARDIAN_PHONE,
    CANARY_PASSWORD,
    CANARY_STREET,
    make_school,
)
from simulator.server import serve
from tests.simulator.soap import fault, post, post_um, returns, um

GENDER = {"female": "VROUW", "male": "MAN", "other": "ONBEKEND"}
YEAR = "2026/2027"
FLAGS = {
    "leerlingAdresHuisTelefoonNummerGeheim", "medewerkerAdresTelefoonNummerGeheim", "medewerkerMobielNummerGeheim",
    "medewerkerOndersteunend", "medewerkerOnderwijzend", "verzorgerAdresTelefoonNummerGeheim",
    "verzorgerMobielNummerGeheim", "verzorgerMobielWerkNummerGeheim",
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    limited = Account("beperkt", "geheim", frozenset({"getInrichtingVestigingen"}))
    with serve(make_school(7, 120), accounts=(DEFAULT_ACCOUNT, limited)) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(server):
    return um(server)


@pytest.fixture
def own():
    """A school of its own, for who changes it."""
    with serve(make_school(7, 120)) as opened:
        yield opened


def locations(school):
    return {number: school.enrolments[number][-1].location for number in school.students}


def test_both_locations_and_their_numbers(ask):
    found = ask("getInrichtingVestigingen")
    assert [(row.id, row.afkorting, row.naam) for row in found] == [
        (101, "01", "Hoofdlocatie"), (102, "02", "Dependance Noord"),
    ]  # fmt: skip
    assert found[0].vestigingAdres.plaats == "Waterlinge"


@pytest.mark.parametrize("code", ["01", "02"])
def test_students_of_a_location(server, ask, code):
    school = server.school
    found = {row.leerlingNummer: row for row in ask("getDataLeerlingen", schooljaar=YEAR, vestigingAfkorting=code)}
    assert set(found) == {number for number, at in locations(school).items() if at == code}
    for number, row in found.items():
        student, enrolment = school.students[number], school.enrolments[number][-1]
        assert (row.leerlingRoepnaam, row.leerlingAchternaam) == (student.first_name, student.last_name)
        assert (row.leerlingVoorvoegsel or "", row.leerlingVoorletters) == (student.prefix, student.initials)
        assert row.leerlingUUID == uuid_of("student", number)
        assert row.leerlingGeboortedatum == student.birth_date.isoformat()
        assert row.leerlingGeslacht == GENDER[student.gender]
        assert (row.leerlingOpleidingCode, row.leerlingLeerjaar) == (enrolment.study, str(enrolment.level))
        assert (row.leerlingProfielSector or "") == enrolment.profile
        assert row.leerlingVestigingAfkorting == code
        assert row.leerlingAdresHuisTelefoonNummerGeheim == student.phone_secret
        if number == school.cast["left"]:
            continue
        sections = school.sections_of(number)
        assert row.leerlingActief == "Actief"
        assert row.leerlingStamgroep == enrolment.homeroom
        assert row.leerlingLesgroepen.split(",") == [section.code for section in sections]
        assert set(row.leerlingVakken.split(",")) == {section.subject for section in sections}
        assert tuple(row.leerlingMentoren.split(",")) == school.homerooms[enrolment.homeroom].mentors


def test_who_left_is_still_there_without_groups(server, ask):
    gone = server.school.cast["left"]
    (row,) = ask("getDataLeerlingen", leerlingnummer=[gone])
    assert row.leerlingActief == "Uitgeschreven"
    assert (row.leerlingStamgroep, row.leerlingLesgroepen, row.leerlingVakken, row.leerlingMentoren) == (None,) * 4


def test_students_by_number_and_of_everywhere(server, ask):
    assert [row.leerlingNummer for row in ask("getDataLeerlingen", leerlingnummer=[20005, 20009])] == [20005, 20009]
    assert ask("getDataLeerlingen", leerlingnummer=[1]) == []
    assert {row.leerlingNummer for row in ask("getDataLeerlingen")} == set(server.school.students)


@pytest.mark.parametrize("operation", ["getDataLeerlingen", "getDataVerzorgers", "getDataMedewerkers"])
def test_the_eight_flags_are_in_every_record(server, operation):
    assert {element.name for element in UM.types["webserviceUmObject"] if element.required} == FLAGS
    for row in returns(post_um(server, operation)):
        assert {child.tag for child in row} >= FLAGS
        assert all(row.findtext(flag) in ("true", "false") for flag in FLAGS)


@pytest.mark.parametrize("operation", ["getDataLeerlingen", "getDataVerzorgers", "getDataMedewerkers"])
def test_elements_come_in_the_order_of_their_characters(server, operation):
    for row in returns(post_um(server, operation)):
        tags = [child.tag for child in row]
        assert tags == sorted(tags)


def test_the_canary_is_in_the_answers(server, ask):
    canary = server.school.cast["canary"]
    (row,) = ask("getDataLeerlingen", leerlingnummer=[canary])
    assert (row.leerlingBSN, row.leerlingWachtwoord, row.leerlingAdresStraat) == (
        CANARY_BSN, CANARY_PASSWORD, CANARY_STREET,
    )  # fmt: skip
    text = post_um(server, "getDataVerzorgers").text
    assert f"<verzorgerLeerlingRelaties>{CANARY_BSN},,{canary}," in text
    assert CANARY_STREET in text
    assert CANARY_GUARDIAN_PHONE in text


def test_everything_that_a_reader_must_drop_is_filled(server, ask):
    students, guardians, staff = (ask(f"getData{who}") for who in ("Leerlingen", "Verzorgers", "Medewerkers"))
    for rows, role in ((students, "leerling"), (guardians, "verzorger"), (staff, "medewerker")):
        for name in ("BSN", "Wachtwoord", "Username", "AdresStraat", "AdresPostcode", "AdresPlaats", "UmVrijeVelden"):
            assert all(row[f"{role}{name}"] for row in rows), f"{role}{name}"


@pytest.mark.parametrize("code", ["01", "02"])
def test_guardians_of_a_location_with_the_children_there(server, ask, code):
    school = server.school
    expected = defaultdict(list)
    words = {
        "mother": "Moeder", "father": "Vader", "legal_guardian": "Voogd", "foster_parent": "Pleegouder",
        "step_parent": "Stiefouder", "institution": "Instelling", "other": "Anders",
    }  # fmt: skip
    yes = {True: "ja", False: "nee"}
    for number, at in locations(school).items():
        for tie in school.guardianships[number]:
            if at == code:
                slots = [school.students[number].bsn, "", str(number), words[tie.relation], yes[tie.legal_authority]]
                slots += [yes[tie.order == 1], yes[tie.receives_mail]]
                expected[tie.guardian].append(slots)
    found = {row.verzorgerID: row for row in ask("getDataVerzorgers", vestigingAfkorting=code)}
    assert set(found) == set(expected)
    for ident, row in found.items():
        guardian = school.guardians[ident]
        assert row.verzorgerUUID == uuid_of("guardian", ident)
        assert (row.verzorgerAchternaam, row.verzorgerEmail or "") == (guardian.last_name, guardian.email)
        assert row.verzorgerMobielNummerGeheim == guardian.secret
        children = [child.split(",") for child in row.verzorgerLeerlingRelaties.split(":")]
        assert [child[:7] for child in children] == expected[ident]
        assert all(len(child) == 8 and (child[7] != "") == (child[5] == "ja") for child in children)


def test_a_guardian_with_children_at_two_locations_is_told_under_both(own):
    school = own.school
    at = locations(school)
    first, second = school.cast["sibling_1"], school.cast["sibling_2"]
    other = next(room for room in school.homerooms.values() if room.location != at[first])
    third = edits.enrol_student(school, other.code).number
    school.guardianships[third] = school.guardianships[first]
    ident = school.guardianships[first][0].guardian
    ask, told = um(own), {}
    for code in school.locations:
        rows = ask("getDataVerzorgers", vestigingAfkorting=code)
        told[code] = [row.verzorgerLeerlingRelaties for row in rows if row.verzorgerID == ident]
    assert all(len(rows) == 1 for rows in told.values())
    assert told[at[second]][0].split(",")[2] in (str(first), str(second))


@pytest.mark.parametrize("code", ["01", "02"])
def test_staff_stand_under_every_location(server, ask, code):
    school = server.school
    found = {row.medewerkerAfkorting: row for row in ask("getDataMedewerkers", vestigingAfkorting=code)}
    assert set(found) == set(school.staff)
    for person in school.staff.values():
        row = found[person.code]
        assert row.medewerkerUUID == uuid_of("staff", person.number)
        assert row.medewerkerNummer == str(person.number)
        assert row.medewerkerVestigingen == "01:02"
        assert row.medewerkerActiefOmschrijving == ("Uit dienst" if person.left_on else "In dienst")
        assert row.medewerkerOnderwijzend == bool(person.subject)
        assert row.medewerkerUsername == person.logins[0]
    assert ask("getDataMedewerkers", vestigingAfkorting="03") == []


@pytest.mark.parametrize(("code", "number"), [("01", 101), ("02", 102)])
def test_sections_homerooms_studies_and_subjects_of_a_location(server, ask, code, number):
    school, at = server.school, locations(server.school)
    sections = {row.id: row for row in ask("getInrichtingLesgroepen", vestigingID=number)}
    expected = {s.id: s for s in school.sections.values() if any(at[member] == code for member in s.members)}
    assert set(sections) == set(expected)
    for ident, row in sections.items():
        section = expected[ident]
        assert (row.naam, row.vak.afkorting) == (section.code, section.subject)
        assert [who.docentUUID for who in row.docenten] == [uuid_of("staff", school.staff[section.teacher].number)]
    rooms = {row.naam: row for row in ask("getInrichtingStamgroepen", schooljaar=YEAR, vestigingID=number)}
    assert set(rooms) == {room.code for room in school.homerooms.values() if room.location == code}
    for name, row in rooms.items():
        assert {child.nummer for child in row.leerlingen} == set(school.members(name))
        for child in row.leerlingen:
            assert uuid_of("student", child.nummer) == child.UUID
            assert [(m.afkorting, m.typeBegeleider, m.begeleider) for m in child.mentoren] == [
                (mentor, role, True)
                for mentor, role in zip(school.homerooms[name].mentors, ("EersteMentor", "TweedeMentor"), strict=False)
            ]
    studies = ask("getInrichtingOpleidingen", vestigingID=number)
    assert {row.code for row in studies} == {
        room.study for room in school.homerooms.values() if room.location == code
    }  # fmt: skip
    subjects = ask("getInrichtingVakken", vestigingID=number)
    assert [(row.id, row.afkorting) for row in subjects] == list(enumerate(school.subjects, 1))
    for row in studies:
        positions = ask("getInrichtingOpleidingVakken", opleidingID=row.id, leerjaar=int(row.leerjaar))
        taught = {subject.afkorting for position in positions for subject in position.vakken}
        assert taught >= {section.subject for section in school.sections.values() if section.study == row.code}
        assert ask("getInrichtingOpleidingVakken", opleidingID=row.id, leerjaar=9) == []


def test_a_homeroom_keeps_its_number(own):
    before = {row.naam: row.id for row in um(own)("getInrichtingStamgroepen", vestigingID=101)}
    edits.remove_student(own.school, own.school.members(next(iter(before)))[0])
    edits.enrol_student(own.school, next(iter(before)))
    assert {row.naam: row.id for row in um(own)("getInrichtingStamgroepen", vestigingID=101)} == before


def test_debtors_and_free_fields(server, ask):
    school = server.school
    assert {(int(row.leerlingnummer), int(row.verzorgerId)) for row in ask("getDataDebiteuren")} == {
        (tie.student, tie.guardian) for ties in school.guardianships.values() for tie in ties if tie.order == 1
    }
    assert {row.leerlingNummer for row in ask("getDataVrijevelden")} == set(school.students)


def test_another_location_or_school_year_gives_no_rows(ask):
    assert ask("getDataLeerlingen", vestigingAfkorting="03") == []
    assert ask("getDataLeerlingen", schooljaar="2025/2026") == []
    assert ask("getInrichtingStamgroepen", schooljaar="2025/2026", vestigingID=101) == []
    for operation in ("Lesgroepen", "Stamgroepen", "Opleidingen", "Vakken"):
        assert ask(f"getInrichting{operation}", vestigingID=99) == []


def test_who_is_hidden_is_in_no_answer(own):
    school = own.school
    hidden = school.cast["single_mother"]
    (only,) = school.guardianships[hidden]

    def everything() -> str:
        by_number = {"vestigingID": {"01": 101, "02": 102}[locations(school)[hidden]]}
        return "".join(
            post_um(own, operation, **(by_number if operation.startswith("getInrichting") else {})).text
            for operation in UM.operations
        )

    traces = (
        uuid_of("student", hidden),
        school.students[hidden].bsn,
        f",{hidden},",
        uuid_of("guardian", only.guardian),
    )
    assert all(trace in everything() for trace in traces)
    own.atvo.hidden.add(hidden)
    assert not any(trace in everything() for trace in traces)


def test_edits_are_seen_at_once(own):
    ask = um(own)
    number = own.school.cast["apostrophe"]
    edits.change_student(own.school, number, last_name="Ver & <Weg>")
    (row,) = ask("getDataLeerlingen", leerlingnummer=[number])
    assert row.leerlingAchternaam == "Ver & <Weg>"
    edits.withdraw_student(own.school, number, on=date(2026, 11, 20))
    (row,) = ask("getDataLeerlingen", leerlingnummer=[number])
    assert row.leerlingActief == "Uitgeschreven"


def test_a_write_says_that_it_may_not(server, ask):
    said = "Fout tijdens het opslaan: deze koppeling is alleen-lezen"
    assert (
        ask("writeDataLeerlingen", leerlingen=[{"leerlingNummer": 20001, "leerlingWachtwoordEncrypted": False}]) == said
    )
    assert ask("writeDataMedewerkers") == said
    assert ask("writeDataVerzorgers") == said


def test_the_older_version_answers_without_what_came_later(server, own):
    assert "leerlingEckID" in post_um(own).text
    assert "medewerkerExternNummer" in post_um(own, "getDataMedewerkers").text
    own.atvo.version = "2018-08"
    assert "EckID" not in post_um(own).text
    assert not {"medewerkerEckID", "medewerkerExternNummer"} & {
        child.tag for row in returns(post_um(own, "getDataMedewerkers")) for child in row
    }
    assert b"EckID" not in requests.get(f"{own.url}{UM.path}?wsdl", timeout=10).content


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_describes_what_it_answers(version):
    with serve(make_school(7, 40)) as own:
        own.atvo.version = version
        ask = um(own)
        for operation in (name for name, operation in UM.operations.items() if operation.many):
            given = {argument.name: 101 for argument in UM.operations[operation].arguments if argument.type == "long"}
            given = {name: [20001] if name == "leerlingnummer" else value for name, value in given.items()}
            if operation == "getInrichtingOpleidingVakken":
                given = {"opleidingID": 1, "leerjaar": 4}
            assert ask(operation, **given), operation


def test_another_description_can_be_served_than_the_answers_follow(own):
    own.atvo.version = "2018-08"
    older = requests.get(f"{own.url}{UM.path}?wsdl", timeout=10).content
    own.atvo.version, own.atvo.wsdl = "2019-06", older
    assert requests.get(f"{own.url}{UM.path}?wsdl", timeout=10).content == older
    assert "leerlingEckID" in post_um(own).text


def test_wrong_credentials_and_rights_are_faults(server):
    code = "{http://schemas.xmlsoap.org/soap/envelope/}Server"
    assert fault(post_um(server, password="fout")) == (code, "Ongeldige gebruikersnaam of wachtwoord")
    assert fault(post_um(server, user="niemand")) == (code, "Ongeldige gebruikersnaam of wachtwoord")
    assert fault(post_um(server, brin="00AA")) == (code, "Onbekend BRIN-nummer")
    assert fault(post_um(server, user="beperkt", password="geheim")) == (code, "Geen rechten voor deze operatie")
    assert returns(post_um(server, "getInrichtingVestigingen", user="beperkt", password="geheim"))


@pytest.mark.parametrize("body", ["", "geen xml", "<a/>", "<s:Envelope xmlns:s='x'><s:Body/></s:Envelope>"])
def test_what_is_no_call_is_a_fault_of_the_client(server, body):
    assert fault(post(server, UM.path, body))[0].endswith("}Client")


def test_an_unknown_operation_or_namespace_and_a_bad_number_are_faults_of_the_client(server):
    assert fault(post_um(server, "getDataVestigingen"))[0].endswith("}Client")
    assert fault(post_um(server, "getInrichtingVakken", vestigingID="hoofd"))[0].endswith("}Client")
    assert fault(post_um(server, "getInrichtingStamgroepen", vestigingID="hoofd"))[0].endswith("}Client")
    assert fault(post_um(server, leerlingnummer="tien"))[0].endswith("}Client")
    assert fault(post(server, UM.path, "<x/>"))[0].endswith("}Client")
    assert fault(requests.get(f"{server.url}{UM.path}", timeout=10))[0].endswith("}Client")


def test_numbers_may_have_room_around_them_and_required_arguments_may_be_missing(server):
    assert len(returns(post_um(server, leerlingnummer=" 20001 "))) == 1
    assert returns(post_um(server, "getInrichtingVakken")) == []
    assert len(returns(post_um(server, "getInrichtingVakken", vestigingID=" 101"))) == len(server.school.subjects)


def test_a_call_may_go_to_the_address_with_wsdl_behind_it(server):
    assert len(returns(post_um(server, query="?wsdl"))) == len(server.school.students)


def test_calls_are_counted_by_operation(own):
    um(own)("getInrichtingVestigingen")
    post(own, UM.path, "geen xml")
    assert own.calls.names == ["umService?wsdl", "getInrichtingVestigingen", "umService"]


def test_a_big_answer_goes_out_in_pieces(server):
    response = post_um(server)
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert len(returns(response)) == 120
    assert response.text.startswith('<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>')
    assert "<ns2:getDataLeerlingenResponse " in response.text
