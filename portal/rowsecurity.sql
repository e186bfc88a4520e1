-- Row-level security: what the read layer may see at all, whatever its queries forget. PostgreSQL 15 or newer.
--
-- Two roles that nobody signs in with. schoolbrug_store writes the records; schoolbrug_portal reads them as the viewer
-- of one transaction, who is told by settings that hold for that transaction alone (portal/reading.py):
--
--   app.role      a word of portal.access.Role; empty: nobody has signed in (yet)
--   app.sources   numbers of sources, "1,2"; "*" is every source
--   app.persons   who the viewer is in each source, "1:<uuid>,2:<uuid>"
--   app.account   the viewer's account
--   app.scopes    a client's scopes, "grades,absences"
--   app.today     the day at school; without it, the database's own day in Amsterdam
--   app.file      the one student whose whole file is being taken along (R64)
--
-- Where nothing is set, no record is seen. The rules are the relation, the age and the block of portal/access.py
-- (R50-R57); switches, restrictions and publication are the application's alone. The clauses of the policies are
-- wrapped in (select ...), so that each is evaluated once for a query and not once for a row.

-- After a change all of this is put in place anew, and what is no longer said here must not stay behind.
DO $$
DECLARE old record;
BEGIN
  FOR old IN SELECT policyname AS name, tablename AS of FROM pg_policies
    WHERE schemaname = current_schema() AND roles && array['schoolbrug_store', 'schoolbrug_portal']::name[] LOOP
    EXECUTE format('DROP POLICY %I ON %I', old.name, old.of);
  END LOOP;
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM schoolbrug_store, schoolbrug_portal', current_schema());
END $$;

CREATE OR REPLACE FUNCTION schoolbrug_setting(name text) RETURNS text LANGUAGE sql STABLE
RETURN nullif(current_setting('app.' || name, true), '');

CREATE OR REPLACE FUNCTION schoolbrug_everywhere() RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(schoolbrug_setting('sources') = '*', false);

CREATE OR REPLACE FUNCTION schoolbrug_sources() RETURNS integer[] LANGUAGE sql STABLE
RETURN CASE
  WHEN schoolbrug_everywhere() THEN '{}'::integer[]
  ELSE string_to_array(coalesce(schoolbrug_setting('sources'), ''), ',')::integer[]
END;

-- Who the viewer is, within the sources that may be touched.
CREATE OR REPLACE FUNCTION schoolbrug_persons() RETURNS TABLE (person uuid, source integer) LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT split_part(entry, ':', 2)::uuid, split_part(entry, ':', 1)::integer
  FROM string_to_table(coalesce(schoolbrug_setting('persons'), ''), ',') AS entry
  WHERE entry <> ''
    AND (schoolbrug_everywhere() OR split_part(entry, ':', 1)::integer = ANY (schoolbrug_sources()));
END;

CREATE OR REPLACE FUNCTION schoolbrug_today() RETURNS date LANGUAGE sql STABLE
RETURN coalesce(schoolbrug_setting('today')::date, (now() AT TIME ZONE 'Europe/Amsterdam')::date);

-- Whole years. Who was born on 29 February has a birthday on 1 March in other years (R55).
CREATE OR REPLACE FUNCTION schoolbrug_age(born date, today date) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN (to_char(today, 'YYYYMMDD')::integer - to_char(born, 'YYYYMMDD')::integer) / 10000;

-- Whether the viewer sees an area (any, grades, absences, readers) of every student of the own sources. "any" is: of
-- some area, so that the student is there at all.
CREATE OR REPLACE FUNCTION schoolbrug_whole(area text) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(CASE schoolbrug_setting('role')
  WHEN 'client' THEN string_to_array(schoolbrug_setting('scopes'), ',') && CASE area
    WHEN 'any' THEN '{students,grades,absences}'::text[]
    WHEN 'grades' THEN '{grades}'::text[]
    WHEN 'absences' THEN '{absences}'::text[]
  END
  WHEN 'attendance_officer' THEN area IN ('any', 'absences')
  WHEN 'administrator' THEN area IN ('any', 'readers')
END, false);

-- The students of whom the viewer may see an area (any, card, grades, absences, file, readers) because of a tie with
-- each: the twin of portal/access.py and portal/facts.py. It must read what the viewer may not, such as who else has
-- authority, and so runs as its owner; it is the only function that does.
CREATE OR REPLACE FUNCTION schoolbrug_students(area text) RETURNS TABLE (student uuid, source integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 AS $$
DECLARE
  capacity text := schoolbrug_setting('role');
  today date := schoolbrug_today();
  exported uuid := schoolbrug_setting('file')::uuid;
  -- Arrays, since the planner takes a function's rows for a thousand and would read whole tables for them.
  people uuid[] := ARRAY(SELECT p.person FROM schoolbrug_persons() p);
  keys text[] := ARRAY(SELECT p.source || ':' || p.person FROM schoolbrug_persons() p);
BEGIN
  -- Whoever may have the whole file reads every area of that one student.
  IF exported IS NOT NULL AND area <> 'file' THEN
    RETURN QUERY SELECT held.student, held.source FROM schoolbrug_students('file') held WHERE held.student = exported;
  END IF;

  IF capacity = 'student' THEN
    RETURN QUERY
      SELECT s.id, s.source_id FROM student s
      WHERE s.id = ANY (people) AND s.source_id || ':' || s.id = ANY (keys) AND s.tombstoned_at IS NULL
        -- Under 16 the guardians exercise the rights over the file (R54).
        AND (area <> 'file' OR schoolbrug_age(s.birth_date, today) >= 16);

  ELSIF capacity = 'guardian' THEN
    RETURN QUERY
      WITH mine AS MATERIALIZED (
        SELECT g.student_id, g.source_id, g.guardian_id, g.legal_authority, g.relation,
               g.court_block OR coalesce(d.decision = 'blocked', false) AS blocked,
               CASE WHEN d.decision = 'granted' THEN d.granted::jsonb - 'file' ELSE '[]'::jsonb END AS granted
        FROM guardianship g
        -- The newest decision of the school holds (R51-R53).
        LEFT JOIN LATERAL (
          SELECT * FROM decision WHERE decision.student_id = g.student_id AND decision.guardian_id = g.guardian_id
          ORDER BY decision.id DESC LIMIT 1
        ) d ON true
        WHERE g.guardian_id = ANY (people) AND g.source_id || ':' || g.guardian_id = ANY (keys)
          AND g.tombstoned_at IS NULL
      )
      SELECT s.id, s.source_id FROM mine
      JOIN student s ON s.id = mine.student_id AND s.source_id = mine.source_id AND s.tombstoned_at IS NULL
      CROSS JOIN LATERAL (SELECT coalesce(
        (SELECT c.open FROM consent c WHERE c.student_id = s.id ORDER BY c.id DESC LIMIT 1), false
      ) AS open) consent
      WHERE NOT EXISTS (
          -- A block goes before whatever else joins the two, whichever source tells of it (R52).
          SELECT FROM mine AS other WHERE other.student_id = s.id AND other.blocked
        )
        AND (
          CASE
            WHEN mine.legal_authority IS NOT NULL THEN mine.legal_authority
            WHEN mine.relation IN ('foster_parent', 'step_parent', 'other', 'unknown') THEN false
            -- Somebody was given the authority in the parents' place (R53).
            WHEN EXISTS (
              SELECT FROM guardianship other
              WHERE other.student_id = mine.student_id AND other.source_id = mine.source_id
                AND other.tombstoned_at IS NULL AND other.guardian_id <> mine.guardian_id
                AND other.legal_authority AND other.relation IN ('legal_guardian', 'institution')
            ) THEN false
            -- What the source does not say, the school's rules say (R50).
            ELSE coalesce((
              SELECT (r.document::jsonb ->> 'authority_where_unknown')::boolean FROM school_rules r
              WHERE r.source_id = mine.source_id ORDER BY r.version DESC LIMIT 1
            ), false)
          END
          OR mine.granted ? area OR (area = 'any' AND jsonb_array_length(mine.granted) > 0)
        )
        -- At 18 the student decides (R55), from 16 about the file (R54).
        AND (consent.open OR coalesce(schoolbrug_age(s.birth_date, today) < 18, false))
        AND (area <> 'file' OR coalesce(schoolbrug_age(s.birth_date, today) < 16, false));

  ELSIF capacity = 'staff' AND area IN ('any', 'card', 'grades', 'absences') THEN
    RETURN QUERY
      -- The groups that they teach or mentor in a school year that holds today, and who is in them today (R57).
      WITH own AS MATERIALIZED (
        SELECT DISTINCT gs.group_id, gs.source_id FROM group_staff gs
        JOIN "group" g ON g.id = gs.group_id AND g.source_id = gs.source_id AND g.tombstoned_at IS NULL
        -- Of a year that the source no longer holds too: with it a class does not come back.
        LEFT JOIN school_year y ON y.id = g.school_year_id AND y.source_id = g.source_id
        WHERE gs.staff_id = ANY (people) AND gs.source_id || ':' || gs.staff_id = ANY (keys)
          AND gs.tombstoned_at IS NULL
          AND coalesce(y.begins <= today, true) AND coalesce(y.ends >= today, true)
      ), pupils AS (
        SELECT m.student_id, m.source_id FROM own
        JOIN group_member m ON m.group_id = own.group_id AND m.source_id = own.source_id
        WHERE m.tombstoned_at IS NULL AND coalesce(m.begins <= today, true) AND coalesce(m.ends >= today, true)
        UNION
        SELECT e.student_id, e.source_id FROM own
        JOIN enrolment e ON e.homeroom_id = own.group_id AND e.source_id = own.source_id
        WHERE e.tombstoned_at IS NULL AND coalesce(e.begins <= today, true) AND coalesce(e.ends >= today, true)
          AND coalesce(e.left_on >= today, true)
      )
      SELECT s.id, s.source_id FROM pupils
      JOIN student s ON s.id = pupils.student_id AND s.source_id = pupils.source_id AND s.tombstoned_at IS NULL;

  ELSIF capacity = 'team_leader' AND area IN ('any', 'card', 'grades', 'absences') THEN
    RETURN QUERY
      WITH parts AS MATERIALIZED (
        SELECT r.source_id, r.section::jsonb AS section FROM account_role r
        WHERE r.account_id = schoolbrug_setting('account')::uuid AND r.role = 'team_leader' AND r.section IS NOT NULL
          AND coalesce(r.begins <= today, true) AND coalesce(r.ends >= today, true)
          AND (schoolbrug_everywhere() OR r.source_id = ANY (schoolbrug_sources()))
      ), latest AS (
        -- The enrolment that holds today, or else the latest.
        SELECT DISTINCT ON (e.student_id, e.source_id)
               e.student_id, e.source_id, e.location_id, e.study, e.grade_level
        FROM enrolment e
        LEFT JOIN school_year y
          ON y.id = e.school_year_id AND y.source_id = e.source_id AND y.tombstoned_at IS NULL
        CROSS JOIN LATERAL (
          SELECT coalesce(e.begins, y.begins) AS begins, coalesce(e.left_on, e.ends, y.ends) AS ends
        ) term
        WHERE e.tombstoned_at IS NULL AND e.source_id IN (SELECT parts.source_id FROM parts)
        ORDER BY e.student_id, e.source_id,
          coalesce(term.begins <= today, true) AND coalesce(term.ends >= today, true) DESC, term.begins DESC NULLS LAST
      )
      SELECT s.id, s.source_id FROM latest
      JOIN student s ON s.id = latest.student_id AND s.source_id = latest.source_id AND s.tombstoned_at IS NULL
      WHERE EXISTS (
        SELECT FROM parts WHERE parts.source_id = latest.source_id
          AND coalesce(parts.section ->> 'location' = latest.location_id::text, parts.section ->> 'location' IS NULL)
          AND coalesce(parts.section ->> 'study' = latest.study, parts.section ->> 'study' IS NULL)
          AND coalesce((parts.section ->> 'grade_level')::integer = latest.grade_level,
                       parts.section ->> 'grade_level' IS NULL)
      );

  ELSIF capacity = 'administrator' AND area = 'file' THEN
    -- Only ever of the one student that is asked for: an administrator sees no grades else (R57).
    RETURN QUERY
      SELECT s.id, s.source_id FROM student s
      WHERE s.id = exported AND s.tombstoned_at IS NULL
        AND (schoolbrug_everywhere() OR s.source_id = ANY (schoolbrug_sources()));
  END IF;
END $$;

DO $$ BEGIN
  -- Whoever calls it cannot slip other tables in under the same names.
  EXECUTE format('ALTER FUNCTION schoolbrug_students(text) SET search_path = %I, pg_temp', current_schema());
END $$;
-- It is asked for with almost every query: planning it each time would cost more than running it.
ALTER FUNCTION schoolbrug_students(text) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION schoolbrug_students(text) SET jit = off;
REVOKE EXECUTE ON FUNCTION schoolbrug_students(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION schoolbrug_students(text) TO schoolbrug_store, schoolbrug_portal;


DO $$
DECLARE
  own_sources constant text :=
    '((select schoolbrug_everywhere()) or source_id = any ((select schoolbrug_sources())::integer[]))';
  -- %1$s is the column with the student, %2$s the area.
  of_student constant text :=
    '((select schoolbrug_whole(%2$L)) and ' || own_sources
    || ' or (%1$s, source_id) in (select * from schoolbrug_students(%2$L)))';
  -- A state in the change log is seen by whoever may see the student that it is about, before and after.
  of_state constant text :=
    '((select schoolbrug_whole(%2$L)) and ' || own_sources
    || ' or (before is null or (((before::jsonb) ->> ''student_id'')::uuid, source_id) in (select * from schoolbrug_students(%2$L)))'
    || ' and (after is null or (((after::jsonb) ->> ''student_id'')::uuid, source_id) in (select * from schoolbrug_students(%2$L)))'
    || ' and (before is not null or after is not null))';
  own_person constant text := '(%I, source_id) in (select * from schoolbrug_persons())';
  own_account constant text := 'account_id = (select schoolbrug_setting(''account'')::uuid)';
  nobody constant text := '(select schoolbrug_setting(''role'')) is null';
  office constant text := '(select schoolbrug_setting(''role'')) in (''administrator'', ''manager'', ''team_leader'')';
  administrator constant text := '(select schoolbrug_setting(''role'')) = ''administrator''';
  manager constant text := '(select schoolbrug_setting(''role'')) = ''manager''';
  store constant text[] := array['identity', 'alias', 'due', 'tenant'];
  open_to_all constant text[] := array['source', 'entity_state', 'school_rules'];
  by_source constant text[] := array['school', 'location', 'school_year', 'grading_period', 'staff', 'group',
    'group_staff', 'subject', 'assessment', 'lesson', 'absence_reason', 'run', 'rehearsal', 'quarantine', 'held',
    'gate'];
  name text;
  area text;
BEGIN
  -- Every table: the store may do everything, anybody else what is granted below.
  FOREACH name IN ARRAY store || open_to_all || by_source || array['student', 'group_member', 'enrolment',
    'student_subject', 'grade', 'absence_notice', 'attendance_observation', 'lesson_remark', 'guardian',
    'guardianship', 'change', 'account', 'account_role', 'factor', 'invitation', 'session', 'sign_in', 'login',
    'attempt', 'consent', 'decision', 'restriction', 'audit', 'audit_head', 'portal_stamp'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY store ON %I TO schoolbrug_store USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO schoolbrug_store', name);
  END LOOP;

  -- Records.
  FOREACH name IN ARRAY by_source LOOP
    EXECUTE format('CREATE POLICY portal ON %I FOR SELECT TO schoolbrug_portal USING (%s)', name, own_sources);
  END LOOP;
  FOR name, area IN VALUES ('group_member', 'any'), ('enrolment', 'any'), ('student_subject', 'any'),
    ('grade', 'grades'), ('absence_notice', 'absences'), ('attendance_observation', 'absences'),
    ('lesson_remark', 'absences') LOOP
    EXECUTE format('CREATE POLICY portal ON %I FOR SELECT TO schoolbrug_portal USING (%s)', name,
      format(of_student, 'student_id', area));
    EXECUTE format('CREATE POLICY %I ON change FOR SELECT TO schoolbrug_portal USING (kind = %L AND %s)', name, name,
      format(of_state, '', area));
  END LOOP;
  EXECUTE format('CREATE POLICY portal ON student FOR SELECT TO schoolbrug_portal USING (%s)',
    format(of_student, 'id', 'any'));
  EXECUTE format('CREATE POLICY student ON change FOR SELECT TO schoolbrug_portal USING (kind = ''student'' AND %s)',
    format(of_student, 'id', 'any'));
  EXECUTE format('CREATE POLICY source ON change FOR SELECT TO schoolbrug_portal USING (kind = ANY (%L) AND %s)',
    by_source, own_sources);

  -- A manager decides on the deletions that are held in the own sources: once, and on nothing else of them.
  EXECUTE format('CREATE POLICY decide ON held FOR UPDATE TO schoolbrug_portal'
    ' USING (%1$s AND %2$s AND state = ''open'') WITH CHECK (%1$s AND %2$s AND state IN (''approved'', ''rejected''))',
    manager, own_sources);

  -- Guardians: themselves, and the administrator, who sends letters. Nobody sees another guardian's contact data
  -- (R50). That somebody has the authority in the parents' place is known to who may see the student (R53).
  EXECUTE format('CREATE POLICY portal ON guardian FOR SELECT TO schoolbrug_portal USING (%s OR %s AND %s)',
    format(own_person, 'id'), administrator, own_sources);
  EXECUTE format('CREATE POLICY portal ON guardianship FOR SELECT TO schoolbrug_portal USING (%s OR %s AND %s)',
    format(own_person, 'guardian_id'), administrator, own_sources);
  EXECUTE format('CREATE POLICY instead ON guardianship FOR SELECT TO schoolbrug_portal USING (legal_authority'
    ' AND relation IN (''legal_guardian'', ''institution'')'
    ' AND (student_id, source_id) IN (SELECT * FROM schoolbrug_students(''any'')))');

  -- The sources themselves: also who has yet to sign in must find them.
  EXECUTE format('CREATE POLICY portal ON source FOR SELECT TO schoolbrug_portal USING (%s OR %s)',
    nobody, replace(own_sources, 'source_id', 'id'));
  EXECUTE format('CREATE POLICY portal ON entity_state FOR SELECT TO schoolbrug_portal USING (%s OR %s)',
    nobody, own_sources);
  EXECUTE format('CREATE POLICY portal ON school_rules FOR SELECT TO schoolbrug_portal USING (%s OR %s)',
    nobody, own_sources);
  EXECUTE format('CREATE POLICY write ON school_rules FOR INSERT TO schoolbrug_portal WITH CHECK (%s AND %s)',
    administrator, own_sources);

  -- Accounts: all of them while somebody signs in, who is nobody yet; then one's own, and those of the own sources for
  -- who runs the portal. Only nobody writes them: an account cannot give itself a role.
  FOREACH name IN ARRAY array['account', 'account_role', 'login', 'factor', 'session', 'invitation'] LOOP
    EXECUTE format('CREATE POLICY portal ON %I TO schoolbrug_portal USING (%s)', name, nobody);
  END LOOP;
  FOREACH name IN ARRAY array['account_role', 'login', 'factor', 'session'] LOOP
    EXECUTE format('CREATE POLICY own ON %I FOR SELECT TO schoolbrug_portal USING (%s)', name, own_account);
  END LOOP;
  EXECUTE format('CREATE POLICY own ON account FOR SELECT TO schoolbrug_portal USING (%s)',
    replace(own_account, 'account_id', 'id'));
  FOREACH name IN ARRAY array['account_role', 'invitation'] LOOP
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO schoolbrug_portal USING (%s AND %s)', name, office,
      own_sources);
  END LOOP;
  FOR name, area IN VALUES ('account', 'account.id'), ('login', 'login.account_id') LOOP
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO schoolbrug_portal'
      ' USING (%s AND EXISTS (SELECT FROM account_role r WHERE r.account_id = %s))', name, office, area);
  END LOOP;
  -- The student's file, which the administrator hands out, tells of the student's sessions (R64).
  EXECUTE format('CREATE POLICY office ON session FOR SELECT TO schoolbrug_portal'
    ' USING (%s AND EXISTS (SELECT FROM account_role r WHERE r.account_id = session.account_id))', administrator);
  -- Found by digest alone; they say nothing of anybody.
  FOREACH name IN ARRAY array['sign_in', 'attempt', 'audit_head', 'portal_stamp'] LOOP
    EXECUTE format('CREATE POLICY portal ON %I TO schoolbrug_portal USING (true)', name);
  END LOOP;

  -- What schools and students decide is seen with the student, and decided by whom it is up to.
  EXECUTE 'CREATE POLICY portal ON consent FOR SELECT TO schoolbrug_portal'
    ' USING (EXISTS (SELECT FROM student s WHERE s.id = consent.student_id))';
  EXECUTE 'CREATE POLICY write ON consent FOR INSERT TO schoolbrug_portal'
    ' WITH CHECK ((SELECT schoolbrug_setting(''role'')) = ''student'''
    ' AND student_id IN (SELECT person FROM schoolbrug_persons()))';
  EXECUTE 'CREATE POLICY portal ON restriction FOR SELECT TO schoolbrug_portal'
    ' USING (EXISTS (SELECT FROM student s WHERE s.id = restriction.student_id))';
  FOR name IN VALUES ('INSERT'), ('UPDATE') LOOP
    EXECUTE format('CREATE POLICY %I ON restriction FOR %s TO schoolbrug_portal %s (%s'
      ' AND EXISTS (SELECT FROM student s WHERE s.id = restriction.student_id))', lower(name), name,
      CASE name WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, administrator);
  END LOOP;
  EXECUTE format('CREATE POLICY portal ON decision FOR SELECT TO schoolbrug_portal USING (%s OR %s AND %s)',
    format(own_person, 'guardian_id'), administrator, own_sources);
  EXECUTE format('CREATE POLICY write ON decision FOR INSERT TO schoolbrug_portal WITH CHECK (%s AND %s'
    ' AND EXISTS (SELECT FROM guardianship g WHERE g.student_id = decision.student_id'
    ' AND g.guardian_id = decision.guardian_id AND g.source_id = decision.source_id))', administrator, own_sources);

  -- The log of who has looked: everybody adds to it, nobody changes it.
  EXECUTE format('CREATE POLICY portal ON audit FOR SELECT TO schoolbrug_portal USING (%s)',
    format(of_student, 'student_id', 'readers'));
  EXECUTE 'CREATE POLICY write ON audit FOR INSERT TO schoolbrug_portal WITH CHECK (true)';
END $$;

-- What the read layer may do with what it sees. Nothing of identity and alias, and not the payload of a quarantined
-- row, nor the members of a held plan.
GRANT SELECT ON source, entity_state, run, rehearsal, change, student, group_member, enrolment, student_subject, grade,
  absence_notice, attendance_observation, lesson_remark, guardian, guardianship, school, location, school_year,
  grading_period, staff, "group", group_staff, subject, assessment, lesson, absence_reason TO schoolbrug_portal;
GRANT SELECT (source_id, paused) ON gate TO schoolbrug_portal;
GRANT SELECT (id, source_id, entity, row, stage, problems, first_run, last_run, attempts, since, closed_at)
  ON quarantine TO schoolbrug_portal;
GRANT SELECT (id, source_id, entity, scope, run_id, created_at, reason, state, decided_at, records, of)
  ON held TO schoolbrug_portal;
GRANT UPDATE (state, decided_at) ON held TO schoolbrug_portal;
GRANT SELECT, INSERT, UPDATE ON account, account_role, invitation, audit_head, restriction TO schoolbrug_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON factor, session, sign_in, attempt TO schoolbrug_portal;
GRANT SELECT, INSERT ON login, consent, decision, school_rules, audit TO schoolbrug_portal;
GRANT SELECT, UPDATE ON portal_stamp TO schoolbrug_portal;
GRANT USAGE ON SEQUENCE login_id_seq, consent_id_seq, decision_id_seq, restriction_id_seq TO schoolbrug_portal;
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO schoolbrug_store, schoolbrug_portal', current_schema());
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO schoolbrug_store', current_schema());
END $$;
