// A database with tables of all kinds whose changes are to be told, and queries of them.

import ChangeTriggers
import Databases
import EventLoop
import LookupTables
import LookupValues
import PostgreSQL
import Testing
import ThrowawayServers

@testable import AnswerCache

/// A server with the triggers in place, and what was found of the queries.
final class NotificationScene {
    static let database = "mail"
    /// Some of them have rows, some get rows, and some are like others but for their case.
    static let keys = [
        "a@x.test", "A@x.test", "b@x.test", "c@y.test", "new@x.test", "é@y.test", "q'uote@x.test", "x.test",
        "y.test",
        "z.test",
    ]

    let cluster: ThrowawayCluster
    let connection: Connection
    let templates: [QueryTemplate]
    private(set) var findings: NotificationFindings

    static var deadline: Instant { MonotonicClock.now().advanced(byNanoseconds: 120_000_000_000) }

    init() throws {
        cluster = try ThrowawayCluster()
        try cluster.createDatabase(Self.database)
        try cluster.psql(Self.database, Self.setup)
        connection = try connect(
            ConnectionParameters([
                ("host", cluster.socketDirectory), ("user", "reader"), ("dbname", Self.database),
                ("client_encoding", "UTF8"),
            ]), timeout: 30
        ).get()
        templates = try NotificationShape.all.map { try QueryTemplate.compile($0.query) }
        findings = try connection.findNotifications(of: templates, until: Self.deadline)
        try install()
    }

    /// Makes the triggers that are missing, and finds all out anew.
    func install() throws {
        for script in try scripts(includesAll: false) { try cluster.psql(Self.database, script.statements) }
        findings = try connection.findNotifications(of: templates, until: Self.deadline)
    }

    func scripts(includesAll: Bool) throws -> [TriggerScript] {
        try connection.findTriggerScripts(
            for: templates, includesAll: includesAll, isPooled: false, until: Self.deadline
        ).scripts
    }

    /// Whether what was found may not be true any more.
    func lookDiffers() throws -> Bool {
        try connection.ask(findings.look, until: Self.deadline) != [findings.value]
    }

    /// Executes SQL, and returns the notifications of its session.
    func change(_ sql: String) throws -> [ChangeNotice] {
        let output = try cluster.psql(Self.database, "LISTEN mapmux;\n\(sql);\nSELECT 1;\n")
        return output.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^Asynchronous notification "mapmux" with payload "(.*)" received/)
                .map { ChangeNotice(String($0.output.1)) }
        }
    }

    // MARK: The model

    struct Question: Hashable {
        let shape: Int
        let key: String
    }

    /// What each query answers for each key, as text, asked without mapmux.
    func answers() throws -> [Question: String] {
        var questions: [Question] = []
        var parts: [String] = []
        for (index, shape) in NotificationShape.all.enumerated() where !shape.isNever {
            for key in Self.keys {
                guard let sql = shape.sql(for: key) else { continue }
                parts.append(
                    "SELECT '\(questions.count)|' || coalesce((SELECT string_agg(q::text, ';' ORDER BY q::text) "
                        + "FROM (\(sql)) AS q), 'none')")
                questions.append(Question(shape: index, key: key))
            }
        }
        let lines = try cluster.psql(Self.database, parts.joined(separator: "\nUNION ALL\n"))
        var answers: [Question: String] = [:]
        for line in lines.split(separator: "\n") {
            let halves = line.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let index = Int(halves[0]) else { continue }
            answers[questions[index]] = String(halves[1])
        }
        #expect(answers.count == questions.count)
        return answers
    }

    /// Whether notices tell of a change of a key's answer, as the daemon hears them.
    func covers(_ notices: [ChangeNotice], _ question: Question) -> Bool {
        let tables = Array(templates.indices)
        let proof = TargetProof(findings, tables: tables, writers: [])
        var heard = HeardChanges()
        for notice in notices {
            switch notice {
            case .changed(let relation, let keys):
                heard.add(ChangedRows(relation: relation, named: keys), [proof])
            case .unknown: heard.addAnything()
            }
        }
        let news = heard.take(tables, isWhole: true, now: MonotonicClock.now())
        return news.contains { one in
            guard case .changed(question.shape, let keys) = one else { return false }
            guard let keys else { return true }
            return hash(of: question).map(keys.contains) ?? true
        }
    }

    /// As the daemon hashes the parameters' texts.
    private func hash(of question: Question) -> UInt64? {
        guard case .proven(let key?) = findings.tables[question.shape].verdict else { return nil }
        let bytes = Array(question.key.utf8)
        var text: [UInt8] = []
        for (place, parameter) in key.parameters.enumerated() {
            if place > 0 { text.append(0) }
            templates[question.shape].appendParameter(parameter, key: bytes.span, into: &text)
        }
        return KeyDigest.hash(of: text.span)
    }
}

extension NotificationScene {
    static let setup = """
        DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE EXTENSION citext; CREATE TYPE state AS ENUM ('on', 'off');
        CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE alias (address text PRIMARY KEY, goto text, active boolean DEFAULT true, last_used timestamptz,
            local varchar(64), domain varchar(255), note json, n numeric, hits int DEFAULT 0,
            lowered text GENERATED ALWAYS AS (lower(address)) STORED, s state DEFAULT 'on');
        CREATE TABLE domains (gone int, domain varchar(255) PRIMARY KEY, transport text); ALTER TABLE domains DROP gone;
        CREATE TABLE mailbox (id serial PRIMARY KEY, name text, quota int,
            domain varchar(255) REFERENCES domains ON DELETE CASCADE ON UPDATE CASCADE);
        CREATE VIEW live AS SELECT address, goto FROM alias WHERE active;
        CREATE VIEW either AS SELECT address AS name, goto AS value FROM live UNION ALL SELECT domain, transport FROM domains;
        CREATE TABLE people (login citext, name text); CREATE TABLE chars (k char(12), v text);
        CREATE TABLE folded (k text COLLATE folding, v text);
        CREATE TABLE parts (address text, goto text, used int) PARTITION BY HASH (address);
        CREATE TABLE parts_a PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE parts_b (used int, goto text, address text);
        ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE elder (k text, v text); CREATE TABLE child (own int) INHERITS (elder);
        CREATE SCHEMA "Odd S"; CREATE TABLE "Odd S"."odd ""t"" é" ("select" text, "a b" text, "$mapmux$" int);
        CREATE TABLE places (k text, p point, f float8, t text[]);
        CREATE TABLE secret (k text, v text); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
        CREATE MATERIALIZED VIEW stored AS SELECT address, goto FROM alias;
        CREATE FUNCTION own(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT v FROM chars); END $$;
        CREATE DOMAIN own_domain AS text CHECK (VALUE <> '');
        GRANT USAGE ON SCHEMA "Odd S" TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, "Odd S" TO reader;
        INSERT INTO domains VALUES ('x.test', 'lmtp:'), ('y.test', NULL);
        INSERT INTO alias (address, goto, local, domain, note, n) VALUES
            ('a@x.test', 'to-a', 'a', 'x.test', '{}', 1), ('b@x.test', 'to-b', 'b', 'x.test', '[1]', 1.0),
            ('é@y.test', 'to-é', 'é', 'y.test', NULL, NULL), ('n@x.test', 'nobody', NULL, NULL, NULL, NULL);
        INSERT INTO mailbox (name, domain) VALUES ('a', 'x.test'), ('c@y.test', 'y.test'), ('c', 'y.test');
        INSERT INTO people VALUES ('a@x.test', 'Ann'), ('c@y.test', 'Cleo');
        INSERT INTO chars VALUES ('x.test', 'v'); INSERT INTO folded VALUES ('a@x.test', 'v');
        INSERT INTO parts VALUES ('a@x.test', 'pa'), ('b@x.test', 'pb'), ('c@y.test', 'pc'), ('é@y.test', 'pe');
        INSERT INTO elder VALUES ('a@x.test', 'e'); INSERT INTO child VALUES ('b@x.test', 'c');
        INSERT INTO "Odd S"."odd ""t"" é" VALUES ('a@x.test', 'odd'), ('é@y.test', 'odder');
        INSERT INTO places VALUES ('a@x.test', '(1,2)', 0.1, '{a}'), ('b@x.test', NULL, 0, NULL);
        """
}
