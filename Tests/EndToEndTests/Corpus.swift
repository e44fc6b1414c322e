// The corpus of pgsql_table(5) files beside this file, with its keys, databases and servers.

import Foundation
import ThrowawayServers

/// One lookup of the corpus.
struct Pair {
    let file: String
    let key: [UInt8]

    /// Both as text for a message: what does not print is escaped, what is long is cut.
    var description: String { "\(file) \"\(printable(key))\"" }
}

final class Corpus: Sendable {
    struct File {
        /// The map name: the file's name without its extension.
        let name: String
        let path: String
        let keys: [[UInt8]]
    }

    /// A server's role that row-level security holds for: a volatile function has its say in all that it reads.
    static let guardedRole = "guarded"

    let files: [File]
    let cluster: ThrowawayCluster
    /// What the databases held before the first lookup.
    let dumpBefore: [String]
    private let directory: TemporaryDirectory

    var pairs: [Pair] { files.flatMap { file in file.keys.map { Pair(file: file.name, key: $0) } } }

    /// Makes the cluster and its databases, and writes the files with this cluster's socket directory and port.
    init() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        let source = "\(here)/Corpus"
        cluster = try ThrowawayCluster(tcp: true)
        directory = try TemporaryDirectory()
        // Stand in the files for what is not known before this cluster runs.
        let places = [
            "@SOCKETS@": cluster.socketDirectory, "@PORT@": "\(cluster.port ?? 0)",
            "@DIR@": directory.path,
        ]
        try directory.write(
            "domains", "# Read by the filters.\nexample.com\n\n  Alias.test , sub.example.com\n")

        let groups = try Self.keyGroups(in: "\(source)/keys")
        var files: [File] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(source)/files").sorted() {
            var text = String(decoding: try readFile("\(source)/files/\(name)"), as: UTF8.self)
            for (place, value) in places { text = text.replacing(place, with: value) }
            let keys = try Self.groupNames(in: text, file: name).flatMap { group in
                guard let keys = groups[group] else {
                    throw SupportError("\(name) names a key list that is missing: \(group)")
                }
                return keys
            }
            let path = try directory.write(name, text)
            files.append(File(name: String(name.dropLast(".cf".count)), path: path, keys: keys))
        }
        self.files = files

        let schema = String(decoding: try readFile("\(source)/schema.sql"), as: UTF8.self)
        let bytes = String(decoding: try readFile("\(source)/bytes.sql"), as: UTF8.self)
        try cluster.createDatabase("corpus")
        try cluster.psql("corpus", schema)
        try cluster.createDatabase("corpus_bytes", encoding: "SQL_ASCII")
        try cluster.psql("corpus_bytes", schema + bytes)
        try Self.guardTables(cluster)
        dumpBefore = try Self.dump(cluster)
    }

    /// The same files in another directory, with other text for some of theirs.
    func files(in directory: TemporaryDirectory, replacing text: String, with other: String) throws -> [File]
    {
        try files.map { file in
            let changed = String(decoding: try readFile(file.path), as: UTF8.self).replacing(
                text, with: other)
            return File(
                name: file.name, path: try directory.write("\(file.name).cf", changed), keys: file.keys)
        }
    }

    /// Lets the guarded role read all that there is, through a policy that may keep something.
    private static func guardTables(_ cluster: ThrowawayCluster) throws {
        try cluster.psql("postgres", "CREATE ROLE \(guardedRole) LOGIN")
        for database in ["corpus", "corpus_bytes"] {
            try cluster.psql(
                database,
                """
                SET client_min_messages = warning;
                CREATE FUNCTION public.admits() RETURNS boolean VOLATILE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
                DO $$
                DECLARE
                    name record;
                BEGIN
                    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' LOOP
                        EXECUTE format('GRANT USAGE ON SCHEMA %I TO \(guardedRole)', name.nspname);
                        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO \(guardedRole)', name.nspname);
                    END LOOP;
                    FOR name IN
                        SELECT c.oid::regclass AS relation FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                        WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema$)'
                    LOOP
                        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name.relation);
                        EXECUTE format(
                            'CREATE POLICY admitted ON %s TO \(guardedRole) USING (public.admits())', name.relation);
                    END LOOP;
                END $$
                """)
        }
    }

    func dumpNow() throws -> [String] { try Self.dump(cluster) }

    private static func dump(_ cluster: ThrowawayCluster) throws -> [String] {
        // Newer versions of pg_dump mark each dump with a random word.
        try ["corpus", "corpus_bytes"].map { database in
            try cluster.dump(database).split(separator: "\n").filter {
                !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict")
            }.joined(separator: "\n")
        }
    }

    private static func groupNames(in text: String, file: String) throws -> [String] {
        let mark = "# keys: "
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(mark) }) else {
            throw SupportError("\(file) has no line that begins with \"\(mark)\"")
        }
        return line.dropFirst(mark.count).split(separator: " ").map(String.init)
    }

    /// Each file is a comment line and then a key a line, escaped as `unescape` tells.
    private static func keyGroups(in directory: String) throws -> [String: [[UInt8]]] {
        var groups: [String: [[UInt8]]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            let lines = try readFile("\(directory)/\(name)").split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            groups[String(name.prefix { $0 != "." })] = try lines.dropFirst().dropLast().map(unescape)
        }
        return groups
    }

    /// `\\` is a backslash, `\xHH` a byte, `\(N*text)` the text N times.
    private static func unescape(_ line: ArraySlice<UInt8>) throws -> [UInt8] {
        var key: [UInt8] = []
        var rest = line
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                key.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"):
                key.append(byte)
            case UInt8(ascii: "x"):
                key.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            case UInt8(ascii: "("):
                let inner = rest.prefix { $0 != UInt8(ascii: ")") }
                let count = inner.prefix { $0 != UInt8(ascii: "*") }
                let text = Array(inner.dropFirst(count.count + 1))
                for _ in 0..<(Int(String(decoding: count, as: UTF8.self)) ?? 0) { key += text }
                rest = rest.dropFirst(inner.count + 1)
            default:
                throw SupportError("a key list holds an unknown escape: \(printable(Array(line)))")
            }
        }
        return key
    }
}

/// Bytes as text for a message.
func printable(_ bytes: [UInt8]) -> String {
    let text = bytes.prefix(120).map { byte in
        (0x20..<0x7f).contains(byte) ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
    }.joined()
    return bytes.count > 120 ? "\(text)… (\(bytes.count) bytes)" : text
}
