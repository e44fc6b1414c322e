// Queries of all shapes, and what is to be found of them.

import AnswerCache
import ChangeTriggers

/// A query, and what must be found of it.
struct NotificationShape: Sendable {
    enum Expectation: Equatable, Sendable {
        /// A change for some keys is told by these parameters.
        case byKey([Int])
        /// Each change counts for all keys.
        case whole
        /// It can't be kept by notification; a part of the reason.
        case never(String)
    }

    let query: String
    let expected: Expectation

    init(_ expected: Expectation, _ query: String) {
        self.query = query
        self.expected = expected
    }

    var isNever: Bool { if case .never = expected { true } else { false } }

    func isRight(_ verdict: NotificationFinding.Verdict) -> Bool {
        switch (verdict, expected) {
        case (.proven(let key), .byKey(let parameters)): key?.parameters == parameters
        case (.proven(let key), .whole): key == nil
        case (.untellable(let reason), .never(let part)): reason.contains(part)
        default: false
        }
    }

    /// The query for a key as Postfix would send it; nil if it would not.
    func sql(for key: String) -> String? {
        let at = key.lastIndex(of: "@")
        let local = at.map { String(key[..<$0]) } ?? key
        guard at != nil || !query.contains("%d") else { return nil }
        let domain = at.map { String(key[key.index(after: $0)...]) } ?? ""
        func quoted(_ text: String) -> String { text.replacing("'", with: "''") }
        return query.replacing("%s", with: quoted(key)).replacing("%u", with: quoted(local))
            .replacing("%d", with: quoted(domain))
    }

    static let all: [NotificationShape] = [
        .init(.byKey([0]), "SELECT goto FROM alias WHERE address = '%s' AND active"),
        .init(.byKey([0]), "SELECT goto FROM alias WHERE '%u@%d' = address"),
        .init(.byKey([0]), "SELECT goto FROM live WHERE lower(address) = '%s'"),
        .init(.byKey([0, 1]), "SELECT goto FROM alias WHERE local = '%u' AND domain = '%d'"),
        .init(
            .byKey([0, 1]),
            "SELECT a.goto, d.transport FROM alias a JOIN domains d USING (domain) WHERE local = '%u' AND domain = '%d'"
        ),
        .init(.byKey([0]), "SELECT value FROM either WHERE name = '%s'"),
        .init(
            .byKey([0]),
            "SELECT goto FROM alias WHERE address = '%s' UNION ALL SELECT name FROM mailbox WHERE name = '%s'"
        ),
        .init(
            .byKey([0]),
            "SELECT goto FROM alias WHERE address = '%s' UNION SELECT transport FROM domains WHERE domain = '%d'"
        ),
        .init(.whole, "SELECT goto FROM alias WHERE address IN ('%s', '@%d')"),
        .init(.whole, "SELECT goto FROM alias WHERE address = '%s' OR local = '%u'"),
        .init(.whole, "SELECT goto FROM alias WHERE address = lower('%s')"),
        .init(.whole, "SELECT goto FROM alias WHERE upper(address) = '%s'"),
        .init(.whole, "SELECT goto FROM alias WHERE address LIKE '%s'"),
        .init(.whole, "SELECT goto FROM alias WHERE NOT address = '%s'"),
        .init(.whole, "SELECT goto FROM alias WHERE address COLLATE folding = '%s'"),
        .init(.byKey([0]), "SELECT lowered FROM alias WHERE lowered = '%s'"),
        .init(.byKey([0]), "SELECT note::text, n FROM alias WHERE address = '%s'"),
        .init(.byKey([0]), "SELECT s FROM alias WHERE address = '%s'"),
        .init(.whole, "SELECT count(*) FROM alias WHERE '%s' <> ''"),
        .init(
            .byKey([0]),
            "SELECT count(*), string_agg(goto, ',' ORDER BY goto) FROM alias WHERE address = '%s'"),
        .init(
            .whole,
            "SELECT goto FROM (SELECT address, goto FROM alias ORDER BY goto LIMIT 2) q WHERE address = '%s'"),
        .init(.byKey([0]), "SELECT 1 WHERE NOT EXISTS (SELECT FROM alias WHERE address = '%s')"),
        .init(
            .byKey([0, 1]),
            """
            SELECT d.transport FROM domains d LEFT JOIN mailbox m ON m.domain = d.domain AND m.name = '%u' \
            WHERE d.domain = '%d' AND m.id IS NULL
            """),
        .init(
            .byKey([0]),
            "SELECT d.domain, l.goto FROM domains d FULL JOIN live l ON l.address = d.domain WHERE l.address = '%s'"
        ),
        .init(
            .whole,
            "SELECT d.domain, l.goto FROM domains d FULL JOIN live l ON l.address = d.domain AND l.address = '%s'"
        ),
        .init(.whole, "SELECT d.domain, a.goto FROM domains d LEFT JOIN alias a ON d.domain = '%s'"),
        .init(.whole, "SELECT a.goto FROM alias a, alias b WHERE a.address = '%s' AND b.goto = a.goto"),
        .init(.whole, "SELECT name FROM people WHERE login = '%s'"),
        .init(.whole, "SELECT v FROM chars WHERE k = '%s'"),
        .init(.whole, "SELECT v FROM folded WHERE k = '%s'"),
        .init(.byKey([0]), "SELECT goto FROM parts WHERE address = '%s'"),
        .init(.byKey([0]), "SELECT goto FROM parts_b WHERE address = '%s'"),
        .init(.byKey([0]), "SELECT v FROM elder WHERE k = '%s'"),
        .init(.byKey([0]), "SELECT v FROM ONLY elder WHERE k = '%s'"),
        .init(.byKey([0]), "SELECT \"a b\" FROM \"Odd S\".\"odd \"\"t\"\" é\" WHERE \"select\" = '%s'"),
        .init(.byKey([0]), "SELECT p, f, t FROM places WHERE k = '%s'"),
        .init(.byKey([0]), "SELECT concat(goto, '/', n), goto || n FROM alias WHERE address = '%s'"),
        .init(.never("now()"), "SELECT goto FROM alias WHERE address = '%s' AND last_used < now()"),
        .init(.never("'now'"), "SELECT goto FROM alias WHERE address = '%s' AND last_used < 'now'"),
        .init(.never("the user"), "SELECT goto FROM alias WHERE address = '%s' AND goto <> current_user"),
        .init(.never("own()"), "SELECT own('%s')"),
        .init(.never("row-level"), "SELECT v FROM secret WHERE k = '%s'"),
        .init(.never("materialized"), "SELECT goto FROM stored WHERE address = '%s'"),
        .init(.never("PostgreSQL's own"), "SELECT relname FROM pg_class WHERE relname = '%s'"),
        .init(.never("written"), "SELECT goto FROM alias WHERE address = '%s' AND xmin <> '0'"),
        .init(.never("differently"), "SELECT to_char(last_used, 'YY') FROM alias WHERE address = '%s'"),
        .init(
            .never("regclass"), "SELECT n::regclass FROM (SELECT 'alias'::regclass AS n) q WHERE '%s' <> ''"),
        .init(.never("'now'"), "SELECT goto FROM alias WHERE date '%s' > '2000-01-01'"),
        .init(.never("domain"), "SELECT goto FROM alias WHERE address = '%s'::own_domain"),
        .init(.never("could not be told"), "SELECT x FROM missing WHERE k = '%s'"),
        .init(.never("public.alias is shown"), "SELECT alias FROM alias WHERE address = '%s'"),
    ]
}
