// deploy/mutations goes with the code: each of its faults can be put in.

import Testing

@Suite("Mutations")
struct MutationListTests {
    private struct Mutation {
        let file: String
        let line: String
        let replacement: String
    }

    /// As deploy/mutate.sh reads them.
    private static func list() throws -> [Mutation] {
        var list: [Mutation] = []
        var file = ""
        var line = ""
        for text in try Repository.text(of: "deploy/mutations").split(separator: "\n")
        where !text.hasPrefix("#") {
            if text.hasPrefix("- ") {
                line = String(text.dropFirst(2))
            } else if text.hasPrefix("+") {
                list.append(Mutation(file: file, line: line, replacement: String(text.dropFirst(2))))
            } else {
                file = String(text.prefix { $0 != " " })
            }
        }
        return list
    }

    @Test("Each changes a line that is in its file once, indentation apart")
    func mutations() throws {
        let list = try Self.list()
        #expect(list.count > 80)
        for mutation in list {
            let lines = try Repository.text(of: "Sources/\(mutation.file)").split(separator: "\n")
            let places = lines.count { $0.drop { $0 == " " } == mutation.line }
            #expect(places == 1, "\(mutation.file): \(mutation.line)")
            #expect(mutation.replacement != mutation.line)
        }
    }
}
