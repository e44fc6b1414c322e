// Queries as servers have shown them analysed.

import Foundation
import Testing

/// A file of `Trees` for a version of PostgreSQL: after a line that says what it is, a line for each query, its name and its
/// tree.
struct RecordedTree {
    static let versions = [14, 15, 16, 17, 18]
    static let alias: UInt32 = 20001
    static let domains: UInt32 = 20002

    static func text(of name: String, version: Int) throws -> String {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Trees/\(version).txt"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix(name + " ") })
        return String(line.dropFirst(name.count + 1))
    }
}
