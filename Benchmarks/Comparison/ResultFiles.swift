// The files that a comparison leaves behind.

import Foundation
import ThrowawayServers

enum ResultFiles {
    /// Writes NAME.md, NAME.svg and NAME.json into a directory, which is made where it is missing.
    static func write(
        _ name: String, markdown: String, svg: String, json: some Encodable, to directory: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let files = [
                ("md", Data(markdown.utf8)), ("svg", Data(svg.utf8)), ("json", try encoder.encode(json)),
            ]
            for (kind, data) in files {
                try data.write(to: URL(fileURLWithPath: "\(directory)/\(name).\(kind)"))
            }
        } catch {
            throw SupportError("cannot write to \(directory): \(error)")
        }
    }
}
