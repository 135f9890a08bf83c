import Postgres
import Replay

/// What the measurement of a session needs in every clone: functions, tables and event triggers, in the server's own schema,
/// which everyone may use and no session may change.
///
/// The counters of an open transaction are seen by its own connection only, so the replay's role must be able to ask for
/// them whatever role and settings the session has taken on.
enum MeasuringFunctions {
  /// The SQLSTATE of the notice that says that there are events. What they are is in a table that no session writes:
  /// a notice anybody can raise.
  static let state = "AS001"

  /// Installs it into the template, after everything else.
  ///
  /// Temporary objects are looked for last: where the path does not name their schema, the server looks there first for
  /// tables and types, and a session's `pg_temp.pg_class` would stand for the catalog.
  /// Source: PostgreSQL 15, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely".
  ///
  /// Whoever plans a query on a table runs code that the table holds: the server works out constants of an index's
  /// predicate and of a check as it plans. So what reads tables belongs to the measurer, and the tables' own triggers are
  /// made by their owner; the superuser touches catalogs only. Source: PostgreSQL 15, 38.7 "Function Volatility Categories".
  ///
  /// - Parameters:
  ///   - superuser: a connection of the superuser to the template.
  ///   - owner: one of the role that owns the tables.
  static func install(
    _ superuser: borrowing PostgresConnection, _ owner: borrowing PostgresConnection, _ roles: ShadowRoles
  ) throws(PostgresError) {
    try superuser.script(definitions)
    for function in [
      "rows(oid)", "written(oid, bigint)", "column_hashes(oid, smallint, oid, int)", "key_values(oid, text[])",
    ] {
      try superuser.script("ALTER FUNCTION pg_catalog.assay_\(function) OWNER TO \(quoted(roles.measurer))")
    }
    try owner.script("SET client_min_messages = error; " + unchangedTriggers)
    try superuser.script(knownColumns)
    try superuser.script(eventTriggers)
    try superuser.script(revokedFunctions)
  }

  private static let definitions = """
    -- Its tables, too, stand where the server's own do: code that goes through everybody's tables does not meet them.
    SET allow_system_table_mods = on;

    -- Updates that left a row as it was, a row each. Not a setting: anybody may change one. One session at a time writes on a
    -- clone; the number of a process says nothing, for it comes again.
    CREATE TABLE pg_catalog.assay_unchanged_rows (relation oid NOT NULL);
    CREATE INDEX ON pg_catalog.assay_unchanged_rows (relation);

    CREATE FUNCTION pg_catalog.assay_unchanged_counts() RETURNS TABLE (relation oid, unchanged bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT r.relation, count(*) FROM pg_catalog.assay_unchanged_rows AS r GROUP BY 1 ORDER BY 1
    $$;

    -- How many columns of a table are known, and those that the session has added since: what it fills them with overwrites
    -- nothing that was there.
    CREATE TABLE pg_catalog.assay_known_columns (relation oid PRIMARY KEY, last smallint NOT NULL);
    CREATE TABLE pg_catalog.assay_own_columns (relation oid NOT NULL, number smallint NOT NULL);
    CREATE INDEX ON pg_catalog.assay_own_columns (relation);

    CREATE FUNCTION pg_catalog.assay_own_part(document json, table_oid oid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE part jsonb; BEGIN
        SELECT jsonb_object_agg(a.attname, (document -> a.attname::text)::jsonb) INTO part FROM pg_catalog.assay_own_columns o
        JOIN pg_attribute a ON a.attrelid = o.relation AND a.attnum = o.number
        WHERE o.relation = table_oid AND NOT a.attisdropped;
        RETURN coalesce(part, '{}');
      -- A document that holds what no text can, such as a zero: then the columns count as the others do.
      EXCEPTION WHEN OTHERS THEN RETURN '{}';
      END $$;

    -- From the first column on that a session adds to a table, its second trigger looks at the others alone. A catalog's row
    -- of a table tells the server to read its triggers again.
    CREATE FUNCTION pg_catalog.assay_note_columns() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE t record; BEGIN
        FOR t IN SELECT c.oid, c.relnatts, k.last FROM pg_catalog.assay_known_columns k JOIN pg_class c ON c.oid = k.relation
          WHERE c.relnatts > k.last
        LOOP
          INSERT INTO pg_catalog.assay_own_columns SELECT t.oid, n FROM generate_series(t.last + 1, t.relnatts) n;
          UPDATE pg_catalog.assay_known_columns SET last = t.relnatts WHERE relation = t.oid;
          UPDATE pg_trigger SET tgenabled = 'A' WHERE tgrelid = t.oid AND tgname = 'zzz_assay_unchanged_own';
          UPDATE pg_class SET relhastriggers = true WHERE oid = t.oid;
        END LOOP;
      END $$;

    -- The columns that a session added are the next one's as all others are. Whoever calls it has fewer of its own.
    CREATE FUNCTION pg_catalog.assay_begin() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF current_setting('transaction_read_only') = 'off' AND EXISTS (SELECT FROM pg_catalog.assay_own_columns) THEN
          DELETE FROM pg_catalog.assay_own_columns;
        END IF;
      END $$;

    -- What happened to objects, as the event triggers saw it. An error takes it back with what it tells of.
    CREATE TABLE pg_catalog.assay_events (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backend int NOT NULL, fields text[] NOT NULL);

    CREATE FUNCTION pg_catalog.assay_events_since(last bigint) RETURNS TABLE (number bigint, fields text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT e.number, e.fields FROM pg_catalog.assay_events AS e
      WHERE e.number > last AND e.backend = pg_backend_pid() ORDER BY e.number
    $$;

    -- In a transaction that may not write only temporary objects come and go.
    CREATE FUNCTION pg_catalog.assay_tell(fields text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = notice AS $$
      BEGIN
        IF current_setting('transaction_read_only') = 'on' THEN RETURN; END IF;
        INSERT INTO pg_catalog.assay_events (backend, fields) VALUES (pg_backend_pid(), fields);
        RAISE NOTICE USING ERRCODE = 'AS001', MESSAGE = 'event';
      END $$;

    -- Rows changed so far by the open transaction (rolled back parts included), the file and all unchanged updates of each
    -- relation that something happened to, then each sequence that moved.
    CREATE FUNCTION pg_catalog.assay_counters(relations oid[], files oid[], sequences oid[], lasts bigint[])
    RETURNS TABLE (relation oid, inserted bigint, updated bigint, deleted bigint, file oid, unchanged bigint, last bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT o, i, u, d, f, (SELECT count(*) FROM pg_catalog.assay_unchanged_rows AS r WHERE r.relation = o), NULL
      FROM (
        SELECT o, file, pg_stat_get_xact_tuples_inserted(o) AS i, pg_stat_get_xact_tuples_updated(o) AS u,
          pg_stat_get_xact_tuples_deleted(o) AS d, pg_relation_filenode(o)::oid AS f
        FROM unnest(relations, files) AS t(o, file) OFFSET 0
      ) AS counted
      WHERE i > 0 OR u > 0 OR d > 0 OR f IS DISTINCT FROM nullif(file, 0)
      UNION ALL
      SELECT s, 0, 0, 0, NULL, 0, now
      FROM (
        -- CASE, for a planner may ask a sequence that is gone for its value before it looks whether it is there.
        SELECT s, known, CASE WHEN EXISTS (SELECT FROM pg_class WHERE oid = s AND relkind = 'S')
          THEN coalesce(pg_sequence_last_value(s), -1) ELSE known END AS now
        FROM unnest(sequences, lasts) AS t(s, known) OFFSET 0
      ) AS moved
      WHERE now <> known
    $$;

    -- The same by the server's own account, for what cannot run inside a transaction.
    CREATE FUNCTION pg_catalog.assay_totals(relations oid[])
    RETURNS TABLE (relation oid, inserted bigint, updated bigint, deleted bigint)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT o, pg_stat_get_tuples_inserted(o), pg_stat_get_tuples_updated(o), pg_stat_get_tuples_deleted(o)
      FROM unnest(relations) AS o
    $$;

    CREATE FUNCTION pg_catalog.assay_rows(relation oid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
      DECLARE count bigint; BEGIN
        IF NOT EXISTS (SELECT FROM pg_class WHERE oid = relation AND relkind IN ('r', 'm')) THEN RETURN NULL; END IF;
        EXECUTE format('SELECT count(*) FROM ONLY %s', relation::regclass) INTO count;
        RETURN count;
      END $$;

    -- The rows of a table, and those of them that stand under the transaction number or a later one.
    CREATE FUNCTION pg_catalog.assay_written(relation oid, first bigint, OUT rows bigint, OUT written bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_class WHERE oid = relation AND relkind IN ('r', 'm')) THEN RETURN; END IF;
        EXECUTE format('SELECT count(*), count(*) FILTER (WHERE xmin::text::bigint >= %s) FROM ONLY %s',
          first % 4294967296, relation::regclass) INTO rows, written;
      END $$;

    -- What a document says, and how many names it gives: one that occurs twice is lost where only the last one counts.
    CREATE FUNCTION pg_catalog.assay_document(document json) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        RETURN document::jsonb::text || (
          SELECT count(token[1]) FROM regexp_matches(document::text, '"(?:[^"\\\\]|\\\\.)*"(\\s*:)?', 'g') AS token);
      EXCEPTION WHEN OTHERS THEN RETURN document::text;
      END $$;

    -- The values of a column as they would be after going through a type, in the order of the rows.
    CREATE FUNCTION pg_catalog.assay_column_hashes(relation oid, number smallint, type oid, modifier int)
    RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
    SET extra_float_digits = 1 SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres' SET bytea_output = 'hex'
    SET timezone = 'UTC' AS $$
      BEGIN
        -- A number is the same however many zeros end it, a document however it is spaced.
        RETURN QUERY EXECUTE format('SELECT hashtextextended(' || CASE type WHEN 'numeric'::regtype
            THEN 'trim_scale(%I::%s)' WHEN 'json'::regtype THEN 'pg_catalog.assay_document(%I::%s)' ELSE '(%I::%s)' END
            || '::text, 0) FROM %s %s',
          (SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum = number),
          format_type(type, modifier), (SELECT CASE relkind WHEN 'p' THEN '' ELSE 'ONLY' END FROM pg_class WHERE oid = relation),
          relation::regclass);
      END $$;

    -- How often each value of some columns occurs in a table and its parts.
    CREATE FUNCTION pg_catalog.assay_key_values(relation oid, columns text[]) RETURNS TABLE (value bigint, rows bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
      BEGIN
        RETURN QUERY EXECUTE format('SELECT hashtextextended(ROW(%s)::text, 0), count(*) FROM %s GROUP BY 1',
          (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = relation AND lower(attname) = ANY (columns) AND attnum > 0 AND NOT attisdropped),
          relation::regclass);
      END $$;

    CREATE FUNCTION pg_catalog.assay_columns(relation oid)
    RETURNS TABLE (number smallint, name name, type oid, modifier int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT attnum, attname, atttypid, atttypmod FROM pg_attribute
      WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    $$;

    CREATE FUNCTION pg_catalog.assay_restore(sequence oid, last bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE start bigint; BEGIN
        IF EXISTS (SELECT FROM pg_class WHERE oid = sequence AND relnamespace = 'pg_catalog'::regnamespace) THEN
          RAISE insufficient_privilege USING MESSAGE = 'what measures a session is not for it to change';
        END IF;
        SELECT seqstart INTO start FROM pg_sequence WHERE seqrelid = sequence;
        IF last < 0 THEN PERFORM setval(sequence::regclass, start, false);
        ELSE PERFORM setval(sequence::regclass, last, true); END IF;
      END $$;

    CREATE FUNCTION pg_catalog.assay_advisory() RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
    $$;

    CREATE FUNCTION pg_catalog.assay_shared(OUT stored text, OUT role text, OUT row_security text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT concat_ws(' ',
        (SELECT string_agg(s::text, ' ' ORDER BY setdatabase, setrole) FROM pg_db_role_setting s
          WHERE setdatabase = d.oid OR setrole = r.oid),
        d.datacl::text, d.datdba, d.datconnlimit, d.datistemplate, d.datallowconn, r.rolconnlimit, r.rolvaliduntil,
        md5(coalesce(r.rolpassword, ''))),
        concat_ws(' ', current_setting('role'), session_user), current_setting('row_security')
      FROM pg_database d, pg_authid r WHERE d.datname = current_database() AND r.rolname = session_user
    $$;

    CREATE FUNCTION pg_catalog.assay_on_drop() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE o record; BEGIN
        FOR o IN SELECT * FROM pg_event_trigger_dropped_objects() LOOP
          -- The owner of one of these functions may be a role on whose behalf code of the session runs.
          IF o.object_identity LIKE 'pg\\_catalog.assay\\_%' THEN
            RAISE insufficient_privilege USING MESSAGE = 'what measures a session is not for it to change';
          END IF;
          PERFORM pg_catalog.assay_tell(ARRAY['drop', o.object_type,
            coalesce(o.schema_name, ''), coalesce(o.object_name, ''), o.object_identity, o.original::text, o.normal::text,
            o.is_temporary::text, o.objid::text, coalesce(o.address_names[array_upper(o.address_names, 1)], ''), o.objsubid::text]);
        END LOOP;
      END $$;

    -- Definitions are read whole after each change of the schema. Larger ones than any program writes are refused.
    CREATE TABLE pg_catalog.assay_large_definitions (backend int NOT NULL, bytes bigint NOT NULL);
    CREATE FUNCTION pg_catalog.assay_limit_definitions(object oid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE size bigint; BEGIN
        SELECT sum(octet_length(text)) INTO size FROM (
          SELECT ev_action::text AS text FROM pg_rewrite WHERE ev_class = object OR oid = object
          UNION ALL SELECT prosrc FROM pg_proc WHERE oid = object
          UNION ALL SELECT prosqlbody::text FROM pg_proc WHERE oid = object
          UNION ALL SELECT adbin::text FROM pg_attrdef WHERE adrelid = object
          UNION ALL SELECT conbin::text FROM pg_constraint WHERE conrelid = object OR contypid = object OR oid = object
          UNION ALL SELECT tgqual::text FROM pg_trigger WHERE oid = object
          UNION ALL SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE oid = object
          UNION ALL SELECT polqual::text FROM pg_policy WHERE oid = object
          UNION ALL SELECT polwithcheck::text FROM pg_policy WHERE oid = object
          UNION ALL SELECT indexprs::text FROM pg_index WHERE indexrelid = object
          UNION ALL SELECT indpred::text FROM pg_index WHERE indexrelid = object
          UNION ALL SELECT typdefault FROM pg_type WHERE oid = object
        ) AS definitions;
        IF coalesce(size, 0) < 65536 THEN RETURN; END IF;
        INSERT INTO pg_catalog.assay_large_definitions VALUES (pg_backend_pid(), size);
        IF (SELECT sum(bytes) FROM pg_catalog.assay_large_definitions WHERE backend = pg_backend_pid()) > 16777216 THEN
          RAISE configuration_limit_exceeded USING MESSAGE = 'definitions of more than 16 MiB';
        END IF;
      END $$;

    CREATE FUNCTION pg_catalog.assay_on_end() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE c record; r pg_class; f boolean; owner oid; shown oid; BEGIN
        FOR c IN SELECT * FROM pg_event_trigger_ddl_commands()
          WHERE NOT in_extension OR classid = 'pg_class'::regclass LOOP
          IF c.object_identity LIKE 'pg\\_catalog.assay\\_%' THEN
            RAISE insufficient_privilege USING MESSAGE = 'what measures a session is not for it to change';
          END IF;
          PERFORM pg_catalog.assay_limit_definitions(c.objid);
          r := NULL; f := NULL; owner := NULL; shown := NULL;
          IF c.classid = 'pg_class'::regclass THEN SELECT * INTO r FROM pg_class WHERE oid = c.objid; END IF;
          IF c.classid = 'pg_proc'::regclass THEN SELECT prosecdef INTO f FROM pg_proc WHERE oid = c.objid; END IF;
          CASE c.classid
            WHEN 'pg_class'::regclass THEN owner := r.relowner;
            WHEN 'pg_namespace'::regclass THEN SELECT nspowner INTO owner FROM pg_namespace WHERE oid = c.objid;
            WHEN 'pg_proc'::regclass THEN SELECT proowner INTO owner FROM pg_proc WHERE oid = c.objid;
            WHEN 'pg_type'::regclass THEN SELECT typowner INTO owner FROM pg_type WHERE oid = c.objid;
            WHEN 'pg_policy'::regclass THEN
              SELECT polrelid INTO shown FROM pg_policy WHERE oid = c.objid AND polpermissive;
            ELSE NULL;
          END CASE;
          PERFORM pg_catalog.assay_tell(ARRAY['end', c.command_tag,
            coalesce(c.object_type, ''), coalesce(c.schema_name, ''), coalesce(c.object_identity, ''),
            coalesce(c.objid::text, '0'), coalesce(r.relname, ''), coalesce(r.relkind::text, ''),
            coalesce(pg_relation_filenode(r.oid), 0)::text, coalesce(r.relrowsecurity, false)::text,
            coalesce(r.relforcerowsecurity, false)::text, coalesce(f, false)::text,
            coalesce(r.relpersistence = 't', false)::text, coalesce(pg_partition_root(r.oid)::oid::text, '0'),
            coalesce(owner <> session_user::regrole, false)::text, coalesce(r.relnatts, 0)::text, coalesce(shown::text, '0')]);
        END LOOP;
        IF tg_tag = 'ALTER TABLE' THEN PERFORM pg_catalog.assay_note_columns(); END IF;
      END $$;

    CREATE FUNCTION pg_catalog.assay_on_rewrite() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        PERFORM pg_catalog.assay_tell(ARRAY['rewrite', pg_event_trigger_table_rewrite_oid()::text,
          pg_event_trigger_table_rewrite_reason()::text]);
      END $$;

    CREATE FUNCTION pg_catalog.assay_unchanged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO pg_catalog.assay_unchanged_rows VALUES (TG_RELID);
        RETURN NULL;
      END $$;
    """

  private static let eventTriggers = """
    CREATE EVENT TRIGGER assay_drop ON sql_drop EXECUTE FUNCTION pg_catalog.assay_on_drop();
    CREATE EVENT TRIGGER assay_end ON ddl_command_end EXECUTE FUNCTION pg_catalog.assay_on_end();
    CREATE EVENT TRIGGER assay_rewrite ON table_rewrite EXECUTE FUNCTION pg_catalog.assay_on_rewrite();
    ALTER EVENT TRIGGER assay_drop ENABLE ALWAYS;
    ALTER EVENT TRIGGER assay_end ENABLE ALWAYS;
    ALTER EVENT TRIGGER assay_rewrite ENABLE ALWAYS;
    """

  /// A trigger on each table that runs only for updates which leave a row as it was, and one for those that leave all but the
  /// session's own columns as they were, which is asleep while there are none: it puts those of the old row into the new one
  /// and compares what is stored. A document holds the own columns only, for settings and casts decide how it shows a value.
  ///
  /// What a condition calls runs with the rights of whoever updates, so a type's own code gets no others.
  private static let unchangedTriggers = """
    DO $triggers$
      DECLARE t regclass; BEGIN
        FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
            AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        LOOP
          EXECUTE format('CREATE TRIGGER zzz_assay_unchanged AFTER UPDATE ON %s FOR EACH ROW WHEN (OLD.* *= NEW.*) '
            || 'EXECUTE FUNCTION pg_catalog.assay_unchanged()', t);
          EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zzz_assay_unchanged', t);
          EXECUTE format('CREATE TRIGGER zzz_assay_unchanged_own AFTER UPDATE ON %s FOR EACH ROW WHEN (NOT OLD.* *= NEW.* AND '
            || 'OLD.* *= jsonb_populate_record(NEW.*, assay_own_part(to_json(OLD.*), OLD.tableoid))) '
            || 'EXECUTE FUNCTION pg_catalog.assay_unchanged()', t);
          EXECUTE format('ALTER TABLE %s DISABLE TRIGGER zzz_assay_unchanged_own', t);
        END LOOP;
      END $triggers$;
    """

  /// Marks the triggers as the server's own, so that a session does not meet them in its catalog queries, and notes the
  /// columns of each table.
  private static let knownColumns = """
    UPDATE pg_trigger SET tgisinternal = true WHERE tgname IN ('zzz_assay_unchanged', 'zzz_assay_unchanged_own');
    INSERT INTO pg_catalog.assay_known_columns SELECT c.oid, c.relnatts FROM pg_class c
      WHERE EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'zzz_assay_unchanged_own')
    """

  /// What reaches other sessions, the server or its files, and is not refused to every role already.
  private static let revokedFunctions = """
    REVOKE EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend(int, bigint), pg_catalog.pg_cancel_backend(int),
      pg_catalog.pg_reload_conf(), pg_catalog.pg_rotate_logfile(), pg_catalog.lo_import(text),
      pg_catalog.lo_import(text, oid), pg_catalog.lo_export(oid, text),
      -- A trigger that counts what it likes as unchanged, an event that never was.
      pg_catalog.assay_unchanged(), pg_catalog.assay_tell(text[]), pg_catalog.assay_limit_definitions(oid),
      pg_catalog.assay_note_columns() FROM PUBLIC
    """
}
