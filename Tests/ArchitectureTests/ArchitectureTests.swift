// The house is as its map says: who may import whom, how large files and targets may be, and no circles.

import Testing

@Suite("Architecture")
struct ArchitectureTests {
    /// Read once: it takes longer than all that is asked of it.
    private static let repository = Result {
        (Manifest(text: try Repository.text(of: "Package.swift")), try Repository.sources(below: "Sources"))
    }

    private let manifest: Manifest
    private let sources: [SourceFile]

    init() throws {
        (manifest, sources) = try Self.repository.get()
    }

    /// Values and state machines: time, randomness and what the system says come in as arguments.
    private static let pure = [
        "AnswerCache", "ChangeTriggers", "ClientSessions", "LookupPool", "LookupProtocols",
        "LookupStatistics", "LookupTables", "LookupValues", "PoolHealth", "PostfixInventory", "QueryPurity",
        "StatusPages",
        "TableAdvice",
    ]
    private static let shells = ["EventLoop", "PostgreSQL", "StatusServer"]
    /// What belongs to the toolchain.
    private static let systems: Set = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationXML", "Glibc", "Synchronization",
        "Testing",
    ]

    @Test("Package.swift is read whole")
    func reading() throws {
        #expect(manifest.targets.count > 40)
        #expect(
            try Set(manifest.targets.map(\.path)).isSuperset(
                of: Repository.folders(in: "Sources").map { "Sources/\($0)" }))
        #expect(manifest["Daemon"]?.dependencies.isSuperset(of: ["LookupWorker", "Logging"]) == true)
        #expect(manifest.reached(from: "mapmux").isSuperset(of: ["CLibpq", "LookupPool"]))
        #expect(sources.count > 200 && sources.allSatisfy { $0.lineCount > 1 })
    }

    @Test("Each target declares what it imports, and nothing else")
    func imports() throws {
        for target in manifest.targets
        where !target.name.hasPrefix("C") || target.path.hasSuffix("/\(target.name)") {
            let files = try Repository.sources(below: target.path)
            if files.isEmpty { continue }
            let imported = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
            // The module of an executable such as mapmux-bench has another name.
            func module(_ name: String) -> String { name.replacing("-", with: "_") }
            let undeclared = imported.subtracting(target.dependencies.map(module)).subtracting(Self.systems)
            #expect(undeclared == [], "\(target.name) imports these without saying so")
            // An executable is there to be run.
            let unused = target.dependencies.filter {
                !imported.contains(module($0)) && manifest[$0]?.isExecutable != true
            }
            #expect(unused == [], "\(target.name) does not import these")
        }
    }

    @Test(
        "A target never reaches another that is above it, or beside it",
        arguments: [
            ("Configuration", ["EventLoop", "PostgreSQL", "StatusServer", "LookupPool", "LookupWorker"]),
            ("LookupWorker", ["Daemon", "Check"]),
            ("Check", ["LookupWorker", "Daemon", "LookupPool"]),
            ("ClientSessions", ["EventLoop", "PostgreSQL", "LookupPool"]),
            ("DaemonLog", ["LookupWorker", "Databases", "PostgreSQL"]),
            ("Databases", ["LookupWorker", "LookupPool", "DaemonLog"]),
        ])
    func nevers(target: String, others: [String]) throws {
        #expect(manifest[target] != nil)
        #expect(manifest.reached(from: target).intersection(others) == [])
    }

    @Test("A pure target reaches no shell, no C, and no part of the system", arguments: pure)
    func purity(target: String) throws {
        let reached = manifest.reached(from: target)
        #expect(reached.intersection(Self.shells + ["CLinux", "CLibpq", "Logging"]) == [])
        for file in sources where file.target == target {
            #expect(file.imports.intersection(Self.systems) == [], "\(file.path)")
        }
    }

    @Test("Nothing in Benchmarks reaches anything in Tests")
    func benchmarks() {
        let tests = Set(manifest.targets.filter { $0.path.hasPrefix("Tests/") }.map(\.name))
        for target in manifest.targets where target.path.hasPrefix("Benchmarks/") {
            #expect(manifest.reached(from: target.name).intersection(tests) == [], "\(target.name)")
        }
    }

    @Test("Nothing in Sources reaches anything in Tests or Benchmarks")
    func product() {
        let others = Set(manifest.targets.filter { !$0.path.hasPrefix("Sources/") }.map(\.name))
        for target in manifest.targets where target.path.hasPrefix("Sources/") {
            #expect(manifest.reached(from: target.name).intersection(others) == [], "\(target.name)")
        }
    }

    @Test("There is no circle between the folders of a target, nor between the files that are in none")
    func folders() {
        var edges: [String: Set<String>] = [:]
        for (_, files) in Dictionary(grouping: sources, by: \.target) {
            var declaring: [String: Set<String>] = [:]
            for file in files {
                for name in file.declared { declaring[name, default: []].insert(file.folder) }
            }
            for file in files {
                let others = file.mentioned.reduce(into: Set<String>()) { $0.formUnion(declaring[$1] ?? []) }
                edges[file.folder, default: []].formUnion(others.subtracting([file.folder]))
            }
        }
        #expect(circles(in: edges) == [])
    }

    /// What may be larger, and why: cut in two, the pool copies a connection's state at each call between the targets, which
    /// costs a lookup 1,280 instructions more, of 8,000 in all (callgrind).
    private static let largerTargets = ["LookupPool": 4_200]

    @Test("No file has more than 300 lines, and no target more than 3,200 without a reason")
    func sizes() throws {
        let others = try ["Tests", "Benchmarks"].flatMap { try Repository.sources(below: $0) }
        let long = (sources + others).filter { $0.lineCount > 300 }
        #expect(long.map { "\($0.path): \($0.lineCount)" } == [])
        let targets = Dictionary(grouping: sources, by: \.target).mapValues {
            $0.reduce(0) { $0 + $1.lineCount }
        }
        #expect(targets.filter { $0.value > Self.largerTargets[$0.key] ?? 3_200 } == [:])
    }

    @Test("Circles are found")
    func circlesAreFound() {
        #expect(circles(in: ["a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": []]) == [["a", "b", "c"]])
        #expect(circles(in: ["a": ["b", "c"], "b": ["c"], "c": []]) == [])
    }

    @Test("A file's imports, declarations and mentions are read past comments and literals")
    func reader() {
        let file = SourceFile(
            path: "Sources/A/B/C.swift",
            text: """
                package import X
                @testable import Y
                // import Z
                package struct S { let t: T.U }
                private func hidden() { print("W \\(V())") }

                """)
        #expect(file.imports == ["X", "Y"] && file.declared == ["S"])
        #expect(
            file.mentioned.isSuperset(of: ["T", "V"]) && file.mentioned.isDisjoint(with: ["U", "W", "Z"]))
        #expect(file.target == "A" && file.folder == "A/B" && file.lineCount == 5)
    }
}
