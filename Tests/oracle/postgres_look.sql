-- What the oracle sees of a copy: as its superuser, whatever role and settings the session has taken on.
CREATE SCHEMA oracle;
GRANT USAGE ON SCHEMA oracle TO PUBLIC;
CREATE TABLE oracle.marks (position int);

-- Every table with all its rows. Parts of a row are separated by chr(31), rows by chr(30): place and transaction of the
-- stored version, then the primary key, then the values. A mark is set first, where one can be.
CREATE FUNCTION oracle.tables(mark int)
RETURNS TABLE (identity oid, root oid, schema text, name text, kind text, file oid, is_temporary bool, rows text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET datestyle = 'ISO, YMD' SET extra_float_digits = 1 SET bytea_output = 'hex'
SET intervalstyle = 'postgres' SET timezone = 'UTC' SET row_security = off SET xmloption = 'content' AS $$
DECLARE
  found record;
BEGIN
  IF mark IS NOT NULL AND current_setting('transaction_read_only') = 'off' THEN
    INSERT INTO oracle.marks VALUES (mark);
  END IF;
  FOR found IN
    SELECT c.oid, coalesce(pg_partition_root(c.oid)::oid, c.oid) AS root, n.nspname, c.relname, c.relkind,
      coalesce(pg_relation_filenode(c.oid), 0) AS file, c.relpersistence <> 'p' AS temporary, k.key
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT string_agg(format('t.%I::text', a.attname), ' || chr(29) || ' ORDER BY u.n) AS key
      FROM pg_index i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, n)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
      WHERE i.indrelid = c.oid AND i.indisprimary
    ) k ON true
    WHERE c.relkind IN ('r', 'p', 'm') AND (c.relkind <> 'm' OR c.relispopulated)
      AND (n.oid = pg_my_temp_schema() OR n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oracle'))
    ORDER BY c.oid
  LOOP
    identity := found.oid; root := found.root; schema := found.nspname; name := found.relname; kind := found.relkind;
    file := found.file; is_temporary := found.temporary; rows := NULL;
    IF kind <> 'p' THEN
      EXECUTE format(
        'SELECT string_agg(t.ctid::text || ''/'' || t.xmin::text || chr(31) || coalesce(%s, '''') || chr(31) || t::text, chr(30)) '
        'FROM ONLY %I.%I t', coalesce(found.key, ''''''), schema, name) INTO rows;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- Every object that someone made: what identifies it, its type, its name, and the identity of what it goes with.
CREATE FUNCTION oracle.objects() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN RETURN (
  WITH spaces AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE oid = pg_my_temp_schema() OR nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'oracle')
  ), objects (identity, kind, name, owner) AS (
  SELECT 'c' || c.oid,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
      WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite' ELSE 'index' END,
    c.relname::text,
    CASE WHEN c.relkind IN ('i', 'I') THEN (SELECT 'c' || i.indrelid FROM pg_index i WHERE i.indexrelid = c.oid)
      WHEN c.relkind IN ('r', 'p') THEN (SELECT 'c' || h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid LIMIT 1)
    END
  FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relkind <> 't'
  UNION ALL
  SELECT 'a' || a.attrelid || '.' || a.attnum, 'column', c.relname || '.' || a.attname, 'c' || c.oid
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN spaces s ON s.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  UNION ALL
  SELECT 'p' || p.oid, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
    p.proname::text, NULL
  FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
  UNION ALL
  SELECT 't' || t.oid, 'trigger', t.tgname::text, 'c' || t.tgrelid
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN spaces s ON s.oid = c.relnamespace WHERE NOT t.tgisinternal
  UNION ALL
  SELECT 'y' || y.oid, 'type', y.typname::text, NULL
  FROM pg_type y JOIN spaces s ON s.oid = y.typnamespace WHERE y.typtype IN ('e', 'd')
  UNION ALL
  SELECT 'l' || oid, 'large object', oid::text, NULL FROM pg_largeobject_metadata
  UNION ALL
  SELECT 'n' || s.oid, 'schema', s.nspname::text, NULL FROM spaces s WHERE s.nspname !~ '^pg_'
  )
  SELECT string_agg(concat_ws(chr(31), identity, kind, name, coalesce(owner, '')), chr(30) ORDER BY identity) FROM objects
); END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA oracle TO PUBLIC;
