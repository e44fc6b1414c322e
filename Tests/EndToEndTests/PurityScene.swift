// Databases with something of all kinds that a query can reach, and the ways to them.

import EventLoop
import LookupValues
import PostgreSQL
import QueryPurity
import Testing
import ThrowawayServers

/// A primary with something of all kinds that a query can reach, its standby, and a pooler before it.
struct PurityScene {
    enum Way: CaseIterable {
        case primary
        case reading
        case withoutTemporary
        case standby
        case transactionPooler
        case statementPooler
        case superuser
    }

    /// A query, and what is to be found.
    struct Shape {
        let query: String
        /// Part of the reason; nil where it is pure.
        let reason: String?

        init(pure query: String) {
            self.query = query
            reason = nil
        }

        init(_ reason: String, _ query: String) {
            self.query = query
            self.reason = reason
        }

        func isRight(_ purity: Purity) -> Bool {
            switch purity {
            case .pure: reason == nil
            case .impure(let found): reason.map { found.contains($0) } ?? false
            }
        }
    }

    static let shared = Result { try PurityScene() }
    static let database = "purity"

    let primary: ThrowawayCluster
    let standby: ThrowawayCluster
    let transactionPooler: PgBouncer
    let statementPooler: PgBouncer

    init() throws {
        primary = try ThrowawayCluster()
        try primary.createDatabase(Self.database)
        try primary.createDatabase("closed")
        for database in [Self.database, "closed"] { try primary.psql(database, Self.setup) }
        try primary.psql("postgres", "REVOKE TEMPORARY ON DATABASE closed FROM PUBLIC")
        standby = try ThrowawayCluster(standbyOf: primary)
        transactionPooler = try PgBouncer(before: primary, connections: 2)
        statementPooler = try PgBouncer(before: primary, connections: 2, mode: "statement")
        try waitUntil("the standby has everything") {
            try standby.psql(Self.database, "SELECT count(*) FROM pg_proc WHERE proname = 'the_last'") == "1"
        }
    }

    var deadline: Instant { MonotonicClock.now().advanced(byNanoseconds: 60_000_000_000) }

    func connection(_ way: Way) throws -> Connection {
        let host =
            switch way {
            case .primary, .reading, .withoutTemporary, .superuser: primary.socketDirectory
            case .standby: standby.socketDirectory
            case .transactionPooler: transactionPooler.socketDirectory
            case .statementPooler: statementPooler.socketDirectory
            }
        var parameters = [
            ("host", host), ("user", way == .superuser ? "postgres" : "reader"),
            ("dbname", way == .withoutTemporary ? "closed" : Self.database), ("client_encoding", "UTF8"),
        ]
        if way == .reading { parameters.append(("options", "-c default_transaction_read_only=on")) }
        return try connect(ConnectionParameters(parameters), timeout: 30).get()
    }

    /// Settings are as they were, no transaction is open, and no view and no function has been made.
    func expectNothingLeft(by connection: Connection) throws {
        let values = try connection.askAll(
            """
            SELECT current_setting('debug_print_rewritten') || current_setting('client_min_messages')
                || current_setting('lock_timeout') || current_setting('search_path')
                || (SELECT count(*) FROM pg_class WHERE relname LIKE 'mapmux%')
            """)
        #expect(values == ["offnotice0\"$user\", public0"])
    }

    static let setup = """
        DO $$ BEGIN CREATE ROLE reader LOGIN; CREATE ROLE mail; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE EXTENSION tablefunc;
        CREATE EXTENSION postgres_fdw;
        CREATE SCHEMA mail; GRANT USAGE ON SCHEMA mail TO reader;
        CREATE TYPE mail.state AS ENUM ('on', 'off');
        CREATE TABLE t (k text PRIMARY KEY, v text, n int, c citext, d date, a inet, s mail.state, j jsonb,
            g text GENERATED ALWAYS AS (upper(k)) STORED, tags text[]);
        INSERT INTO t (k, v, n) VALUES ('k', 'v', 1);
        CREATE TABLE log (k text); CREATE SEQUENCE counter;
        CREATE FUNCTION keeps(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ($1); RETURN $1; END $$;
        CREATE FUNCTION stable_plpgsql(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION immutable_plpgsql(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION mail.sql_text(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_atomic(key text) RETURNS text LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT v FROM t WHERE k = key; END;
        CREATE FUNCTION sql_return(key text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(key);
        CREATE FUNCTION sql_volatile(key text) RETURNS text LANGUAGE sql AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_calls(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT stable_plpgsql(key) $$;
        CREATE FUNCTION sql_random() RETURNS float LANGUAGE sql STABLE AS $$ SELECT random() $$;
        CREATE FUNCTION sql_atomic_random() RETURNS float LANGUAGE sql STABLE RETURN random();
        CREATE FUNCTION sql_set(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE TABLE vals (k text, v text); CREATE VIEW mail.vals AS SELECT k, keeps(v) AS v FROM vals;
        GRANT USAGE ON SCHEMA mail TO mail; CREATE SCHEMA divided; GRANT USAGE ON SCHEMA divided TO reader;
        CREATE FUNCTION definer(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            AS $$ SELECT v FROM vals WHERE k = key $$; ALTER FUNCTION definer OWNER TO mail;
        CREATE FUNCTION definer_user(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = "$user", public AS $$ SELECT v FROM vals WHERE k = key $$;
        CREATE FUNCTION definer_divided(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = divided, public AS $$ SELECT v FROM t WHERE k = key $$;
        ALTER FUNCTION definer_divided OWNER TO mail;
        CREATE FUNCTION definer_path(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$ SELECT v FROM vals WHERE k = key $$;
        ALTER FUNCTION definer_path OWNER TO mail;
        CREATE FUNCTION definer_mail(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = mail, public AS $$ SELECT v FROM vals WHERE k = key $$;
        ALTER FUNCTION definer_mail OWNER TO mail;
        CREATE FUNCTION definer_atomic(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            BEGIN ATOMIC SELECT v FROM vals WHERE k = key; END;
        CREATE FUNCTION definer_calls(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            RETURN mail.sql_text(key);
        CREATE FUNCTION path_calls(key text) RETURNS text LANGUAGE sql STABLE SET search_path = mail
            AS $$ SELECT mail.sql_text(key) $$;
        CREATE FUNCTION path_text(key text) RETURNS text LANGUAGE sql STABLE SET search_path = public
            AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION path_calls_path(key text) RETURNS text LANGUAGE sql STABLE SET search_path = mail
            AS $$ SELECT public.path_text(key) $$;
        CREATE TYPE ranked AS (a int); CREATE TYPE shown AS (a int);
        CREATE FUNCTION ranks(ranked, ranked) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0; END $$;
        CREATE OPERATOR CLASS by_rank DEFAULT FOR TYPE ranked USING btree AS FUNCTION 1 ranks(ranked, ranked);
        CREATE FUNCTION sorts(text, text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0; END $$;
        CREATE OPERATOR <# (LEFTARG = text, RIGHTARG = text, FUNCTION = text_lt);
        CREATE OPERATOR =# (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
        CREATE OPERATOR CLASS by_sort FOR TYPE text USING btree
            AS OPERATOR 1 <#, OPERATOR 3 =#, FUNCTION 1 sorts(text, text);
        CREATE TYPE told AS (a int);
        CREATE FUNCTION tells(told) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN '1'; END $$;
        CREATE CAST (told AS text) WITH FUNCTION tells(told);
        CREATE FUNCTION shows(shown) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN '1'; END $$;
        CREATE CAST (shown AS json) WITH FUNCTION shows(shown);
        CREATE FUNCTION sql_custom(key text) RETURNS text LANGUAGE sql STABLE
            SET site.name = 'x' AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_rows(key text) RETURNS TABLE (r text) LANGUAGE sql STABLE
            AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_any(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT $1 $$;
        CREATE FUNCTION sql_config(key text) RETURNS text LANGUAGE sql STABLE
            AS $$ SELECT set_config('x.y', key, true) $$;
        CREATE FUNCTION sql_in_sql(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT mail.sql_text(key) $$;
        CREATE FUNCTION sql_default(key text, more text DEFAULT stable_plpgsql('x')) RETURNS text LANGUAGE sql STABLE
            AS $$ SELECT key || more $$;
        CREATE VIEW plain_view AS SELECT k, v FROM t;
        CREATE VIEW random_view AS SELECT k, v, random() AS r FROM t;
        CREATE VIEW view_of_view AS SELECT k, v FROM random_view;
        CREATE VIEW function_view AS SELECT k, mail.sql_text(v) AS v FROM t;
        CREATE MATERIALIZED VIEW kept_view AS SELECT k, v, random() AS r FROM t;
        CREATE TABLE secure (k text, v text); ALTER TABLE secure ENABLE ROW LEVEL SECURITY;
        CREATE POLICY by_setting ON secure USING (v = current_setting('site.v', true));
        CREATE TABLE secure_keeping (k text, v text); ALTER TABLE secure_keeping ENABLE ROW LEVEL SECURITY;
        CREATE POLICY by_function ON secure_keeping USING (stable_plpgsql(k) = k);
        CREATE DOMAIN plain_domain AS text CHECK (VALUE <> ''); CREATE DOMAIN keeping_domain AS text CHECK (keeps(VALUE) <> '');
        CREATE DOMAIN domain_of_domain AS keeping_domain;
        CREATE TABLE domains (k plain_domain, b keeping_domain); CREATE TYPE pair AS (a text, b keeping_domain);
        CREATE FUNCTION differs(text, int) RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN true; END $$;
        CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = differs);
        CREATE FUNCTION add(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN $1 || $2; END $$;
        CREATE AGGREGATE gather (text) (SFUNC = add, STYPE = text);
        CREATE AGGREGATE joined (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
        CREATE FUNCTION cast_in(int) RETURNS mail.state LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'on'; END $$;
        CREATE CAST (int AS mail.state) WITH FUNCTION cast_in(int) AS ASSIGNMENT;
        CREATE FUNCTION my_lower(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'lower';
        CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
        CREATE FOREIGN TABLE foreign_t (k text, v text) SERVER far;
        CREATE TABLE parts (k text, v text) PARTITION BY LIST (k);
        CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
        CREATE TABLE mixed (k text, v text) PARTITION BY LIST (k);
        CREATE TABLE mixed_a PARTITION OF mixed FOR VALUES IN ('a') PARTITION BY LIST (k);
        CREATE FOREIGN TABLE mixed_b PARTITION OF mixed_a FOR VALUES IN ('a') SERVER far;
        CREATE TABLE elder (k text, v text); CREATE TABLE child () INHERITS (elder);
        CREATE FUNCTION the_last() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
        """
}
