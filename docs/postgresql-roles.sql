-- Two roles for records on PostgreSQL, run by the owner of the database once, and again after every upgrade
-- that brought tables. The program then connects as review_flows_app, which owns nothing: it can neither change
-- nor delete what is append-only, nor switch triggers off. An inspector connects as review_flows_auditor.
--
--   REVIEW_FLOWS_DATABASE_URL=<owner>  review-flows audit verify      makes or upgrades the tables
--   psql -f docs/postgresql-roles.sql <database>                      as the owner
--   ALTER ROLE review_flows_app LOGIN PASSWORD '…';                   and so for the auditor

DO $$
DECLARE
  guarded text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'review_flows_app') THEN
    CREATE ROLE review_flows_app NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'review_flows_auditor') THEN
    CREATE ROLE review_flows_auditor NOLOGIN;
  END IF;

  REVOKE CREATE ON SCHEMA public FROM PUBLIC, review_flows_app, review_flows_auditor;
  GRANT USAGE ON SCHEMA public TO review_flows_app, review_flows_auditor;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO review_flows_app, review_flows_auditor;
  GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO review_flows_app;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO review_flows_app;

  -- What a trigger keeps append-only, the role cannot change either.
  FOR guarded IN
    SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = c.relname || '_no_truncate'
  LOOP
    EXECUTE 'REVOKE UPDATE, DELETE, TRUNCATE ON ' || quote_ident(guarded) || ' FROM review_flows_app';
  END LOOP;
  -- Personal data is erased by emptying these two columns; the trigger asks for the entry that says so.
  GRANT UPDATE (salt, content) ON audit_payloads TO review_flows_app;
  -- The schema's revision is the owner's to change.
  REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM review_flows_app;
END
$$;
