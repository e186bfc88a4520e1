"""Connect's progress file and exam file, told from the school's grade book."""

from decimal import Decimal

import pytest

from simulator import edits
from simulator.atvo_ids import uuid_of
from simulator.school import make_school
from simulator.server import serve
from tests.simulator.connect_reader import FILES, Reader, objects


@pytest.fixture(scope="module")
def server():
    with serve(make_school(7, 120)) as opened:
        yield opened


@pytest.fixture(scope="module")
def school(server):
    return server.school


@pytest.fixture(scope="module")
def reader(server):
    return Reader(server)


@pytest.fixture(scope="module")
def files(school, reader):
    """The progress files by student number."""
    return {
        number: objects(reader.file(number, location=enrolment.location))
        for number in school.students
        if (enrolment := school.enrolment(number))
    }


def results(file) -> dict[str, dict[str, object]]:
    """By UUID: every result in a student's progress file."""
    return {row["uuid"]: row for course in file for period in course["periodes"] for row in period["resultaten"]}


def text_of(school, grade) -> str:
    if grade.tenths is None:
        return grade.label
    return f"{grade.score:.{school.assessments[grade.assessment].decimals}f}"


def grades_by_test(school, number) -> dict[int, list]:
    """The grades of a student's tests by column."""
    found: dict[int, list] = {}
    for (column, _), grade in sorted(school.grades[number].items()):
        if school.assessments[column].kind == "test":
            found.setdefault(column, []).append(grade)
    return found


def test_every_test_result_is_there_once_and_nothing_else(school, files):
    for number, file in files.items():
        expected = {
            uuid_of("result", f"{number}-{column}")
            for column, grades in grades_by_test(school, number).items()
            if any(grade.state != "exempt" for grade in grades)
        }
        rows = [row for course in file for period in course["periodes"] for row in period["resultaten"]]
        assert [row["uuid"] for row in rows if row["uuid"] not in expected] == []
        assert len(rows) == len(expected)


def test_results_say_what_was_scored_at_each_attempt_and_what_stands(school, files):
    states = set()
    for number, file in files.items():
        found = results(file)
        for column, grades in grades_by_test(school, number).items():
            states.update(grade.state for grade in grades)
            marked = [grade for grade in grades if grade.state in ("scored", "labelled")]
            row = found.get(uuid_of("result", f"{number}-{column}"))
            if not marked:
                assert row is None or "geldend_resultaat" not in row
                continue
            assert row["pogingen"] == [
                {"resultaat": text_of(school, grade), "poging": grade.attempt} for grade in marked
            ]
            standing = [text_of(school, grade) for grade in marked if grade.counts]
            assert row["geldend_resultaat"] == (standing or [text_of(school, marked[0])])[0]
            assert (row["code"], row["omschrijving"], row["toetsType"]) == (
                school.assessments[column].name, school.assessments[column].title, "TOETS",
            )  # fmt: skip
    assert states == {"scored", "labelled", "to_be_made_up", "exempt"}


def test_resits_are_attempts_of_the_same_test(school, files):
    again = [grade for grade in school.all_grades() if grade.attempt == 2 and grade.student in files]
    assert again
    for grade in again:
        row = results(files[grade.student])[uuid_of("result", f"{grade.student}-{grade.assessment}")]
        assert row["pogingen"][-1] == {"resultaat": text_of(school, grade), "poging": 2}


def test_a_weight_is_a_whole_number_or_absent(school, files):
    weights = set()
    for number, file in files.items():
        found = results(file)
        for column in grades_by_test(school, number):
            if row := found.get(uuid_of("result", f"{number}-{column}")):
                weight = school.assessments[column].weight
                assert row.get("weging") == (weight if weight == int(weight) else None)
                weights.add(row.get("weging"))
    assert weights == {None, 0, 1, 2, 3}


def test_averages_and_report_marks_are_the_schools(school, files):
    seen = 0
    for number, file in files.items():
        averages = {
            (course["vakuuid"], period["periode"]): (period.get("periodegemiddelde"), period.get("rapportgemiddelde"))
            for course in file
            for period in course["periodes"]
        }
        for grade in school.grades[number].values():
            column = school.assessments[grade.assessment]
            if column.kind in ("average", "report") and column.subject != "gem":
                index = list(school.periods).index(column.period) + 1
                told = averages[uuid_of("subject", column.subject), index]
                assert told[column.kind == "report"] == text_of(school, grade)
                seen += 1
    assert seen > 100


def test_every_subject_taken_has_a_file_with_its_level(school, files):
    for number, file in files.items():
        enrolment = school.enrolment(number)
        assert {course["vakuuid"] for course in file} == {
            uuid_of("subject", section.subject) for section in school.sections_of(number)
        }
        assert {course["leerjaar"] for course in file} == {enrolment.level}
        track = school.studies[enrolment.study].track
        assert {course["niveau"] for course in file} == {f"{track.upper()} {enrolment.level}"}
        assert uuid_of("subject", "gem") not in {course["vakuuid"] for course in file}


def test_a_student_without_grades_has_files_without_periods(school, files):
    file = files[school.cast["no_grades"]]
    assert file
    assert all(course["periodes"] == [] for course in file)


def test_tests_to_come_are_there_for_who_asks(school, reader, files):
    number = school.cast["prefix"]
    where = {"location": school.enrolment(number).location}
    whole = results(objects(reader.file(number, **where, toekomstige_toetsen="true")))
    known = results(files[number])
    assert {uuid: row for uuid, row in whole.items() if uuid in known} == known
    more = {row["code"] for uuid, row in whole.items() if uuid not in known}
    courses = {(section.study, section.subject) for section in school.sections_of(number)}
    booked = {column for column, _ in school.grades[number]}
    assert more == {
        column.name
        for column in school.assessments.values()
        if column.kind == "test" and not column.resit and not column.retired and column.id not in booked
        and (column.study, column.subject) in courses
    }  # fmt: skip
    assert all("geldend_resultaat" not in row for uuid, row in whole.items() if uuid not in known)


def test_one_subject_of_a_file(school, reader, files):
    number = school.cast["prefix"]
    where = {"location": school.enrolment(number).location}
    uuid = uuid_of("subject", "ne")
    (course,) = objects(reader.file(number, **where, vak_uuid=uuid))
    assert course in files[number]
    assert course["vaknaam"] == "Nederlands"
    assert reader.file(number, **where, vak_uuid=uuid_of("subject", "xx")).status_code == 404


def test_exam_files_hold_the_exam_columns(school, reader):
    seen = 0
    for number in school.students:
        enrolment = school.enrolment(number)
        if not enrolment:
            continue
        file = objects(reader.file(number, "examendossier", enrolment.location))
        told = {row["uuid"]: row for course in file for row in course["se_resultaten"]["se_resultaten"]}
        assert set(told) == {
            uuid_of("result", f"{number}-{column}")
            for column, grades in grades_by_test(school, number).items()
            if school.assessments[column].exam and any(grade.state != "exempt" for grade in grades)
        }
        assert all(course["ce_resultaten"] == {"ce_resultaten": []} for course in file)
        progress = results(objects(reader.file(number, location=enrolment.location)))
        assert told.items() <= progress.items()
        seen += len(told)
    assert seen


@pytest.mark.parametrize("name", FILES)
def test_who_is_not_visible_has_no_file(school, reader, name):
    left, here = school.cast["left"], school.cast["prefix"]
    elsewhere = "02" if school.enrolment(here).location == "01" else "01"
    assert reader.file(left, name, school.enrolments[left][-1].location).status_code == 404
    assert reader.file(here, name, elsewhere).status_code == 404
    assert reader.file(1, name).status_code == 404


def test_a_file_follows_the_school():
    school = make_school(7, 40)
    grade = next(
        grade for grade in school.all_grades()
        if grade.state == "scored" and school.assessments[grade.assessment].kind == "test"
        and (grade.assessment, 2) not in school.grades[grade.student] and school.enrolment(grade.student)
    )  # fmt: skip
    number, column = grade.student, grade.assessment
    with serve(school) as own:
        reader, location = Reader(own), school.enrolment(number).location

        def told() -> dict[str, object] | None:
            return results(objects(reader.file(number, location=location))).get(uuid_of("result", f"{number}-{column}"))

        edits.change_grade(school, number, column, Decimal("10"))
        assert told()["geldend_resultaat"] == "10.0"
        edits.change_grade(school, number, column, "to_be_made_up")
        assert (told().get("geldend_resultaat"), told()["pogingen"]) == (None, [])
        edits.change_grade(school, number, column, "exempt")
        assert told() is None
        edits.enter_grade(school, number, column, Decimal("6.5"), attempt=2)
        assert told()["pogingen"] == [{"resultaat": "6.5", "poging": 2}]
        edits.remove_grade(school, number, column, attempt=2)
        edits.remove_grade(school, number, column)
        assert told() is None
        new = edits.enrol_student(school, next(iter(school.homerooms)))
        assert reader.file(new.number, location=school.enrolment(new.number).location).status_code == 200
        edits.remove_student(school, new.number)
        assert {reader.file(new.number, location=code).status_code for code in school.locations} == {404}
