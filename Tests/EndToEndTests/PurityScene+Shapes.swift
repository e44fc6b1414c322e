// Queries of every shape, and what is to be found of each.

extension PurityScene {
    static let shapes = [
        Shape(pure: "SELECT v FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT v, v FROM t WHERE k = '%s' -- a comment"),
        Shape(pure: "SELECT * FROM t WHERE k = lower('%u') || '@' || '%d'"),
        Shape(pure: "SELECT v FROM t WHERE n = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE c = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE s = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE d = date '%s'"),
        Shape(pure: "SELECT v FROM t WHERE a >>= inet '%s'"),
        Shape(pure: "SELECT concat('@', '%d', v) FROM t WHERE k = N'%s'"),
        Shape(pure: "SELECT v FROM t WHERE d < timestamp with time zone '%s'"),
        Shape(pure: "SELECT v FROM t WHERE k LIKE '%s' ORDER BY n LIMIT 1"),
        Shape(
            pure:
                "SELECT count(*), max(v), string_agg(v, ',') FROM t WHERE k = '%s' GROUP BY n HAVING count(*) > 0"
        ),
        Shape(
            pure:
                "SELECT row_number() OVER (ORDER BY n), lag(v) OVER w FROM t WHERE k = '%s' WINDOW w AS (PARTITION BY n)"
        ),
        Shape(
            pure: "SELECT v FROM t WHERE k = '%s' AND d < now() AND d < current_date AND k <> current_user"),
        Shape(pure: "SELECT current_setting('search_path') || '%s'"),
        Shape(
            pure: "SELECT g FROM t WHERE k = '%s' UNION ALL SELECT k FROM t WHERE v = '%s' EXCEPT SELECT 'x'"),
        Shape(pure: "VALUES ('%s')"),
        Shape(pure: "TABLE t"),
        Shape(pure: "(SELECT v FROM t WHERE k = '%s') UNION (SELECT 'x')"),
        Shape(
            pure:
                "WITH RECURSIVE r AS (SELECT k, v FROM t WHERE k = '%s' UNION SELECT t.k, t.v FROM t JOIN r ON t.k = r.v) SELECT v FROM r"
        ),
        Shape(
            pure:
                "SELECT x FROM unnest(string_to_array('%s', '.')) WITH ORDINALITY AS u (x, y), generate_series(1, 3)"
        ),
        Shape(
            pure:
                "SELECT v FROM t WHERE (k, v) IN (SELECT k, v FROM plain_view) AND k = ANY (tags) AND k = '%s'"
        ),
        Shape(
            pure:
                "SELECT CASE WHEN k ILIKE '%%x' THEN v ELSE split_part(v, '@', 2) END FROM t WHERE k BETWEEN '%s' AND '%s'"
        ),
        Shape(pure: "SELECT j->>'a', j @> '{}', jsonb_path_query(j, '$.a') FROM t WHERE k SIMILAR TO '%s'"),
        Shape(
            pure: "SELECT lpad(k, 3), round(n::numeric, 2), v::varchar(3), n::text::int FROM t WHERE k = '%s'"
        ),
        Shape(pure: "SELECT crypt('%s', v), encode(digest('%s', 'sha256'), 'hex') FROM t"),
        Shape(
            pure:
                "SELECT xpath('/a', xmlelement(name a, v)), greatest(k, v), coalesce(v, k), nullif(k, v) FROM t WHERE k = '%s'"
        ),
        Shape(pure: "SELECT v FROM plain_view WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM function_view WHERE k = '%s'"),
        Shape(pure: "SELECT v, r FROM kept_view WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM secure WHERE k = '%s'"),
        Shape(pure: "SELECT k FROM domains WHERE k = '%s'::plain_domain"),
        Shape(pure: "SELECT mail.sql_text('%s')"),
        Shape(pure: "SELECT sql_atomic('%s')"),
        Shape(pure: "SELECT sql_return('%s')"),
        Shape(pure: "SELECT sql_set('%s')"),
        Shape(pure: "SELECT definer_path('%s') || definer_atomic('%s')"),
        Shape(pure: "SELECT path_text('%s') || path_calls_path('%s')"),
        Shape(pure: "SELECT transaction_timestamp()::text || age('3'::xid) || pg_backend_pid() || '%s'"),
        Shape(
            pure: "SELECT greatest(c, v::citext), to_json(t), c = ANY (tags::citext[]) FROM t WHERE k = '%s'"),
        Shape(
            pure: "SELECT v || n, n || '@' || d, quote_literal(n), quote_nullable(v) FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT r FROM sql_rows('%s')"),
        Shape(pure: "SELECT sql_in_sql('%s')"),
        Shape(pure: "SELECT joined(v ORDER BY k) FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM parts WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM elder WHERE k = '%s'"),
        Shape(
            pure:
                "SELECT \":funcid 870\".v AS \"{X \\ (\" FROM t AS \":funcid 870\" WHERE k = '%s' AND v <> ':opno 1 {'"
        ),

        Shape(
            "random() may answer differently each time",
            "SELECT v FROM t WHERE k = '%s' ORDER BY random() LIMIT 1"),
        Shape("gen_random_uuid() may answer", "SELECT gen_random_uuid()::text || '%s'"),
        Shape("clock_timestamp() may answer", "SELECT clock_timestamp()::text || '%s'"),
        Shape("nextval() may keep something", "SELECT nextval('counter')::text || '%s'"),
        Shape("set_config() may keep something", "SELECT set_config('search_path', '%s', true)"),
        Shape("pg_advisory_lock() may keep", "SELECT v, pg_advisory_lock(1) FROM t WHERE k = '%s'"),
        Shape("public.gen_random_bytes() may", "SELECT gen_random_bytes(8) FROM t WHERE k = '%s'"),
        Shape("public.keeps() may keep something (it is VOLATILE)", "SELECT keeps('%s')"),
        Shape("public.stable_plpgsql() may keep something (it is in plpgsql)", "SELECT stable_plpgsql('%s')"),
        Shape("public.immutable_plpgsql() may keep", "SELECT v FROM t WHERE k = immutable_plpgsql('%s')"),
        Shape("public.sql_volatile() may keep something (it is VOLATILE)", "SELECT sql_volatile('%s')"),
        Shape("public.stable_plpgsql() may keep", "SELECT sql_calls('%s')"),
        Shape("random() may answer", "SELECT sql_random()::text || '%s'"),
        Shape("random() may answer", "SELECT sql_atomic_random()::text || '%s'"),
        Shape("public.sql_custom() may keep something (it sets site.name)", "SELECT sql_custom('%s')"),
        Shape("of public.definer() may mean something else", "SELECT definer('%s')"),
        Shape("it is SECURITY DEFINER and sets no search_path without $user", "SELECT definer_user('%s')"),
        Shape("may use the schema divided", "SELECT definer_divided('%s')"),
        Shape("public.keeps() may keep", "SELECT definer_mail('%s')"),
        Shape("mail.sql_text() may mean something else", "SELECT definer_calls('%s')"),
        Shape("mail.sql_text() may mean something else", "SELECT path_calls('%s')"),
        Shape("public.ranks() may keep", "SELECT greatest(ROW(n)::ranked, NULL) FROM t WHERE k = '%s'"),
        Shape("public.ranks() may keep", "SELECT ARRAY[ROW(n)::ranked] = NULL FROM t WHERE k = '%s'"),
        Shape("public.sorts() may keep", "SELECT v FROM t WHERE k = '%s' ORDER BY v USING <#"),
        Shape("public.shows() may keep", "SELECT to_jsonb(ROW(n)::shown) FROM t WHERE k = '%s'"),
        Shape("public.tells() may keep", "SELECT v || ROW(n)::told FROM t WHERE k = '%s'"),
        Shape("txid_current() shows the", "SELECT txid_current()::text || '%s'"),
        Shape(
            "pg_current_xact_id_if_assigned() shows", "SELECT pg_current_xact_id_if_assigned()::text || '%s'"),
        Shape("pg_current_xact_id() shows", "SELECT pg_current_xact_id()::text || '%s'"),
        Shape("txid_current_if_assigned() shows", "SELECT txid_current_if_assigned()::text || '%s'"),
        Shape("pg_cursor() shows", "SELECT name FROM pg_cursors WHERE name = '%s'"),
        Shape(
            "pg_prepared_statement() shows", "SELECT statement FROM pg_prepared_statements WHERE name = '%s'"),
        Shape("pg_listening_channels() shows", "SELECT c FROM pg_listening_channels() AS c WHERE c = '%s'"),
        Shape("pg_stat_get_activity() shows", "SELECT query FROM pg_stat_activity WHERE usename = '%s'"),
        Shape(
            "pg_stat_get_backend_activity() shows", "SELECT pg_stat_get_backend_activity(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_backend_activity_start() shows",
            "SELECT pg_stat_get_backend_activity_start(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_backend_xact_start() shows",
            "SELECT pg_stat_get_backend_xact_start(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_snapshot_timestamp() shows",
            "SELECT pg_stat_get_snapshot_timestamp() WHERE 'x' = '%s'"),
        Shape("it could not be told", "SELECT sql_any(v) FROM t WHERE k = '%s'"),
        Shape("set_config() may keep", "SELECT sql_config('%s')"),
        Shape("public.stable_plpgsql() may keep", "SELECT sql_default('%s')"),
        Shape("random() may answer", "SELECT v FROM random_view WHERE k = '%s'"),
        Shape("random() may answer", "SELECT v FROM view_of_view WHERE k = '%s'"),
        Shape("public.stable_plpgsql() may keep", "SELECT v FROM secure_keeping WHERE k = '%s'"),
        Shape("public.keeps() may keep", "SELECT '%s'::keeping_domain"),
        Shape("public.keeps() may keep", "SELECT k FROM domains WHERE b = '%s'::domain_of_domain"),
        Shape("public.keeps() may keep", "SELECT jsonb_populate_record(NULL::pair, j) FROM t WHERE k = '%s'"),
        Shape("public.differs() may keep", "SELECT v FROM t WHERE v === 1 AND k = '%s'"),
        Shape("public.add() may keep", "SELECT gather(v) FROM t WHERE k = '%s'"),
        Shape("public.add() may keep", "SELECT gather(v) OVER () FROM t WHERE k = '%s'"),
        Shape("public.cast_in() may keep", "SELECT n::mail.state FROM t WHERE k = '%s'"),
        Shape("public.my_lower() may keep", "SELECT my_lower('%s')"),
        Shape("public.foreign_t is a foreign table", "SELECT v FROM foreign_t WHERE k = '%s'"),
        Shape("public.mixed_b is a foreign table", "SELECT v FROM mixed WHERE k = '%s'"),
        Shape("FOR UPDATE and FOR SHARE lock rows", "SELECT v FROM plain_view WHERE k = '%s' FOR SHARE"),
        Shape(
            "it changes data or is a command",
            "WITH w AS (INSERT INTO log VALUES ('%s') RETURNING k) SELECT k FROM w"),
        Shape("it changes data or is a command", "SELECT v INTO made FROM t WHERE k = '%s'"),
        Shape("it is no SELECT", "INSERT INTO log VALUES ('%s') RETURNING k"),
        Shape("it is no SELECT", "EXECUTE something('%s')"),
        Shape("TABLESAMPLE may answer", "SELECT v FROM t TABLESAMPLE BERNOULLI (50) WHERE k = '%s'"),
        Shape("table_to_xml() executes", "SELECT table_to_xml('t', true, false, '') WHERE 'x' = '%s'"),
        Shape(
            "crosstab() executes",
            "SELECT * FROM crosstab('SELECT 1, 1, 1') AS c (a int, b int) WHERE 'x' = '%s'"),
        Shape("pg_is_in_recovery() may answer", "SELECT pg_is_in_recovery()::text || '%s'"),
        Shape(
            "it could not be told: relation \"missing\" does not exist",
            "SELECT v FROM missing WHERE k = '%s'"),
        Shape("it could not be told", "SELECT extract(epoch FROM '%s')"),
    ]
}
