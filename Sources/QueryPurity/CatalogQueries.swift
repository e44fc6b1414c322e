// Queries of PostgreSQL's catalogs for facts on the objects that a query reaches.

/// SQL whose rows `CatalogFact.read` takes. It names nothing with a schema: pg_catalog must be the search path.
package enum CatalogQueries {
    /// Queries for all facts on these objects, except those in the bodies of functions.
    ///
    /// - Parameter version: PostgreSQL's, as 150018 for 15.18. It must be 14 at least.
    package static func facts(of objects: Set<CatalogObject>, version: Int32) -> [String] {
        func list(_ kind: CatalogObject.Kind) -> String? {
            let oids = objects.filter { $0.kind == kind }.map(\.oid).sorted()
            return oids.isEmpty ? nil : "'{\(oids.map(String.init).joined(separator: ","))}'::oid[]"
        }
        return (list(.function).map(ofFunctions) ?? []) + (list(.operator).map(ofOperators) ?? [])
            + (list(.relation).map { ofRelations($0, version) } ?? []) + (list(.type).map(ofTypes) ?? [])
    }

    private static func name(_ schema: String, _ name: String) -> String {
        "CASE \(schema) WHEN 'pg_catalog' THEN '' ELSE quote_ident(\(schema)) || '.' END || quote_ident(\(name))"
    }

    private static func ofFunctions(_ oids: String) -> [String] {
        [
            """
            SELECT 'f', p.oid::text, 'function', \(name("n.nspname", "p.proname")), p.provolatile::text, l.lanname::text,
                (p.oid < 16384 OR EXISTS (SELECT FROM pg_depend AS d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))::text,
                CASE WHEN l.lanname IN ('c', 'internal', 'sql') THEN coalesce(p.prosrc, '') ELSE '' END,
                coalesce((SELECT string_agg(translate(s, chr(10), ' '), chr(10)) FROM unnest(p.proconfig) AS s), ''),
                (p.prosqlbody IS NOT NULL)::text, p.prosecdef::text,
                coalesce((SELECT string_agg(translate(s.nspname, chr(10), ' '), chr(10)) FROM pg_namespace AS s
                    WHERE p.prosecdef
                        AND has_schema_privilege(p.proowner, s.oid, 'USAGE') <> has_schema_privilege(s.oid, 'USAGE')
                        AND strpos(lower(translate(p.proconfig::text, '"' || chr(92), '')),
                            lower(translate(s.nspname, '"' || chr(92), ''))) > 0), '')
            FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
            WHERE p.oid = ANY (\(oids))
            """,
            """
            SELECT 'f', p.oid::text, 'tree', p.prosqlbody::text FROM pg_proc AS p
            WHERE p.oid = ANY (\(oids)) AND p.prosqlbody IS NOT NULL
            """,
            // Defaults are put in when a call is planned.
            """
            SELECT 'f', p.oid::text, 'tree', p.proargdefaults::text FROM pg_proc AS p
            WHERE p.oid = ANY (\(oids)) AND p.proargdefaults IS NOT NULL
            """,
            """
            SELECT 'f', a.aggfnoid::oid::text, 'reaches', part.kind, part.oid::text
            FROM pg_aggregate AS a, LATERAL (VALUES ('f', a.aggtransfn::oid), ('f', a.aggfinalfn::oid),
                ('f', a.aggcombinefn::oid), ('f', a.aggserialfn::oid), ('f', a.aggdeserialfn::oid),
                ('f', a.aggmtransfn::oid), ('f', a.aggminvtransfn::oid), ('f', a.aggmfinalfn::oid),
                ('o', a.aggsortop), ('t', a.aggtranstype), ('t', a.aggmtranstype)) AS part (kind, oid)
            WHERE a.aggfnoid = ANY (\(oids)) AND part.oid <> 0
            """,
        ]
    }

    private static func ofOperators(_ oids: String) -> [String] {
        [
            """
            SELECT 'o', o.oid::text, 'reaches', 'f', o.oprcode::oid::text FROM pg_operator AS o
            WHERE o.oid = ANY (\(oids))
            """,
            // The functions that sort and hash for it, and those that an index with it calls.
            """
            SELECT DISTINCT 'o', m.amopopr::text, 'reaches', 'f', s.amproc::oid::text
            FROM pg_amop AS m JOIN pg_amproc AS s ON s.amprocfamily = m.amopfamily
            WHERE m.amopopr = ANY (\(oids)) AND \(isOwn("s.amproc"))
            """,
        ]
    }

    /// Whether a support function of an operator class is neither PostgreSQL's nor an extension's in C. Their declared
    /// volatility does not tell: extensions leave it out.
    private static func isOwn(_ function: String) -> String {
        """
        \(function) >= 16384 AND NOT EXISTS (SELECT FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
            JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            WHERE p.oid = \(function) AND l.lanname = 'c')
        """
    }

    /// Policies count for all roles: a table's owner, and the right to bypass policies, can change.
    private static func ofRelations(_ oids: String, _ version: Int32) -> [String] {
        var queries = [
            """
            SELECT 'r', c.oid::text, 'relation', \(name("n.nspname", "c.relname")), c.relkind::text
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = ANY (\(oids))
            """,
            """
            SELECT 'r', c.oid::text, 'tree', w.ev_action::text
            FROM pg_class AS c JOIN pg_rewrite AS w ON w.ev_class = c.oid
            WHERE c.oid = ANY (\(oids)) AND c.relkind = 'v' AND w.ev_type = '1'
            """,
            """
            SELECT 'r', c.oid::text, 'tree', p.polqual::text FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid
            WHERE c.oid = ANY (\(oids)) AND c.relrowsecurity AND p.polcmd IN ('*', 'r') AND p.polqual IS NOT NULL
            """,
            """
            WITH RECURSIVE descendant (root, parent, oid) AS (
                SELECT i.inhparent, i.inhparent, i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = ANY (\(oids))
                UNION
                SELECT d.root, i.inhparent, i.inhrelid FROM descendant AS d JOIN pg_inherits AS i ON i.inhparent = d.oid)
            SELECT 'r', d.root::text, 'relation', \(name("n.nspname", "c.relname")), c.relkind::text
            FROM descendant AS d JOIN pg_class AS c ON c.oid = d.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind = 'f'
            """,
            """
            WITH RECURSIVE descendant (root, oid, has_children) AS (
                SELECT c.oid, c.oid, c.relhassubclass FROM pg_class AS c WHERE c.oid = ANY (\(oids))
                UNION
                SELECT d.root, c.oid, c.relhassubclass FROM descendant AS d JOIN pg_inherits AS i ON i.inhparent = d.oid
                JOIN pg_class AS c ON c.oid = i.inhrelid)
            SELECT 'r', d.root::text, 'parent', d.oid::text FROM descendant AS d WHERE d.has_children
            """,
        ]
        // Columns that are generated when they are read, from PostgreSQL 18 on.
        if version >= 180_000 {
            queries.append(
                """
                SELECT 'r', a.attrelid::text, 'tree', d.adbin::text
                FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = ANY (\(oids)) AND a.attgenerated = 'v'
                """)
        }
        return queries
    }

    private static func ofTypes(_ oids: String) -> [String] {
        [
            """
            SELECT 't', t.oid::text, 'reaches', part.kind, part.oid::text
            FROM pg_type AS t, LATERAL (VALUES ('t', t.typelem), ('t', t.typbasetype), ('f', t.typinput::oid),
                ('f', t.typoutput::oid), ('f', t.typmodin::oid)) AS part (kind, oid)
            WHERE t.oid = ANY (\(oids)) AND part.oid <> 0
            """,
            """
            SELECT DISTINCT 't', t.oid::text, 'reaches', 't', a.atttypid::text
            FROM pg_type AS t JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE t.oid = ANY (\(oids)) AND t.typtype = 'c' AND a.atttypid >= 16384
            """,
            """
            SELECT 't', c.contypid::text, 'tree', c.conbin::text FROM pg_constraint AS c
            WHERE c.contypid = ANY (\(oids)) AND c.conbin IS NOT NULL
            """,
            """
            SELECT 't', r.rngtypid::text, 'reaches', part.kind, part.oid::text
            FROM pg_range AS r, LATERAL (VALUES ('t', r.rngsubtype), ('f', r.rngcanonical::oid),
                ('f', r.rngsubdiff::oid)) AS part (kind, oid)
            WHERE r.rngtypid = ANY (\(oids)) AND part.oid <> 0
            """,
            // to_json() and its like call the cast to json, `text || any` that to text, and no tree names them.
            """
            SELECT 't', c.castsource::text, 'reaches', 'f', c.castfunc::text FROM pg_cast AS c
            WHERE c.castsource = ANY (\(oids)) AND c.casttarget IN ('json'::regtype, 'text'::regtype) AND c.castfunc <> 0
            """,
            // The functions that GREATEST, and = of arrays and rows, find by the type.
            """
            SELECT DISTINCT 't', c.opcintype::text, 'reaches', 'f', s.amproc::oid::text
            FROM pg_opclass AS c JOIN pg_amproc AS s ON s.amprocfamily = c.opcfamily
            WHERE c.opcintype = ANY (\(oids)) AND c.opcdefault AND \(isOwn("s.amproc"))
            """,
        ]
    }
}
