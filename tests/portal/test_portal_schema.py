"""The read layer's schema: the tables are those that the program asks for, and the guard of PostgreSQL is over all."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from canonical.database import connect, migrate
from canonical.errors import UserError
from canonical.tables import METADATA as RECORDS
from portal.rowsecurity import install
from portal.schema import migrate_portal, revision_portal
from portal.tables import METADATA, STAMP
from tests.fake_source import STUDENTS
from tests.faults import some
from tests.portal.keeper import KEEPER, administer, database, login, rows
from tests.postgres import Cluster, cluster
from tests.school import School, students

INDEXES = {"ix_guardianship_guardian_id", "ix_group_staff_staff_id", "ix_enrolment_homeroom_id"}
"""Of the store's tables, but only the read layer searches by them."""


pytest_plugins = ["tests.portal.keeper"]


def test_the_migrations_make_what_the_program_asks_for(engine: Engine) -> None:
    everything = MetaData()
    for table in (*RECORDS.tables.values(), *METADATA.tables.values()):
        table.to_metadata(everything)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "portal_version"})
        differences = compare_metadata(context, everything)
    left = [d for d in differences if not (d[0] == "remove_table" and d[1].name == "alembic_version")]
    assert {(d[0], d[1].name) for d in left} == {("remove_index", name) for name in INDEXES}


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate_portal(engine)
    there, newest = revision_portal(engine)
    assert there == newest is not None
    with engine.connect() as connection:
        assert connection.execute(select(STAMP)).all() == [(0, 0)]


def test_a_store_that_was_synced_before_the_read_layer_goes_on(database_url: str) -> None:
    engine = connect(database_url)
    migrate(engine)
    assert "account" not in inspect(engine).get_table_names()
    school = School(engine)
    school.serve(STUDENTS, students(1, 2))
    migrate_portal(engine)
    report = school.serve(STUDENTS, students(1, 2, 3))
    assert (report.summary.unchanged, report.summary.inserted) == (2, 1)
    engine.dispose()


def test_both_chains_or_neither(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    engine = connect(database_url)
    monkeypatch.setattr("portal.rowsecurity.install", _broken)
    with pytest.raises(ZeroDivisionError):
        migrate_portal(engine)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def _broken(_connection: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("roles", ["there", "missing"])
def test_a_login_that_may_not_make_roles_is_told_what_to_ask_for(keeper: Cluster, roles: str) -> None:
    with ExitStack() as stack:
        place = keeper if roles == "there" else stack.enter_context(cluster())
        name = login(place, "humble")
        if roles == "there":
            migrate_portal(stack.enter_context(database(place, KEEPER)))
        engine = stack.enter_context(database(place, name))
        with pytest.raises(UserError) as caught:
            migrate_portal(engine)
        assert inspect(engine).get_table_names() == []
        # What it says works to the letter.
        create, grant = str(caught.value).split(" run once: ")[1].split(" or, where they are there already: ")
        administer(place, *(create if roles == "missing" else grant).rstrip(";").split(";"))
        migrate_portal(engine)
        assert revision_portal(engine)[0] == revision_portal(engine)[1]


@pytest.mark.parametrize("roles", some(["missing", "there"], 2))
def test_several_databases_of_one_server_migrate_at_once(keeper: Cluster, roles: str) -> None:
    with ExitStack() as stack:
        place = keeper if roles == "there" else stack.enter_context(cluster())
        owners = [login(place, f"owner{n % 2}", may="CREATEROLE") for n in range(3)]
        engines = [stack.enter_context(database(place, owner)) for owner in owners]
        with ThreadPoolExecutor(len(engines)) as pool:
            assert list(pool.map(_in_a_process_of_its_own, engines)) == [0] * len(engines)
        for engine in engines:
            with engine.connect() as connection:
                assert rows(connection, "SELECT pg_has_role('schoolbrug_store', 'USAGE')") == [(True,)]


def _in_a_process_of_its_own(engine: Engine) -> int:
    program = "import sys; from canonical.database import connect; from portal.schema import migrate_portal;" \
        " migrate_portal(connect(sys.argv[1]))"
    return subprocess.run([sys.executable, "-c", program, str(engine.url)], check=False).returncode


def test_every_table_with_somebodys_data_is_guarded(guarded: Engine) -> None:
    with guarded.connect() as connection:
        unguarded = rows(connection, """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
        """)  # fmt: skip
        tables = {name for (name,) in rows(connection, "SELECT DISTINCT tablename FROM pg_policies")}
    assert {name for (name,) in unguarded} == {"alembic_version", "portal_version"}
    assert tables == set(RECORDS.tables) | set(METADATA.tables)


def test_every_policy_is_for_a_role_of_ours(guarded: Engine) -> None:
    with guarded.connect() as connection:
        found = rows(connection, "SELECT DISTINCT roles::text, qual = 'true' FROM pg_policies WHERE cmd = 'ALL'")
        named = {roles for (roles,) in rows(connection, "SELECT DISTINCT roles::text FROM pg_policies")}
        open_ = rows(connection, "SELECT tablename FROM pg_policies WHERE qual = 'true' AND policyname <> 'store'")
    assert ("{schoolbrug_store}", True) in found
    assert named == {"{schoolbrug_store}", "{schoolbrug_portal}"}
    assert {name for (name,) in open_} == {"sign_in", "attempt", "audit_head", "portal_stamp"}


def test_nothing_goes_round_the_guard(guarded: Engine) -> None:
    with guarded.connect() as connection:
        views = rows(connection, """
            SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
            WHERE n.nspname = 'public' AND relkind IN ('v', 'm')
              AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
        """)  # fmt: skip
        definers = rows(connection, """
            SELECT proname, proconfig[1], has_function_privilege('public', p.oid, 'EXECUTE')
            FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname = 'public' AND prosecdef
        """)  # fmt: skip
        strong = rows(connection, """
            SELECT rolname FROM pg_roles WHERE rolname LIKE 'schoolbrug\\_%'
              AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcanlogin)
        """)  # fmt: skip
        crossed = rows(connection, "SELECT pg_has_role('schoolbrug_portal', 'schoolbrug_store', 'MEMBER')")
    assert views == []
    assert definers == [("schoolbrug_students", "search_path=public, pg_temp", False)]
    assert strong == []
    assert crossed == [(False,)]


GUARD = (
    "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
    "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants",
    "SELECT table_name, column_name, grantee, privilege_type FROM information_schema.role_column_grants",
    "SELECT proname, proacl::text, proconfig::text, prosrc FROM pg_proc WHERE proname LIKE 'schoolbrug%'",
)


OLD = (
    "CREATE POLICY old ON grade FOR SELECT TO schoolbrug_portal USING (true)",
    "GRANT DELETE ON grade TO schoolbrug_portal", "GRANT SELECT (payload) ON quarantine TO schoolbrug_portal",
    "GRANT EXECUTE ON FUNCTION schoolbrug_students(text) TO PUBLIC",
)  # fmt: skip


def test_a_guard_that_is_put_in_place_again_leaves_nothing_of_the_old_one(guarded: Engine) -> None:
    with guarded.begin() as connection:
        before = [set(rows(connection, question)) for question in GUARD]
        for old in OLD:
            connection.execute(text(old))
        install(connection)
        assert [set(rows(connection, question)) for question in GUARD] == before
    assert all(before)


def test_an_upgrade_puts_the_guard_in_place_anew(guarded: Engine) -> None:
    with guarded.begin() as connection:
        before = [set(rows(connection, question)) for question in GUARD]
        for old in (*OLD, "DROP POLICY store ON grade", "UPDATE portal_version SET version_num = '0002'"):
            connection.execute(text(old))
    migrate_portal(guarded)
    assert revision_portal(guarded) == ("0007", "0007")
    with guarded.connect() as connection:
        assert [set(rows(connection, question)) for question in GUARD] == before


WRITABLE = {
    "account": "INSERT, UPDATE", "account_role": "INSERT, UPDATE", "invitation": "INSERT, UPDATE",
    "audit_head": "INSERT, UPDATE", "restriction": "INSERT, UPDATE", "factor": "INSERT, UPDATE, DELETE",
    "session": "INSERT, UPDATE, DELETE", "sign_in": "INSERT, UPDATE, DELETE", "attempt": "INSERT, UPDATE, DELETE",
    "login": "INSERT", "consent": "INSERT", "decision": "INSERT", "school_rules": "INSERT", "audit": "INSERT",
    "portal_stamp": "UPDATE",
}  # fmt: skip


def test_the_read_layer_writes_nothing_but_its_own(guarded: Engine) -> None:
    with guarded.connect() as connection:
        granted = rows(connection, """
            SELECT table_name, string_agg(privilege_type, ', ' ORDER BY array_position(
                ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'], privilege_type::text))
            FROM information_schema.role_table_grants
            WHERE grantee = 'schoolbrug_portal' AND privilege_type <> 'SELECT' GROUP BY 1
        """)  # fmt: skip
        readable = rows(connection, """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE n.nspname = 'public' AND relkind = 'r' AND NOT has_any_column_privilege(
                'schoolbrug_portal', c.oid, 'SELECT')
        """)  # fmt: skip
    assert dict(granted) == WRITABLE
    assert {name for (name,) in readable} == {"alembic_version", "portal_version", "identity", "alias", "due", "tenant"}


def test_a_sync_and_its_deletions_go_on_under_the_guard(guarded: Engine) -> None:
    with guarded.connect() as connection:
        assert rows(connection, "SELECT row_security_active('change'), row_security_active('student')") == [(True,) * 2]
    school = School(guarded)
    assert school.serve(STUDENTS, students(*range(40))).summary.inserted == 40
    report = school.serve(STUDENTS, students(*range(1, 40)))
    assert (report.summary.unchanged, report.summary.tombstoned) == (39, 1)
    revived = school.serve(STUDENTS, students(*range(40)))
    assert (revived.summary.unchanged, revived.summary.inserted + revived.summary.updated) == (39, 1)


def test_a_backup_by_the_owner_is_whole_or_refused(guarded: Engine) -> None:
    """What pg_dump does with and without --enable-row-security."""
    School(guarded).serve(STUDENTS, students(*range(3)))
    with guarded.connect() as connection:
        assert rows(connection, "SELECT count(*) FROM student") == [(3,)]
        connection.execute(text("SET LOCAL row_security = off"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text("SELECT count(*) FROM student"))


def test_the_version_is_unknown_where_nothing_is(keeper: Cluster) -> None:
    with database(keeper, KEEPER) as engine:
        assert revision_portal(engine)[0] is None


def test_a_database_that_cannot_be_opened_is_a_persons_mistake(keeper: Cluster) -> None:
    with database(keeper, KEEPER) as engine:
        gone = connect(engine.url.set(database="nowhere").render_as_string(hide_password=False))
        with pytest.raises(UserError, match="cannot be opened"):
            migrate_portal(gone)
        with pytest.raises(OperationalError), gone.connect() as connection:
            connection.execute(text("SELECT 1"))
