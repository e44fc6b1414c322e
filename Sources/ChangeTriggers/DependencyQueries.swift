// Queries of PostgreSQL's catalogs for what the rows behind a query are, and what tells of their changes.

/// SQL whose rows `DependencyFacts.learn` takes. It names nothing with a schema: pg_catalog must be the search path. Any role
/// may execute it, at a standby too.
package enum DependencyQueries {
    /// - Parameters:
    ///   - relations: that queries read; their partitions, parents and children are found from them.
    ///   - functions: that queries call, aggregates among them.
    ///   - operators: that they use.
    ///   - types: of their values.
    ///   - collations: under which they compare keys.
    package static func facts(
        relations: Set<UInt32>, functions: Set<UInt32>, operators: Set<UInt32>, types: Set<UInt32>,
        collations: Set<UInt32>
    ) -> [String] {
        let family = """
            WITH RECURSIVE down (oid) AS (
                SELECT unnest(\(array(relations)))
                UNION SELECT i.inhrelid FROM down AS d JOIN pg_inherits AS i ON i.inhparent = d.oid),
            family (oid) AS (
                SELECT d.oid FROM down AS d
                UNION SELECT i.inhparent FROM family AS f JOIN pg_inherits AS i ON i.inhrelid = f.oid)
            """
        return [
            "SELECT 'encoding', current_setting('server_encoding')",
            // An aggregate's parts, but not those that are called only if it is executed in parallel: these are no different.
            """
            WITH called (oid) AS (
                SELECT unnest(\(array(functions)))
                UNION SELECT o.oprcode::oid FROM pg_operator AS o WHERE o.oid = ANY (\(array(operators)))
                UNION SELECT part.oid FROM pg_aggregate AS a, LATERAL (VALUES (a.aggtransfn::oid),
                    (a.aggfinalfn::oid), (a.aggmtransfn::oid), (a.aggminvtransfn::oid), (a.aggmfinalfn::oid)) AS part (oid)
                WHERE a.aggfnoid = ANY (\(array(functions))) AND part.oid <> 0)
            SELECT 'function', quote_ident(p.proname), p.provolatile::text, l.lanname::text,
                (p.oid < 16384)::text, (\(isExtensions("pg_proc", "p.oid")))::text,
                CASE WHEN l.lanname IN ('c', 'internal') THEN p.prosrc ELSE '' END
            FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
            WHERE p.oid IN (SELECT c.oid FROM called AS c) ORDER BY p.oid
            """,
            """
            WITH RECURSIVE used (oid) AS (
                SELECT unnest(\(array(types)))
                UNION SELECT part.oid FROM used AS u JOIN pg_type AS t ON t.oid = u.oid,
                    LATERAL (VALUES (t.typbasetype), (t.typelem)) AS part (oid)
                WHERE part.oid <> 0)
            SELECT 'type', t.oid::text, format_type(t.oid, NULL), i.prosrc, i.provolatile::text, o.prosrc,
                o.provolatile::text,
                (t.oid < 16384 OR t.typtype IN ('d', 'e') OR t.typelem <> 0 AND o.prosrc = 'array_out'
                    OR \(isExtensions("pg_type", "t.oid")))::text,
                concat_ws(' ', nullif(t.typbasetype, 0), nullif(t.typelem, 0))
            FROM pg_type AS t JOIN pg_proc AS i ON i.oid = t.typinput JOIN pg_proc AS o ON o.oid = t.typoutput
            WHERE t.oid IN (SELECT u.oid FROM used AS u)
            """,
            """
            SELECT 'collation', c.oid::text FROM pg_collation AS c
            WHERE c.oid = ANY (\(array(collations))) AND c.collisdeterministic
            """,
            """
            \(family)
            SELECT 'relation', c.oid::text, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text,
                c.relrowsecurity::text, (EXISTS (SELECT FROM pg_subscription_rel AS s WHERE s.srrelid = c.oid))::text
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.oid IN (SELECT f.oid FROM family AS f)
            """,
            """
            \(family)
            SELECT 'child', i.inhrelid::text, i.inhparent::text FROM pg_inherits AS i
            WHERE i.inhrelid IN (SELECT f.oid FROM family AS f) AND i.inhparent IN (SELECT f.oid FROM family AS f)
            """,
            """
            \(family)
            SELECT 'column', a.attrelid::text, a.attnum::text, a.attname::text, a.atttypid::text, a.attcollation::text,
                (a.attgenerated = 'v')::text
            FROM pg_attribute AS a
            WHERE a.attrelid IN (SELECT f.oid FROM family AS f) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attrelid, a.attnum
            """,
            """
            \(family)
            \(triggers) AND t.tgrelid IN (SELECT f.oid FROM family AS f) ORDER BY t.tgrelid, t.tgname
            """,
        ]
    }

    /// The triggers that may be mapmux's, by their names.
    private static let triggers = """
        SELECT 'trigger', t.tgrelid::text, t.tgname::text, t.tgtype::text, t.tgenabled::text,
            coalesce(t.tgoldtable, '')::text, coalesce(t.tgnewtable, '')::text,
            (t.tgqual IS NULL AND t.tgnargs = 0 AND t.tgattr::text = '' AND NOT t.tgisinternal AND t.tgconstraint = 0
                AND NOT t.tgdeferrable AND t.tgparentid = 0)::text,
            p.oid::text, n.nspname::text, p.proname::text, p.prosrc,
            (l.lanname = 'plpgsql' AND p.prokind = 'f' AND NOT p.prosecdef AND NOT p.proisstrict AND p.pronargs = 0
                AND p.prorettype = 'trigger'::regtype)::text,
            coalesce(p.proconfig::text, '')
        FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = p.pronamespace
            JOIN pg_language AS l ON l.oid = p.prolang
        WHERE left(t.tgname, 7) = 'mapmux_'
        """

    private static func array(_ oids: Set<UInt32>) -> String {
        "'{\(oids.sorted().map(String.init).joined(separator: ","))}'::oid[]"
    }

    private static func isExtensions(_ catalog: String, _ oid: String) -> String {
        """
        EXISTS (SELECT FROM pg_depend AS d
            WHERE d.classid = '\(catalog)'::regclass AND d.objid = \(oid) AND d.deptype = 'e')
        """
    }
}
