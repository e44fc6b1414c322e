// What Package.swift says of targets.

/// Reads the text: to ask SwiftPM would take its lock, which a running test has.
struct Manifest {
    struct Target {
        let name: String
        let isExecutable: Bool
        /// From the repository's root.
        let path: String
        /// Targets and products.
        let dependencies: Set<String>
    }

    let targets: [Target]

    init(text: String) {
        let beginnings = text.matches(
            of:
                #/\.(?<kind>target|executableTarget|testTarget|systemLibrary)\(\s*name: (?:"(?<name>\w[\w-]*)"|fuzzer)/#
        )
        let ends = beginnings.dropFirst().map(\.range.lowerBound) + [text.endIndex]
        targets = zip(beginnings, ends).map { beginning, end in
            let folder = beginning.kind == "testTarget" ? "Tests" : "Sources"
            let name = beginning.name.map(String.init) ?? "mapmux-fuzz"
            let rest = text[beginning.range.upperBound..<end]
            let path = rest.firstMatch(of: #/path: "([^"]+)"/#).map { String($0.1) }
            let list = rest.firstMatch(of: #/dependencies: \[(?<list>[\s\S]*?)\]/#)?.list ?? ""
            // `.product(name: "X", package: "y")`, or "X".
            let names = list.replacing(#/, package: "[^"]+"/#, with: "").matches(of: #/"([^"]+)"/#)
            return Target(
                name: name, isExecutable: beginning.kind == "executableTarget",
                path: path ?? "\(folder)/\(name)",
                dependencies: Set(names.map { String($0.1) }))
        }
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// The targets that one depends on, on others' account, too.
    func reached(from name: String) -> Set<String> {
        var reached: Set<String> = []
        var left = [name]
        while let next = left.popLast() {
            for dependency in self[next]?.dependencies ?? [] where reached.insert(dependency).inserted {
                left.append(dependency)
            }
        }
        return reached
    }
}
