// The READMEs are maps of the repository: what they name is there, and what is there has its place in them.

import Foundation
import Testing

@Suite("Map")
struct MapTests {
    private static let folders = ["Sources", "Tests", "Benchmarks"]
    private static let maps = folders.map { "\($0)/README.md" }

    @Test("Each path or file that a map names is there", arguments: maps)
    func paths(map: String) throws {
        let paths = try Set(words(in: map).compactMap(path))
        #expect(!paths.isEmpty)
        let names = try files(below: folder(of: map))
        let missing = paths.filter { !isThere($0, folder: folder(of: map), files: names) }
        #expect(missing.sorted() == [], "\(map) names these")
    }

    @Test("Each path of a top-level folder that the README names is there")
    func overview() throws {
        let tops = ["Sources/", "Tests/", "Benchmarks/", "deploy/", ".ci/"]
        let paths = try Set(words(in: "README.md").compactMap(path)).filter { path in
            tops.contains { path.hasPrefix($0) }
        }
        #expect(!paths.isEmpty)
        #expect(paths.filter { !Repository.exists($0) }.sorted() == [])
    }

    @Test("Each folder of Sources, Tests and Benchmarks is named in its README", arguments: folders)
    func targets(folder: String) throws {
        let words = try Set(words(in: "\(folder)/README.md").map { $0.split(separator: "/").first ?? "" })
        let missing = try Repository.folders(in: folder).filter { !words.contains($0[...]) }
        #expect(missing.sorted() == [])
    }

    @Test("Each link of a README leads to a file", arguments: ["README.md"] + maps)
    func links(map: String) throws {
        let text = try Repository.text(of: map)
        let links = text.matches(of: #/\]\(([^)#\s]+)[^)]*\)/#).map { String($0.1) }
            .filter { !$0.contains("://") }
        #expect(map == "Sources/README.md" || !links.isEmpty)
        let missing = links.filter { !Repository.exists("\(folder(of: map))/\($0)") }
        #expect(missing == [], "\(map) leads to these")
    }

    @Test("Suites of EndToEndTests are nested in EndToEnd and serialized, and no test is left out of a run")
    func suites() throws {
        for file in try files(below: "Tests").filter({ $0.hasSuffix(".swift") }) {
            let text = try Repository.text(of: "Tests/\(file)")
            if file.hasPrefix("EndToEndTests/"), file != "EndToEndTests/EndToEnd.swift" {
                for line in text.split(separator: "\n") where line.contains("@Suite(") {
                    #expect(line.hasPrefix("    @Suite(") && line.contains(".serialized"), "\(file): \(line)")
                }
            }
            let skips = text.matches(of: #/[( ]\.(?:disabled|enabled)\(|\bwithKnownIssue\b(?!\\)/#)
            #expect(skips.isEmpty, "\(file)")
        }
    }

    @Test("Paths are found in code, and only there")
    func reader() {
        let text = "`a/b.swift`, c/d; `Tests/Corpus/NAME.cf` `swift run x`\n\n    deploy/x.sh --y  # of z\n"
        let words = code(of: text).flatMap { $0.split(separator: #/\s+/#).map(String.init) }
        #expect(words.compactMap(path) == ["a/b.swift", "Tests/Corpus", "deploy/x.sh"])
        for word in ["/etc/passwd", ".build/x", "../x", "unix:a/b", "--filter", "'A/b'", "x.json", "Type"] {
            #expect(path(word) == nil, "\(word)")
        }
    }

    // MARK: What a README says

    private func folder(of map: String) -> String {
        map.contains("/") ? String(map.prefix { $0 != "/" }) : "."
    }

    /// The words of what a README has as code.
    private func words(in map: String) throws -> [String] {
        try code(of: Repository.text(of: map)).flatMap { $0.split(separator: #/\s+/#).map(String.init) }
    }

    /// What stands between backticks, in fences, or four blanks from the margin; of the latter two without comments.
    private func code(of text: String) -> [String] {
        var code: [String] = []
        var rest = ""
        var isFenced = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isFenced.toggle()
            } else if isFenced || line.hasPrefix("    ") {
                code.append(String(line).replacing(#/(?:^|\s)#.*/#, with: ""))
            } else {
                rest += "\(line)\n"
            }
        }
        return rest.matches(of: #/`([^`]+)`/#).map { String($0.1) } + code
    }

    /// The path that a word is: it has a slash, or is the name of a source file or script. NAME stands for any name, and ends
    /// what is looked for. `.build` is what a build makes, and `..` may lead elsewhere.
    private func path(_ word: String) -> String? {
        guard word.wholeMatch(of: #/[\w.+-]+(?:/[\w.+-]+)*/?/#) != nil, !word.hasPrefix("-"),
            !word.hasPrefix(".build"), !word.hasPrefix("..")
        else { return nil }
        guard word.contains("/") || word.contains(#/\w\.(?:swift|c|h|sh)$/#) else { return nil }
        let parts = word.split(separator: "/").prefix { $0.wholeMatch(of: #/NAME(?:\.\w+)?/#) == nil }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// From the root, from the map's folder, or for a name alone anywhere below that.
    private func isThere(_ path: String, folder: String, files: [String]) -> Bool {
        if Repository.exists(path) || Repository.exists("\(folder)/\(path)") { return true }
        return !path.contains("/") && files.contains { $0.hasSuffix("/\(path)") }
    }

    private func files(below folder: String) throws -> [String] {
        let start = Repository.root.appending(path: folder)
        return FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String } ?? []
    }
}
