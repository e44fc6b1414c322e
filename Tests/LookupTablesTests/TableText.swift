// Tables as the tests write them: a few lines of a pgsql_table(5) file.

import LookupTables
import LookupValues

/// What came of reading a table.
struct TableReading {
    let table: TableDefinition?
    let diagnostics: [String]

    /// Reads lines under the name `t.cf`, as they are.
    init(_ text: String, files: [String: String] = [:]) {
        var diagnostics: [Diagnostic] = []
        table = TableDefinitionReader.read(
            file: "t.cf", contents: Array(text.utf8), readFile: { files[$0].map { Array($0.utf8) } },
            diagnostics: &diagnostics)
        self.diagnostics = diagnostics.map(\.description)
    }

    /// Reads a table that lacks nothing, with these lines first.
    init(lines: String, files: [String: String] = [:]) {
        let query = lines.contains("query =") ? "" : "query = SELECT v FROM t WHERE k = '%s'\n"
        self.init("\(lines)\ndbname = mail\n\(query)", files: files)
    }
}

extension TableDefinition {
    /// Whether the query is asked for a key that is not folded.
    func admits(_ key: String) -> Bool {
        question(for: Array(key.utf8).span, folds: .none) == .asGiven
    }

    /// The outcome of a result with these values.
    func outcome(_ values: [String], key: String = "user@example.com") -> LookupOutcome {
        var builder = ResultBuilder(table: self, key: Array(key.utf8))
        for value in values { builder.add(Array(value.utf8).span) }
        return builder.finish()
    }
}

extension QueryTemplate {
    /// The parameters for a key, as text.
    func parameters(for key: String) -> [String] {
        let key = Array(key.utf8)
        return (0..<parameterCount).map { index in
            var parameter: [UInt8] = []
            appendParameter(index, key: key.span, into: &parameter)
            return String(decoding: parameter, as: UTF8.self)
        }
    }

    /// The fall-back for a key, escaped as with standard_conforming_strings = on.
    func literalStatement(for key: String) -> String {
        let key = Array(key.utf8)
        var statement: [UInt8] = []
        appendLiteralStatement(key: key.span, into: &statement) {
            part, output in
            for index in part.indices {
                output.append(part[index])
                if part[index] == UInt8(ascii: "'") { output.append(part[index]) }
            }
        }
        return String(decoding: statement, as: UTF8.self)
    }
}

extension LookupOutcome {
    /// The value found, as text.
    var text: String? {
        if case .found(let value) = self { String(decoding: value, as: UTF8.self) } else { nil }
    }
}
