"""WISService over real HTTP: marks and absences told from the school itself, read by a strict zeep client."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from simulator import edits
from simulator.atvo_ids import uuid_of
from simulator.atvo_types import WIS
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import make_school
from simulator.server import serve
from simulator.timetable import LESSON, hour_begins
from tests.simulator.soap import WSSE, fault, post, post_wis, returns, wis

ZONE = ZoneInfo("Europe/Amsterdam")
KINDS = {
    "test": "Toetskolom", "average": "PeriodeGemiddeldeKolom", "report": "RapportCijferKolom",
    "calculated": "ToetssoortGemiddeldeKolom",
}  # fmt: skip
DAY = datetime(2026, 11, 24, 12, tzinfo=ZONE)


@pytest.fixture(scope="module")
def server():
    limited = Account("beperkt", "geheim", frozenset({"getStamgroepenlijst"}))
    with serve(make_school(7, 120), accounts=(DEFAULT_ACCOUNT, limited)) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(server):
    return wis(server)


@pytest.fixture
def own():
    """A school of its own, for who changes it."""
    with serve(make_school(7, 60)) as opened:
        yield opened


def overview(ask, number):
    return ask("getCijferOverzicht", leerlingNummer=number, peilDatum=DAY)


def local(wall):
    return wall.replace(tzinfo=ZONE)


def test_homerooms_and_who_is_in_them_today(server, ask):
    school = server.school
    rooms = ask("getStamgroepenlijst")
    assert [(row.id, row.naam, row.leerlingen) for row in rooms] == [
        (index, code, []) for index, code in enumerate(school.homerooms, 1)
    ]
    found = {row.naam: ask("getKlasLeerlingenBijStamgroep", stamgroepID=row.id) for row in rooms}
    assert {name: {child.nummer for child in children} for name, children in found.items()} == {
        code: set(school.members(code)) for code in school.homerooms
    }
    everyone = [child for children in found.values() for child in children]
    assert school.cast["left"] not in {child.nummer for child in everyone}
    for child in everyone:
        student = school.students[child.nummer]
        assert uuid_of("student", student.number) == child.UUID
        assert (child.voornaam, child.achternaam, child.voorvoegsel or "") == (
            student.first_name, student.last_name, student.prefix,
        )  # fmt: skip
    assert ask("getKlasLeerlingenBijStamgroep", stamgroepID=999) == []


def test_the_overview_has_every_column_and_every_result(server, ask):
    school = server.school
    seen = 0
    for number in school.students:
        book, study = school.grades[number], school.enrolments[number][-1].study
        subjects = {section.subject for section in school.sections_of(number)} | {"gem"}
        subjects |= {school.assessments[column].subject for column, _ in book}
        expected = {
            (column.id, attempt)
            for column in school.assessments.values()
            if column.study == study and column.subject in subjects and not column.resit
            for attempt in {1, *(tried for ident, tried in book if ident == column.id)}
        }
        found = {}
        for subject in overview(ask, number):
            for row in subject.resultaten:
                assert school.assessments[row.kolomID].subject == subject.vak.afkorting
                found[row.kolomID, (row.herkansingsNummer or 0) + 1] = row
        assert set(found) == expected
        for key, row in found.items():
            check_column(school, row)
            check_result(book.get(key), row)
            seen += key in book
    assert seen == sum(1 for _ in school.all_grades())


def check_column(school, row):
    column = school.assessments[row.kolomID]
    assert (row.code, row.omschrijving, row.volgnummer, row.periode) == (
        column.name, column.title, column.number, column.period,
    )  # fmt: skip
    assert (row.kolomSoort, row.weging, row.toetsDatum) == (KINDS[column.kind], column.weight, column.held_on)
    assert (row.examenKolom, row.examenWeging) == (column.exam, column.weight if column.exam else None)
    assert row.kolomVervallen == column.retired


def check_result(grade, row):
    if grade is None:
        assert (row.cijfer, row.label, row.datumInvoer, row.teltNietMee, row.inhalen) == (None,) * 5
        return
    assert (row.cijfer and Decimal(row.cijfer)) == grade.score
    assert (row.label or "") == grade.label
    assert (row.inhalen, row.vrijstelling) == (grade.state == "to_be_made_up", grade.state == "exempt")
    assert (row.isVoldoende, row.teltNietMee, row.leerlingWeging) == (grade.sufficient, not grade.counts, grade.weight)
    assert (row.datumInvoer, row.datumBehaald) == (local(grade.entered_at), grade.achieved_on)


def test_marks_have_a_decimal_point_and_whole_marks_have_none(server):
    school = server.school
    number = school.cast["canary"]
    inside = f"<leerlingNummer>{number}</leerlingNummer><peilDatum>{DAY.isoformat()}</peilDatum>"
    for subject in returns(post_wis(server, "getCijferOverzicht", inside)):
        for row in subject.iterfind("resultaten"):
            mark, column = row.findtext("cijfer"), school.assessments[int(row.findtext("kolomID"))]
            assert mark is None or ("." in mark) == bool(column.decimals)


def test_averages_over_all_subjects_come_under_a_subject_of_their_own(server, ask):
    (total,) = [row for row in overview(ask, server.school.cast["canary"]) if row.vak.afkorting == "gem"]
    assert {row.kolomSoort for row in total.resultaten} == {KINDS["average"], KINDS["calculated"]}
    assert any(row.cijfer for row in total.resultaten)


def test_a_resit_is_a_result_more_in_the_same_column(own):
    school = own.school
    column = next(a for a in school.assessments.values() if a.exam and not a.resit)
    number = next(n for n in school.students if school.enrolments[n][-1].study == column.study
                  and column.subject in {s.subject for s in school.sections_of(n)})  # fmt: skip
    edits.enter_grade(school, number, column.id, Decimal("4.0"))
    edits.enter_grade(school, number, column.id, Decimal("6.5"), attempt=2)
    rows = [row for subject in overview(wis(own), number) for row in subject.resultaten if row.kolomID == column.id]
    assert [(row.cijfer, row.herkansingsNummer, row.geldend) for row in rows] == [
        ("4.0", None, False),
        ("6.5", 1, True),
    ]
    exams = [
        row
        for subject in wis(own)("getExamenDossier", leerlingNummer=number)
        for row in subject.resultaten
        if row.kolomID == column.id
    ]
    assert [row.cijfer for row in exams] == ["4.0", "6.5"]


def test_the_exam_file_is_the_exam_columns_of_the_overview(server, ask):
    for number in list(server.school.students)[:20]:
        exams = ask("getExamenDossier", leerlingNummer=number)
        told = [str(row) for subject in exams for row in subject.resultaten]
        whole = [str(row) for subject in overview(ask, number) for row in subject.resultaten if row.examenKolom]
        assert told == whole
        assert all(subject.resultaten for subject in exams)


def test_who_has_no_results_has_empty_columns(server, ask):
    rows = [row for subject in overview(ask, server.school.cast["no_grades"]) for row in subject.resultaten]
    assert rows
    assert {row.cijfer for row in rows} == {None}


def test_observations_are_told_but_for_homework_materials_and_phones(server, ask):
    school, told = server.school, 0
    for number in school.students:
        found = {row.id: row for row in ask("getLeerlingAbsentieConstateringen", leerlingNummer=number)}
        expected = {
            row.id: row
            for row in school.observations.values()
            if row.student == number and school.reasons[row.reason].kind not in ("homework", "materials", "phone")
        }
        assert set(found) == set(expected)
        told += len(found)
        for ident, row in found.items():
            seen, reason = expected[ident], school.reasons[expected[ident].reason]
            begins = local(hour_begins(seen.day, seen.hour))
            assert (row.beginDatumTijd, row.eindDatumTijd) == (begins, begins + LESSON)
            assert (row.beginLesuur, row.eindLesuur) == (seen.hour, seen.hour)
            assert row.datumTijdInvoer == local(seen.noted_at)
            assert (row.lesgroep, row.vak.afkorting) == (
                school.lessons[seen.lesson].group, school.lessons[seen.lesson].subject,
            )  # fmt: skip
            away = reason.kind in ("absent", "sick", "exemption")
            assert row.waarnemingSoort == ("Afwezig" if away else "Aanwezig")
            check_reason(reason, row.absentieReden)
    assert told


def check_reason(reason, told):
    if reason.kind == "present":
        assert told is None
        return
    assert (told.id, told.afkorting, told.omschrijving, told.geoorloofd) == (
        reason.id, reason.code, reason.name, reason.excused,
    )  # fmt: skip
    assert told.absentieSoort == {"late": "Telaat", "removed": "Verwijderd"}.get(reason.kind, "Absent")


def test_every_notice_is_told_also_without_an_end(server, ask):
    school = server.school
    found = {row.id: row for n in school.students for row in ask("getLeerlingAbsentieMeldingen", leerlingNummer=n)}
    assert set(found) == set(school.notices)
    for ident, row in found.items():
        notice = school.notices[ident]
        assert row.leerlingNummer == notice.student
        assert row.beginDatumTijd == local(notice.begins)
        assert row.eindDatumTijd == (notice.ends and local(notice.ends))
        check_reason(school.reasons[notice.reason], row.absentieReden)
    assert any(row.eindDatumTijd is None for row in found.values())


def test_absences_can_be_asked_for_between_two_moments(own):
    school, ask = own.school, wis(own)
    number = school.cast["canary"]
    day = date(2026, 10, 1)
    begins = datetime(2026, 10, 1, 8, 30)
    notice = edits.give_notice(school, number, "ZK", begins, begins + timedelta(hours=3))
    still_open = edits.give_notice(school, number, "ZK", begins, None)

    def told(since, until):
        rows = ask("getLeerlingAbsentieMeldingen", leerlingNummer=number, beginDatum=since, eindDatum=until)
        return {row.id for row in rows} & {notice.id, still_open.id}

    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    assert told(midnight, midnight + timedelta(days=1)) == {notice.id, still_open.id}
    assert told(midnight + timedelta(days=1), None) == {still_open.id}
    assert told(None, midnight) == set()


def test_summer_and_winter_time_are_told_with_their_offset(own):
    number = own.school.cast["canary"]
    edits.give_notice(own.school, number, "ZK", datetime(2026, 9, 3, 8, 30), datetime(2026, 11, 3, 12))
    text = post_wis(own, "getLeerlingAbsentieMeldingen", f"<leerlingNummer>{number}</leerlingNummer>").text
    assert "<beginDatumTijd>2026-09-03T08:30:00+02:00</beginDatumTijd>" in text
    assert "<eindDatumTijd>2026-11-03T12:00:00+01:00</eindDatumTijd>" in text


def test_a_change_and_a_removal_are_seen_at_once(own):
    school, ask = own.school, wis(own)
    column, attempt = next((c, a) for c, a in school.grades[school.cast["canary"]]
                           if school.assessments[c].kind == "test")  # fmt: skip
    number = school.cast["canary"]
    edits.change_grade(school, number, column, Decimal("9.9"), attempt=attempt)

    def mark():
        rows = [row for subject in overview(ask, number) for row in subject.resultaten if row.kolomID == column]
        return [row.cijfer for row in rows]

    assert "9.9" in mark()
    edits.remove_grade(school, number, column, attempt=attempt)
    assert "9.9" not in mark()


@pytest.mark.parametrize("operation", sorted(set(WIS.operations) - {"getStamgroepenlijst"}))
def test_somebody_unknown_gives_an_empty_answer(server, operation):
    inside = "<leerlingNummer>1</leerlingNummer><stamgroepID>99</stamgroepID><peilDatum>2026-11-24T12:00:00</peilDatum>"
    assert returns(post_wis(server, operation, inside)) == []


def test_wrong_credentials_brin_and_rights_are_faults(server):
    server_code = "{http://schemas.xmlsoap.org/soap/envelope/}Server"
    wrong = f"{{{WSSE}}}FailedAuthentication", "Ongeldige gebruikersnaam of wachtwoord"
    assert fault(post_wis(server, "getStamgroepenlijst", account=Account("schoolbrug", "fout"))) == wrong
    assert fault(post_wis(server, "getStamgroepenlijst", nonce=False)) == wrong
    assert fault(post_wis(server, "getStamgroepenlijst", brin="00AA")) == (server_code, "Onbekend BRIN-nummer")
    limited = Account("beperkt", "geheim")
    assert returns(post_wis(server, "getStamgroepenlijst", account=limited))
    assert fault(post_wis(server, "getExamenDossier", "<leerlingNummer>1</leerlingNummer>", account=limited)) == (
        server_code, "Geen rechten voor deze operatie",
    )  # fmt: skip


def test_what_cannot_be_read_is_a_fault_of_the_client(server):
    assert fault(post(server, WIS.path, "geen xml"))[0].endswith("}Client")
    assert fault(post_wis(server, "getLeerling"))[0].endswith("}Client")
    assert fault(post_wis(server, "getExamenDossier", "<leerlingNummer>een</leerlingNummer>"))[0].endswith("}Client")
    inside = "<leerlingNummer>20001</leerlingNummer><peilDatum>gisteren</peilDatum>"
    assert fault(post_wis(server, "getCijferOverzicht", inside))[0].endswith("}Client")


def test_calls_are_counted_by_operation(own):
    wis(own)("getStamgroepenlijst")
    assert own.calls.names == ["WISService?wsdl", "getStamgroepenlijst"]


def test_who_is_hidden_for_user_management_is_not_hidden_here(own):
    number = own.school.cast["canary"]
    own.atvo.hidden.add(number)
    assert overview(wis(own), number)
