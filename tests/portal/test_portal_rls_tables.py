"""Row-level security alone: accounts, decisions, the logs and all that is of no single student; and who may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import insert, text

from portal.access import Role, Viewer
from portal.reading import open_file, reading, told, writing
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT, DECISION, FACTOR, INVITATION, LOGIN, RESTRICTION, SESSION
from tests.portal.keeper import rows
from tests.portal.pupils import SCOPES, Pupils, guardian_of, refused, same, viewer_of
from tests.portal.school import FRESH, NOW, ident

pytest_plugins = ["tests.portal.pupils"]


def test_what_is_of_a_source_is_seen_in_it(pupils: Pupils) -> None:
    tables = ("school", "location", "school_year", "grading_period", "staff", "group", "group_staff", "subject",
              "assessment", "lesson", "absence_reason", "run", "rehearsal", "quarantine", "held", "gate",
              "entity_state")  # fmt: skip
    for source in (1, 2):
        pupils.put("school", source, name="x"), pupils.put("location", source, name="x"), pupils.year(source)
        pupils.period(source, "1", None), pupils.group(source, "3hA"), pupils.lesson(source, FRESH, FRESH)
        pupils.put("staff", source, code="jan", last_name="Jansen")
        pupils.put("group_staff", source, group_id=ident(1), staff_id=ident(2), role="mentor")
        pupils.put("absence_reason", source, code="ZK", attendance_kind="sick", retired=False)
        pupils.quarantine(source, "grades", "x"), pupils.hold(source, "grades")
        pupils.dry_run(source, "grades"), pupils.pause(source)
    for viewer, sources in ((viewer_of(Role.MANAGER), {1}), (viewer_of(Role.GUARDIAN, ident(9), 2), {2}),
                            (Viewer(Role.CLIENT, "client:c", None), {1, 2})):  # fmt: skip
        with reading(pupils.engine, viewer) as connection:
            assert {row[0] for row in rows(connection, "SELECT id FROM source")} == sources
            for table in tables:
                assert {row[0] for row in rows(connection, f'SELECT source_id FROM "{table}"')} == sources, table


def test_guardians_are_seen_by_themselves(pupils: Pupils) -> None:  # R50
    pupils.pupil("anna")
    mother, father = pupils.guardian("anna"), pupils.guardian("anna", relation="father")
    stepfather = pupils.guardian("anna", relation="step_parent", legal_authority=False)
    voogd = pupils.guardian("anna", relation="legal_guardian")
    carer = pupils.guardian("anna", relation="institution", legal_authority=False)

    def sees(viewer: Viewer | None) -> tuple[set[str], set[str]]:
        with reading(pupils.engine, viewer) as connection:
            guardians = rows(connection, "SELECT id::text FROM guardian")
            ties = rows(connection, "SELECT guardian_id::text FROM guardianship")
        return {row[0] for row in guardians}, {row[0] for row in ties}

    # That there is somebody in the parents' place is known; nothing else of anybody else.
    assert sees(guardian_of(mother)) == ({mother}, {mother, voogd})
    assert sees(guardian_of(father)) == ({father}, {father, voogd})
    assert sees(guardian_of(stepfather)) == ({stepfather}, {stepfather})
    assert sees(viewer_of(Role.STUDENT, pupils.ids["anna"])) == (set(), {voogd})
    everybody = {mother, father, stepfather, voogd, carer}
    assert sees(viewer_of(Role.ADMINISTRATOR)) == (everybody, everybody)
    assert sees(viewer_of(Role.ADMINISTRATOR, None, 2)) == (set(), set())
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=SCOPES))[0] == set()
    for viewer in (None, viewer_of(Role.MANAGER), viewer_of(Role.STAFF, ident(9))):
        assert sees(viewer) == (set(), set())
    # The same id in a source in which the viewer is nobody.
    pupils.put("guardian", pupils.south, id=mother, last_name="Ouder", secret=False)
    with reading(pupils.engine, replace(guardian_of(mother), sources=frozenset({1, 2}))) as connection:
        assert rows(connection, "SELECT source_id FROM guardian") == [(pupils.north,)]


def test_the_change_log_is_seen_with_the_student_that_it_is_about(pupils: Pupils) -> None:
    anna, bram = pupils.pupil("anna"), pupils.pupil("bram")
    state = '{{"raw_text": "6,5", "student_id": "{}"}}'
    grade = pupils.grade(1, anna, pupils.column_id[1], "7", attempt=2)
    with pupils._writing() as connection:
        connection.execute(text("DELETE FROM change"))
    pupils.change(1, "grade", grade, before=state.format(anna), after=state.format(anna))
    pupils.change(1, "grade", grade, before=state.format(bram), after=state.format(anna))
    pupils.change(1, "grade", grade, before=state.format(anna), after=None)
    pupils.change(1, "grade", grade, before=None, after=None)
    pupils.change(1, "student", anna, after='{"last_name": "x"}')
    pupils.change(1, "guardian", ident(5), after='{"email": "x"}')
    pupils.change(1, "guardianship", ident(6), after=state.format(anna))
    pupils.change(1, "subject", ident(7), after='{"code": "fa"}')
    pupils.change(2, "subject", ident(8), after='{"code": "fa"}')
    both = guardian_of(pupils.guardian("anna", "bram"))
    with pupils.engine.connect() as connection:
        ((first,),) = rows(connection, "SELECT min(seq) FROM change")

    def sees(viewer: Viewer) -> list[int]:
        with reading(pupils.engine, viewer) as connection:
            return [row[0] - first for row in rows(connection, "SELECT seq FROM change ORDER BY seq")]

    assert sees(both) == [0, 1, 2, 4, 7]
    assert sees(guardian_of(pupils.guardian("anna"))) == [0, 2, 4, 7]
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=frozenset({"grades"}))) == [0, 1, 2, 3, 4, 7, 8]
    assert sees(viewer_of(Role.MANAGER)) == [7]
    assert sees(viewer_of(Role.ADMINISTRATOR)) == [4, 7]


def test_the_file_opens_one_student_to_who_may_have_it(pupils: Pupils) -> None:  # R54, R64
    young, old, other = (pupils.pupil(n, born=b) for n, b in (
        ("young", date(2010, 3, 3)), ("old", date(2010, 3, 2)), ("other", date(2012, 1, 1))))  # fmt: skip
    parent = guardian_of(pupils.guardian("young", "old"))
    granted = pupils.guardian("young", legal_authority=False)
    pupils.decide(granted, "young", "granted", '["grades", "file"]')
    office = viewer_of(Role.ADMINISTRATOR)

    def opened(viewer: Viewer, file: str) -> set[str]:
        """Of whom ``viewer`` may have the file, when that of ``file`` is asked for."""
        names = {id_: name for name, id_ in pupils.ids.items()}
        with reading(pupils.engine, viewer) as connection:
            open_file(connection, file)
            held = {names[row[0]] for row in rows(connection, "SELECT student::text FROM schoolbrug_students('file')")}
            for table in ("grade", "attendance_observation"):
                found = {names[row[0]] for row in rows(connection, f"SELECT student_id::text FROM {table}")}
                assert (names[file] in found) >= (names[file] in held)
                assert viewer.role is not Role.ADMINISTRATOR or found == held
        return held

    assert opened(office, other) == {"other"}
    assert opened(office, pupils.pupil("gone", gone=True)) == set()
    assert opened(viewer_of(Role.ADMINISTRATOR, None, 2), other) == set()
    assert opened(parent, young) == opened(parent, other) == {"young"}
    assert opened(guardian_of(granted), young) == set()
    assert opened(viewer_of(Role.STUDENT, young), young) == set()
    assert opened(viewer_of(Role.STUDENT, old), old) == {"old"}
    for role in (Role.STAFF, Role.MANAGER, Role.ATTENDANCE_OFFICER, Role.CLIENT):
        assert opened(viewer_of(role, scopes=SCOPES), other) == set()
    assert pupils.sees(office, "grade") == set()


def _account(pupils: Pupils, number: int, role: str, source: int) -> str:
    id_ = ident(number)
    pupils._insert(ACCOUNT, id=id_, state="active", created_at=NOW, language="nl")
    pupils._insert(ACCOUNT_ROLE, id=ident(number + 50), account_id=id_, role=role, source_id=source,
                   granted_by="test", granted_at=NOW)  # fmt: skip
    pupils._insert(LOGIN, account_id=id_, role=role, way="password", at=NOW)
    pupils._insert(FACTOR, id=ident(number + 100), account_id=id_, kind="totp", secret=b"", created_at=NOW)
    pupils._insert(SESSION, id=ident(number + 150), account_id=id_, digest=bytes([number % 256]), role=role,
                   way="password", created_at=NOW, seen_at=NOW, ends_at=NOW)  # fmt: skip
    return id_


def test_accounts_are_their_owners_and_the_offices(pupils: Pupils) -> None:
    mine, theirs, elsewhere = (_account(pupils, 600 + n, "guardian", source) for n, source in enumerate((1, 1, 2)))
    for number, source in ((700, 1), (701, 2)):
        pupils._insert(INVITATION, id=ident(number), source_id=source, person_id=ident(number), role="guardian",
                       letter_digest=bytes([number % 256]), made_at=NOW, expires_at=NOW)  # fmt: skip

    def sees(viewer: Viewer | None) -> tuple[set[str], set[str], set[str], int]:
        """Whose accounts, sessions and second factors, and how many invitations."""
        with reading(pupils.engine, viewer) as connection:
            account, role, login, session, factor = (
                {row[0] for row in rows(connection, f"SELECT {column}::text FROM {table}")}
                for table, column in (("account", "id"), ("account_role", "account_id"), ("login", "account_id"),
                                      ("session", "account_id"), ("factor", "account_id"))
            )  # fmt: skip
            assert account == role == login
            return account, session, factor, len(rows(connection, "SELECT id FROM invitation"))

    own, both = ({mine},) * 3, {mine, theirs}
    for role in (Role.STUDENT, Role.GUARDIAN, Role.STAFF, Role.ATTENDANCE_OFFICER):
        assert sees(viewer_of(role, account=mine)) == (*own, 0), role
    assert sees(viewer_of(Role.ADMINISTRATOR, account=ident(1))) == (both, both, set(), 1)
    assert sees(viewer_of(Role.ADMINISTRATOR, None, 2, account=ident(1))) == ({elsewhere}, {elsewhere}, set(), 1)
    for role in (Role.MANAGER, Role.TEAM_LEADER):  # who counts the use of the portal
        assert sees(viewer_of(role, account=ident(1))) == (both, set(), set(), 1), role
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=SCOPES)) == (set(), set(), set(), 0)
    assert sees(None) == (*({mine, theirs, elsewhere},) * 3, 2)


def test_what_was_decided_is_seen_by_whom_it_concerns(pupils: Pupils) -> None:
    anna = pupils.pupil("anna", born=date(2000, 1, 1))
    pupils.pupil("dirk", pupils.south)
    mother, father = pupils.guardian("anna"), pupils.guardian("anna", legal_authority=False)
    elder = pupils.guardian("dirk", source=pupils.south)
    for name, source, people in (("anna", pupils.north, (mother, father)), ("dirk", pupils.south, (elder,))):
        pupils.consent(name, True)
        pupils._insert(RESTRICTION, student_id=pupils.ids[name], since=NOW, by="test")
        pupils.rules("{}", source=source)
        for one in people:
            pupils._insert(DECISION, source_id=source, student_id=pupils.ids[name], guardian_id=one, decision="none",
                           granted="[]", at=NOW, by="test")  # fmt: skip

    def sees(viewer: Viewer | None) -> tuple[set[str], set[str], set[int]]:
        """Whose consent and restriction, decisions about whom, and the rules of which sources."""
        with reading(pupils.engine, viewer) as connection:
            consents = pupils.rows_of(connection, "consent")
            assert consents == pupils.rows_of(connection, "restriction")
            about = {row[0] for row in rows(connection, "SELECT guardian_id::text FROM decision")}
            sources = {row[0] for row in rows(connection, "SELECT source_id FROM school_rules")}
            assert {row[0] for row in rows(connection, "SELECT source_id FROM entity_state")} == sources
            assert {row[0] for row in rows(connection, "SELECT id FROM source")} == sources
        return consents, about, sources

    assert sees(guardian_of(mother)) == ({"anna"}, {mother}, {1})
    assert sees(guardian_of(father)) == (set(), {father}, {1})
    assert sees(viewer_of(Role.STUDENT, anna)) == ({"anna"}, set(), {1})
    assert sees(viewer_of(Role.ADMINISTRATOR)) == ({"anna"}, {mother, father}, {1})
    assert sees(viewer_of(Role.ADMINISTRATOR, None, 2)) == ({"dirk"}, {elder}, {2})
    assert sees(viewer_of(Role.ATTENDANCE_OFFICER)) == ({"anna"}, set(), {1})
    assert sees(viewer_of(Role.MANAGER)) == (set(), set(), {1})
    assert sees(None) == (set(), set(), {1, 2})


def test_administrators_alone_restrict(pupils: Pupils) -> None:  # R64
    anna, dirk = pupils.pupil("anna"), pupils.pupil("dirk", pupils.south)
    begin = "INSERT INTO restriction (student_id, since, by) VALUES ('{}', now(), 'x')"
    office, parent = viewer_of(Role.ADMINISTRATOR), guardian_of(pupils.guardian("anna"))
    others = (parent, viewer_of(Role.STUDENT, anna), viewer_of(Role.ATTENDANCE_OFFICER), None)
    for viewer in others:
        assert refused(pupils.engine, viewer, begin.format(anna))
    assert refused(pupils.engine, office, begin.format(dirk))
    assert not refused(pupils.engine, office, begin.format(anna))
    for viewer in (*others, viewer_of(Role.ADMINISTRATOR, None, 2), office):
        with writing(pupils.engine, viewer) as connection:
            ended = connection.execute(text("UPDATE restriction SET ended_at = now()")).rowcount
        assert ended == (viewer is office)


def test_what_is_decided_is_decided_by_whom_it_is_up_to(pupils: Pupils) -> None:
    anna = pupils.pupil("anna", born=date(2000, 1, 1))
    mother = pupils.guardian("anna")
    parent = guardian_of(mother)
    office, student = viewer_of(Role.ADMINISTRATOR), viewer_of(Role.STUDENT, anna)
    consent = f"INSERT INTO consent (student_id, open, at, by) VALUES ('{anna}', true, now(), 'x')"
    decision = ("INSERT INTO decision (source_id, student_id, guardian_id, decision, at, by) VALUES "
                f"(%d, '{anna}', '{mother}', 'granted', now(), 'x')")  # fmt: skip
    rule = "INSERT INTO school_rules VALUES (%d, 7, '{}', now(), 'x')"
    for viewer in (parent, office, None, viewer_of(Role.STUDENT, ident(4)), viewer_of(Role.STAFF, anna)):
        assert refused(pupils.engine, viewer, consent)  # R55: the student alone
    for viewer in (parent, student, None, viewer_of(Role.TEAM_LEADER)):
        assert refused(pupils.engine, viewer, decision % 1)
        assert refused(pupils.engine, viewer, rule % 1)
    assert refused(pupils.engine, office, decision % 2)
    # Nor about people who are no guardian and child, or are so at another school.
    pupils.pupil("dirk", pupils.south)
    father = pupils.guardian("dirk", source=pupils.south)
    both = viewer_of(Role.ADMINISTRATOR, None, 1, 2)
    for pair in ((mother, father), (mother, ident(4)), (anna, pupils.ids["dirk"])):
        assert refused(pupils.engine, both, (decision % 1).replace(*pair)), pair
    assert refused(pupils.engine, both, decision % 2)
    assert refused(pupils.engine, office, rule % 2)
    with writing(pupils.engine, student) as connection:
        connection.execute(text(consent))
    with writing(pupils.engine, office) as connection:
        connection.execute(text(decision % 1)), connection.execute(text(rule % 1))


def test_nobody_gives_himself_a_role(pupils: Pupils) -> None:
    mine = _account(pupils, 600, "guardian", 1)
    grant = ("INSERT INTO account_role (id, account_id, role, source_id, granted_by, granted_at)"
             f" VALUES ('{ident(1)}', '{mine}', 'administrator', 1, 'x', now())")  # fmt: skip
    for viewer in (viewer_of(Role.GUARDIAN, account=mine), viewer_of(Role.ADMINISTRATOR, account=mine)):
        assert refused(pupils.engine, viewer, grant)
        with writing(pupils.engine, viewer) as connection:
            for change in ("account SET password_hash = 'x'", "account_role SET role = 'administrator'"):
                assert connection.execute(text(f"UPDATE {change}")).rowcount == 0
    with writing(pupils.engine) as connection:  # signing in, and the commands
        connection.execute(text(grant))


def test_the_log_of_readers_only_grows(pupils: Pupils) -> None:
    anna = pupils.pupil("anna")
    mother, stranger = guardian_of(pupils.guardian("anna")), guardian_of(pupils.guardian())
    with writing(pupils.engine) as connection:
        connection.execute(insert(AUDIT).values(
            source_id=1, n=1, at=NOW, actor="x", role="x", student_id=anna, action="read", allowed=True, hash=b"",
        ))  # fmt: skip
    for statement in ("UPDATE audit SET actor = 'y'", "DELETE FROM audit", "TRUNCATE audit"):
        assert refused(pupils.engine, mother, statement)

    def count(viewer: Viewer | None) -> int:
        with reading(pupils.engine, viewer) as connection:
            return len(rows(connection, "SELECT n FROM audit"))

    office = viewer_of(Role.ADMINISTRATOR)
    assert [count(viewer) for viewer in (mother, viewer_of(Role.STUDENT, anna), office)] == [1] * 3
    others = (viewer_of(Role.ADMINISTRATOR, None, 2), viewer_of(Role.MANAGER), viewer_of(Role.ATTENDANCE_OFFICER))
    assert [count(viewer) for viewer in (stranger, None, *others)] == [0] * 5


STATEMENTS = [
    "INSERT INTO student SELECT * FROM student", "UPDATE grade SET score = 10", "DELETE FROM change",
    "SELECT * FROM identity", "SELECT * FROM alias", "SELECT payload FROM quarantine", "SELECT members FROM held",
    "DELETE FROM account", "UPDATE consent SET open = true", "UPDATE decision SET decision = 'granted'",
    "ALTER TABLE grade DISABLE ROW LEVEL SECURITY", "DROP POLICY portal ON grade", "CREATE TABLE mine (x integer)",
]  # fmt: skip


def test_the_read_layer_may_not(pupils: Pupils) -> None:
    office = viewer_of(Role.ADMINISTRATOR)
    assert [statement for statement in STATEMENTS if not refused(pupils.engine, office, statement)] == []


def test_nothing_of_a_viewer_is_left_for_the_next(pupils: Pupils) -> None:
    pupils.pupil("anna")
    parent = guardian_of(pupils.guardian("anna"))
    with reading(pupils.engine, parent) as connection:
        process = rows(connection, "SELECT pg_backend_pid()")
        open_file(connection, pupils.ids["anna"])
    with pupils.engine.connect() as connection:
        assert rows(connection, "SELECT pg_backend_pid()") == process
        assert rows(connection, "SELECT current_user::text") == [("keeper",)]
        for name in told(None):
            assert rows(connection, "SELECT nullif(current_setting(:name, true), '')", name=f"app.{name}") == [(None,)]
    assert pupils.areas(None) == same("")
    with pytest.raises(ZeroDivisionError), reading(pupils.engine, parent):
        raise ZeroDivisionError
    assert pupils.areas(None) == same("")


def test_the_students_are_looked_for_once_a_query(pupils: Pupils) -> None:
    for number in range(30):
        pupils.pupil(f"s{number}")
    parent = guardian_of(pupils.guardian(*pupils.ids))
    with reading(pupils.engine, parent) as connection:
        plan = "\n".join(row[0] for row in rows(
            connection, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM grade"))  # fmt: skip
    assert "loops=30" not in plan
    assert plan.count("Function Scan on schoolbrug_students") == 1
    assert "hashed SubPlan" in plan
    assert "rows=30 loops=1" in plan
