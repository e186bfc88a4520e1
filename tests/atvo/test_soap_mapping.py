"""Rows of both services to canonical records: every rule once, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from atvo.connector import connect
from atvo.soap_rows import Layout, raw
from canonical.records import (
    AbsenceNotice,
    AbsenceReason,
    Assessment,
    AttendanceObservation,
    Enrolment,
    Grade,
    GradingPeriod,
    Group,
    GroupMember,
    GroupStaff,
    Guardian,
    Guardianship,
    Location,
    Record,
    SchoolYear,
    Staff,
    Student,
    StudentSubject,
    Subject,
)
from canonical.terms import AssessmentKind, AttendanceKind, GradeStatus, GroupKind, Relation, ResitPolicy, StaffRole
from connectors.contract import RawRecord, Settings
from connectors.errors import BadRow, Problem
from tests.atvo.test_soap_settings import GOOD

YEAR = "2026/2027"
CONNECTOR = connect(Settings("linde", {**GOOD, "relations": {"Oma": "other"}, "absence_kinds": {"GR": "sick"}}))
UUID = "6f0c2d6e-0000-4000-8000-000000000001"


def mapped(source: str, row: Mapping[str, Any], about: str = "HP") -> Sequence[Record]:
    return list(CONNECTOR.map(raw("any", row, Layout(source, YEAR, about))))


def problems(source: str, row: Mapping[str, Any], about: str = "HP") -> tuple[list[Problem], int]:
    """What is wrong with a row, and how many records count as seen."""
    with pytest.raises(BadRow) as caught:
        mapped(source, row, about)
    return list(caught.value.problems), len(caught.value.covers)


def test_a_location() -> None:
    row = {"afkorting": "HP", "id": "101", "naam": "Hoofdgebouw", "vestigingAdres": {"plaats": "Voorbeeldstad"}}
    assert mapped("getInrichtingVestigingen", row) == [
        Location(key=("HP",), name="Hoofdgebouw", city="Voorbeeldstad")
    ]
    assert mapped("getInrichtingVestigingen", {"afkorting": "HP"}) == [Location(key=("HP",), name="HP")]
    assert problems("getInrichtingVestigingen", {"naam": "x"}) == ([Problem("afkorting", "key")], 0)


COLLEAGUE = {
    "medewerkerAchternaam": "Duin", "medewerkerActiefOmschrijving": "In Dienst", "medewerkerAfkorting": "DUI",
    "medewerkerFunctie": "docent", "medewerkerNummer": "17", "medewerkerRoepnaam": "Noor", "medewerkerUUID": UUID,
    "medewerkerVoorletters": "N.", "medewerkerVoorvoegsel": "van der",
}  # fmt: skip


def test_somebody_of_the_staff() -> None:
    person = Staff(
        key=(UUID,), code="DUI", local_id="17", first_name="Noor", initials="N.", prefix="van der", last_name="Duin",
        function="docent",
    )  # fmt: skip
    assert mapped("getDataMedewerkers", COLLEAGUE) == [person]
    assert mapped("getDataMedewerkers", {**COLLEAGUE, "medewerkerActiefOmschrijving": "Uit dienst"}) == []
    by_number = mapped("getDataMedewerkers", {**COLLEAGUE, "medewerkerAfkorting": " "})
    assert by_number == [person.model_copy(update={"code": "17"})]
    nameless = {**COLLEAGUE, "medewerkerAfkorting": "", "medewerkerNummer": ""}
    assert problems("getDataMedewerkers", nameless) == ([Problem("medewerkerAfkorting", "missing")], 1)


PUPIL = {
    "leerlingAchternaam": "Duinker", "leerlingActief": "Actief", "leerlingEmail": "n@x.example",
    "leerlingGeboortedatum": "2011-02-28", "leerlingGeslacht": "VROUW", "leerlingLeerjaar": "4",
    "leerlingLesgroepen": "h4a.ne1,h4.wisb2", "leerlingNummer": "100001", "leerlingOpleidingCode": "H4",
    "leerlingProfielSector": "NT", "leerlingRoepnaam": "Noor", "leerlingStamgroep": "h4a", "leerlingVakken": "ne,wisB",
    "leerlingVestigingAfkorting": "HP", "leerlingVoorletters": "N.", "leerlingVoorvoegsel": "van",
}  # fmt: skip
NUMBER = ("100001",)


def group(name: str) -> tuple[str, str, str]:
    return (YEAR, "HP", name)


def test_a_student() -> None:
    assert mapped("getDataLeerlingen", PUPIL) == [
        Student(
            key=NUMBER, local_id="100001", first_name="Noor", initials="N.", prefix="van", last_name="Duinker",
            gender="female", birth_date=date(2011, 2, 28), email="n@x.example",
        ),
        SchoolYear(key=(YEAR,), code=YEAR),
        Enrolment(
            key=(*NUMBER, YEAR), student=NUMBER, school_year=(YEAR,), location=("HP",), homeroom=group("h4a"),
            study="H4", grade_level=4, profile="NT",
        ),
        *(
            GroupMember(key=(*group(name), *NUMBER), group=group(name), student=NUMBER)
            for name in ("h4a", "h4a.ne1", "h4.wisb2")
        ),
        *(StudentSubject(key=(*NUMBER, code), student=NUMBER, subject=(code,)) for code in ("ne", "wisB")),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["Uitgeschreven", "", "iets anders"])
def test_who_is_not_active_stays_a_student_and_is_enrolled_nowhere(word: str) -> None:
    kinds = [record.kind for record in mapped("getDataLeerlingen", {**PUPIL, "leerlingActief": word})]
    assert kinds == ["student", "school_year"]


@pytest.mark.parametrize(("word", "gender"), [("MAN", "male"), ("onbekend", None), ("", None), ("X", None)])
def test_gender(word: str, gender: str | None) -> None:
    student = mapped("getDataLeerlingen", {**PUPIL, "leerlingGeslacht": word})[0]
    assert isinstance(student, Student)
    assert student.gender == gender


def test_a_student_whose_row_cannot_be_read_is_still_seen() -> None:
    bad = {**PUPIL, "leerlingGeboortedatum": "31-02-2010", "leerlingLeerjaar": "vier"}
    wrong = [Problem("leerlingGeboortedatum", "date"), Problem("leerlingLeerjaar", "decimal")]
    assert problems("getDataLeerlingen", bad) == (wrong, 8)


@pytest.mark.parametrize(
    ("column", "value"),
    [("leerlingNummer", "tien"), ("leerlingLesgroepen", "x" * 65), ("leerlingVakken", "x" * 65),
     ("leerlingStamgroep", "x" * 65)],
)  # fmt: skip
def test_what_a_row_stands_for_is_unknown_when_a_key_cannot_be_read(column: str, value: str) -> None:
    """So that no membership looks gone."""
    assert problems("getDataLeerlingen", {**PUPIL, column: value}) == ([Problem(column, "key")], 0)


def mentor(ident: str, kind: str, guides: str = "true") -> dict[str, str]:
    return {"UUID": ident, "begeleider": guides, "typeBegeleider": kind}


def test_a_homeroom_has_the_mentors_of_its_students() -> None:
    both = [mentor("a", "EersteMentor"), mentor("b", "TweedeMentor")]
    students = [{"mentoren": both}, {"mentoren": both}, {}, {"mentoren": [mentor("c", "Decaan", "false")]}]
    found = mapped("getInrichtingStamgroepen", {"id": "5", "naam": "h4a", "leerlingen": students})
    assert found == [
        Group(key=group("h4a"), group_kind=GroupKind.HOMEROOM, code="h4a", school_year=(YEAR,), location=("HP",)),
        *(
            GroupStaff(
                key=("HP", "mentor", "5", ident), group=group("h4a"), staff=(ident,), role=StaffRole.MENTOR, order=order
            )
            for ident, order in (("a", 1), ("b", 2))
        ),
    ]


def test_a_section_has_teachers_of_a_subject() -> None:
    row = {"id": "7", "naam": "h4.wisb2", "docenten": [{"docentUUID": UUID}, {}], "vak": {"afkorting": "wisB"}}
    assert mapped("getInrichtingLesgroepen", row) == [
        Group(key=group("h4.wisb2"), group_kind=GroupKind.SECTION, code="h4.wisb2", school_year=(YEAR,),
              location=("HP",)),
        GroupStaff(key=("HP", "teacher", "7", UUID), group=group("h4.wisb2"), staff=(UUID,), role=StaffRole.TEACHER,
                   subject=("wisB",)),
    ]  # fmt: skip
    assert len(mapped("getInrichtingLesgroepen", {"id": "7", "naam": "x"})) == 1
    assert problems("getInrichtingLesgroepen", {"id": "7"}) == ([Problem("naam", "key")], 0)


PARENT = {
    "verzorgerAchternaam": "Duinker", "verzorgerAdresTelefoonNummer": "010-1", "verzorgerMobielNummer": "06-1",
    "verzorgerAdresTelefoonNummerGeheim": "false", "verzorgerMobielNummerGeheim": "false",
    "verzorgerEmail": "p@x.example", "verzorgerUUID": UUID, "verzorgerVoorletters": "P.",
    "verzorgerLeerlingRelaties": ",,100001,Moeder,ja,,nee:,,100007,Oma,nee,,",
}  # fmt: skip


def test_a_guardian_and_their_children() -> None:
    assert mapped("getDataVerzorgers", PARENT) == [
        Guardian(key=(UUID,), initials="P.", last_name="Duinker", email="p@x.example", phone="06-1"),
        Guardianship(
            key=("100001", UUID), student=("100001",), guardian=(UUID,), relation=Relation.MOTHER,
            relation_text="Moeder", legal_authority=True, receives_mail=False,
        ),
        Guardianship(
            key=("100007", UUID), student=("100007",), guardian=(UUID,), relation=Relation.OTHER, relation_text="Oma",
            legal_authority=False,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("flag", ["verzorgerAdresTelefoonNummerGeheim", "verzorgerMobielNummerGeheim"])
def test_a_number_that_is_secret_makes_all_contact_data_secret(flag: str) -> None:
    found = mapped("getDataVerzorgers", {**PARENT, flag: "true"})[0]
    assert isinstance(found, Guardian)
    assert found.secret


def test_the_home_number_where_there_is_no_mobile_one() -> None:
    found = mapped("getDataVerzorgers", {**PARENT, "verzorgerMobielNummer": ""})[0]
    assert isinstance(found, Guardian)
    assert found.phone == "010-1"


def test_children_that_cannot_be_read_leave_no_tie_looking_gone() -> None:
    bad = {**PARENT, "verzorgerLeerlingRelaties": "?:,,100007,Oma,nee,,"}
    assert problems("getDataVerzorgers", bad) == ([Problem("verzorgerLeerlingRelaties", "slots")], 0)


COLUMN = {
    "vak.afkorting": "ne", "vak.naam": "Nederlands", "kolomID": "55", "kolomSoort": "Toetskolom", "code": "ne101",
    "omschrijving": "Boekverslag", "volgnummer": "101", "periode": "P1", "periodeOmschrijving": "Periode 1",
    "weging": "2", "examenKolom": "true", "examenWeging": "3", "toetsDatum": "2026-10-01",
    "herkansing": "TweeKeerHoogste", "ouderKolomID": "54", "kolomVervallen": "false",
}  # fmt: skip


def test_a_column() -> None:
    assert mapped("column", COLUMN, "") == [
        GradingPeriod(key=(YEAR, "P1"), school_year=(YEAR,), code="P1", name="Periode 1"),
        Subject(key=("ne",), code="ne", name="Nederlands"),
        Assessment(
            key=("55",), subject=("ne",), grading_period=(YEAR, "P1"), assessment_kind=AssessmentKind.TEST,
            code="ne101", title="Boekverslag", order=101, held_on=date(2026, 10, 1), weight=Decimal(2),
            exam_weight=Decimal(3), exam_column=True, resit_policy=ResitPolicy.BEST, resit_attempts=2, parent=("54",),
        ),
    ]  # fmt: skip


def test_a_column_of_which_little_is_told() -> None:
    assert mapped("column", {"vak.afkorting": "ne", "kolomID": "55", "kolomSoort": "Nieuwkolom"}, "") == [
        Subject(key=("ne",), code="ne"),
        Assessment(key=("55",), subject=("ne",), assessment_kind=AssessmentKind.UNKNOWN, code="55"),
    ]
    assert problems("column", {"kolomID": "55"}) == ([Problem("subject.code", "key")], 0)


def graded(**row: str) -> Grade:
    (found,) = mapped("result", {"kolomID": "55", "weging": "2", **row}, "100001")
    assert isinstance(found, Grade)
    return found


def test_a_grade() -> None:
    found = graded(
        cijfer="7.5", isVoldoende="true", teltNietMee="false", leerlingWeging="1",
        datumInvoer="2026-10-25T02:30:00+01:00", datumBehaald="2026-10-01",
    )  # fmt: skip
    assert found == Grade(
        key=("100001", "55", "1"), student=("100001",), assessment=("55",), raw_text="7.5", score=Decimal("7.5"),
        status=GradeStatus.SCORED, sufficient=True, weight=Decimal(1),
        entered_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), achieved_on=date(2026, 10, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "status", "score", "label", "text"),
    [
        ({"cijfer": "10"}, GradeStatus.SCORED, "10", None, "10"),
        ({"cijfer": "7,5"}, GradeStatus.SCORED, "7.5", None, "7,5"),
        ({"cijfer": "0.9"}, GradeStatus.OUT_OF_RANGE, None, None, "0.9"),
        ({"cijfer": "10.1"}, GradeStatus.OUT_OF_RANGE, None, None, "10.1"),
        ({"cijfer": "11,7x"}, GradeStatus.UNREADABLE, None, None, "11,7x"),
        ({"cijfer": "V"}, GradeStatus.LABELLED, None, "V", "V"),
        ({"label": "G"}, GradeStatus.LABELLED, None, "G", "G"),
        ({"inhalen": "true"}, GradeStatus.TO_BE_MADE_UP, None, None, ""),
        ({"vrijstelling": "true", "cijfer": "8"}, GradeStatus.EXEMPT, None, None, "8"),
        ({"toetsNietGemaakt": "true", "cijfer": "1.0"}, GradeStatus.NOT_TAKEN, None, None, "1.0"),
    ],
)
def test_what_a_result_says(
    row: dict[str, str], status: GradeStatus, score: str | None, label: str | None, text: str
) -> None:
    found = graded(**row)
    wanted = (status, Decimal(score) if score else None, label, text)
    assert (found.status, found.score, found.label, found.raw_text) == wanted


def test_the_flag_of_what_is_still_to_come_means_nothing() -> None:
    assert graded(inhalen="true", isVoldoende="true").sufficient is None
    assert graded(cijfer="5", isVoldoende="false").sufficient is False


def test_an_empty_column_is_no_grade() -> None:
    assert mapped("result", {"kolomID": "55", "weging": "2", "isVoldoende": "false"}, "100001") == []


@pytest.mark.parametrize(("number", "attempt"), [("", 1), ("0", 1), ("1", 2), ("2", 3)])
def test_a_resit_is_another_attempt_at_the_same_column(number: str, attempt: int) -> None:
    found = graded(cijfer="6", herkansingsNummer=number)
    assert (found.attempt, found.key, found.assessment) == (attempt, ("100001", "55", str(attempt)), ("55",))


def test_a_weight_is_the_students_own_where_it_differs() -> None:
    assert graded(cijfer="6", leerlingWeging="2.0").weight is None
    assert graded(cijfer="6", leerlingWeging="0").weight == 0
    assert graded(cijfer="6").weight is None


def test_what_does_not_count() -> None:
    assert graded(cijfer="6", teltNietMee="true").counts is False
    assert graded(cijfer="6").counts is True


def test_a_result_that_cannot_be_read_is_still_seen() -> None:
    bad = {"kolomID": "55", "cijfer": "6", "datumInvoer": "2026-02-31T25:00:00+01:00"}
    assert problems("result", bad, "100001") == ([Problem("entered_at", "time")], 1)
    assert problems("result", {**bad, "herkansingsNummer": "x"}) == ([Problem("attempt", "key")], 0)


REASON = {
    "absentieReden.id": "3", "absentieReden.afkorting": "GV", "absentieReden.omschrijving": "Verlof",
    "absentieReden.absentieSoort": "Absent", "absentieReden.geoorloofd": "true",
}  # fmt: skip
SEEN = {
    "id": "9", "beginDatumTijd": "2027-03-01T00:15:00+01:00", "beginLesuur": "1", "waarnemingSoort": "Afwezig",
    "datumTijdInvoer": "2027-03-01T08:40:00", **REASON,
}  # fmt: skip


def test_an_observation() -> None:
    reason = AbsenceReason(key=("3",), code="GV", name="Verlof", attendance_kind=AttendanceKind.ABSENT, excused=True)
    assert mapped("observation", SEEN, "100001") == [
        AttendanceObservation(
            key=("9",), student=("100001",), day=date(2027, 3, 1), hour=1, attendance_kind=AttendanceKind.ABSENT,
            excused=True, reason=("3",), reason_code="GV", noted_at=datetime(2027, 3, 1, 7, 40, tzinfo=UTC),
        ),
        reason,
    ]  # fmt: skip


def seen(**row: str) -> tuple[str, bool | None] | None:
    changed = {f"absentieReden.{name}" if name in ("afkorting", "absentieSoort", "geoorloofd") else name: value
               for name, value in row.items()}  # fmt: skip
    found = [
        record for record in mapped("observation", {**SEEN, **changed}) if isinstance(record, AttendanceObservation)
    ]
    return (found[0].attendance_kind.value, found[0].excused) if found else None


def test_what_was_seen_of_a_student() -> None:
    assert seen(afkorting="ZK") == ("sick", True)
    assert seen(afkorting="GR") == ("sick", True)
    assert seen(afkorting="VR") == ("exempt", True)
    assert seen(afkorting="AB", geoorloofd="false") == ("absent", None)
    assert seen(afkorting="SP", geoorloofd="false") == ("absent", False)
    assert seen(absentieSoort="Telaat", waarnemingSoort="Aanwezig", geoorloofd="false") == ("late", False)
    assert seen(absentieSoort="Verwijderd", waarnemingSoort="Aanwezig") == ("removed", True)
    assert seen(waarnemingSoort="Aanwezig") is None
    assert seen(waarnemingSoort="Nvt") == ("not_applicable", True)
    assert seen(waarnemingSoort="Misschien") == ("unknown", True)
    assert seen(absentieSoort="Nieuw") == ("unknown", True)


def test_absent_without_a_reason_is_unresolved() -> None:
    (found,) = mapped("observation", {name: value for name, value in SEEN.items() if name not in REASON}, "100001")
    assert isinstance(found, AttendanceObservation)
    assert (found.attendance_kind, found.excused, found.reason) == (AttendanceKind.ABSENT, None, None)


def test_a_notice_may_have_no_end() -> None:
    row = {"id": "8", "beginDatumTijd": "2027-07-01T00:00:00", "datumTijdInvoer": "2027-07-01T08:00:00Z", **REASON}
    notice = mapped("notice", row, "100001")[0]
    assert notice == AbsenceNotice(
        key=("8",), student=("100001",), begins=datetime(2027, 6, 30, 22, tzinfo=UTC), excused=True, reason=("3",),
        attendance_kind=AttendanceKind.ABSENT, reason_code="GV", noted_at=datetime(2027, 7, 1, 8, tzinfo=UTC),
    )  # fmt: skip
    assert problems("notice", {"id": "8", "beginDatumTijd": ""}) == ([Problem("begins", "missing")], 1)


@pytest.mark.parametrize(
    ("data", "layout"),
    [
        (b"", b'["result","2026/2027","1"]'), (b"[]", b'["result","2026/2027","1"]'),
        (b'{"kolomID":5}', b'["result","2026/2027","1"]'), (b'{"x":null}', b'["result","2026/2027","1"]'),
        (b'{"kolomID":"\\u0000"}', b'["result","2026/2027","1"]'), (b"\xff", b'["result","2026/2027","1"]'),
        (b"{}", b""), (b"{}", b"{}"), (b"{}", b'["result"]'), (b"{}", b'["other","2026/2027","1"]'),
        (b"{}", b'["result",1,"1"]'),
        (b'{"id":"1","naam":"x","leerlingen":"x"}', b'["getInrichtingStamgroepen","x","y"]'),
    ],
)  # fmt: skip
def test_what_is_no_row_is_a_bad_row(data: bytes, layout: bytes) -> None:
    with pytest.raises(BadRow):
        list(CONNECTOR.map(RawRecord("any", data, layout)))


def test_a_row_is_made_of_json_that_says_no_more_than_was_kept() -> None:
    made = raw("any", {"a": "1"}, Layout("result", YEAR, "5"))
    assert (made.data, orjson.loads(made.layout)) == (b'{"a":"1"}', ["result", YEAR, "5"])
