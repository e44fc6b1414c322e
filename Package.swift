// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "mapmux",
    products: [
        .executable(name: "mapmux", targets: ["mapmux"]),
        // What the tests preload into a daemon.
        .library(name: "FaultShim", type: .dynamic, targets: ["FaultShim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        // Pure cores: no kernel call, no clock, no libpq.
        .target(name: "LookupValues"),
        .target(name: "LookupStatistics", dependencies: ["LookupValues"]),
        .target(name: "LookupTables", dependencies: ["LookupValues"]),
        .target(name: "LookupProtocols", dependencies: ["LookupValues"]),
        .target(name: "LookupSearch", dependencies: ["LookupStatistics", "LookupValues"]),
        .target(name: "ClientSessions", dependencies: ["LookupProtocols", "LookupValues"]),
        .target(name: "AnswerCache", dependencies: ["LookupStatistics", "LookupValues"]),
        .target(name: "PoolHealth", dependencies: ["LookupValues"]),
        .target(
            name: "LookupPool",
            dependencies: [
                "LookupValues", "PoolHealth", .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .target(name: "PostfixInventory", dependencies: ["LookupSearch", "LookupTables", "LookupValues"]),
        .target(name: "TableAdvice", dependencies: ["LookupTables"]),
        .target(name: "QueryPurity", dependencies: ["LookupTables"]),
        .target(name: "ChangeTriggers", dependencies: ["AnswerCache"]),
        .target(name: "StatusPages", dependencies: ["LookupStatistics", "LookupValues"]),

        // Shells: the kernel, and libpq.
        .target(name: "EventLoop", dependencies: ["CLinux", "LookupValues"]),
        .target(name: "PostgreSQL", dependencies: ["CLibpq", "EventLoop", "LookupValues"]),

        // What monitoring sees, over HTTP.
        .target(
            name: "StatusServer",
            dependencies: [
                "LookupStatistics", "StatusPages",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        // What mapmux.conf says, what the log is like, and what connections hold to.
        .target(
            name: "Configuration",
            dependencies: [
                "AnswerCache", "LookupSearch", "LookupTables", "LookupValues",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "DaemonLog",
            dependencies: [
                "Configuration", "EventLoop", "LookupStatistics", "LookupValues",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Databases",
            dependencies: [
                "ChangeTriggers", "Configuration", "EventLoop", "LookupTables", "LookupValues", "PostgreSQL",
                "QueryPurity", "TableAdvice",
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        // What runs.
        .target(
            name: "ChangeListener",
            dependencies: [
                "AnswerCache", "ChangeTriggers", "DaemonLog", "Databases", "EventLoop", "LookupTables",
                "LookupValues", "PostgreSQL",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "PoolDrivers",
            dependencies: [
                "AnswerCache", "Configuration", "DaemonLog", "Databases", "EventLoop", "LookupPool",
                "LookupStatistics",
                "LookupTables", "LookupValues", "PoolHealth", "PostgreSQL",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "LookupWorker",
            dependencies: [
                "AnswerCache", "ClientSessions", "Configuration", "DaemonLog", "Databases", "EventLoop",
                "LookupPool",
                "LookupProtocols", "LookupSearch", "LookupStatistics", "LookupTables", "LookupValues",
                "PoolDrivers",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Check",
            dependencies: [
                "ChangeTriggers", "Configuration", "DaemonLog", "Databases", "EventLoop", "LookupSearch",
                "LookupTables", "LookupValues", "PoolHealth", "PostgreSQL", "QueryPurity", "TableAdvice",
            ]),
        .target(
            name: "Daemon",
            dependencies: [
                "AnswerCache", "ChangeListener", "Configuration", "DaemonLog", "Databases", "EventLoop",
                "LookupProtocols",
                "LookupStatistics", "LookupTables", "LookupValues", "LookupWorker", "PostgreSQL",
                "StatusServer",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "mapmux",
            dependencies: [
                "Check", "Configuration", "Daemon", "DaemonLog", "EventLoop", "LookupStatistics",
                "LookupSearch", "LookupTables",
                "LookupValues", "PostfixInventory",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // What measures: clients, servers of its own, yardsticks in C, and the comparison of both with mapmux and its rivals.
        .target(
            name: "LoadEngine",
            dependencies: ["CLibpq", "EventLoop", "LookupProtocols", "LookupStatistics", "LookupValues"],
            path: "Benchmarks/LoadEngine"
        ),
        .executableTarget(
            name: "mapmux-load",
            dependencies: [
                "EventLoop", "LoadEngine", "LookupValues",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/LoadGenerator"
        ),
        .target(
            name: "ThrowawayServers", dependencies: ["CLinux", "EventLoop", "LookupValues"],
            path: "Benchmarks/ThrowawayServers"),
        .executableTarget(name: "mapmux-ceiling", dependencies: ["CLibpq"], path: "Benchmarks/Ceiling"),
        .executableTarget(name: "mapmux-responder", path: "Benchmarks/Responder"),
        .target(name: "BenchmarkReport", path: "Benchmarks/Report"),
        .executableTarget(
            name: "mapmux-bench",
            dependencies: [
                "BenchmarkReport", "EventLoop", "LoadEngine", "LookupValues", "ThrowawayServers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Comparison"
        ),

        .testTarget(name: "LookupValuesTests", dependencies: ["LookupValues"]),
        .testTarget(name: "LookupTablesTests", dependencies: ["LookupTables", "LookupValues"]),
        .testTarget(name: "LookupProtocolsTests", dependencies: ["LookupProtocols", "LookupValues"]),
        .testTarget(
            name: "LookupSearchTests", dependencies: ["LookupSearch", "LookupStatistics", "LookupValues"]),
        .testTarget(
            name: "ClientSessionsTests", dependencies: ["ClientSessions", "LookupProtocols", "LookupValues"]),
        .testTarget(
            name: "LookupStatisticsTests", dependencies: ["LookupStatistics", "LookupValues"]),
        .testTarget(name: "StatusPagesTests", dependencies: ["LookupStatistics", "StatusPages"]),
        .testTarget(
            name: "AnswerCacheTests", dependencies: ["AnswerCache", "LookupStatistics", "LookupValues"]),
        .testTarget(name: "PoolHealthTests", dependencies: ["LookupValues", "PoolHealth"]),
        .testTarget(name: "LookupPoolTests", dependencies: ["LookupPool", "LookupValues", "PoolHealth"]),
        .testTarget(name: "PostfixInventoryTests", dependencies: ["LookupTables", "PostfixInventory"]),
        .testTarget(name: "TableAdviceTests", dependencies: ["LookupTables", "TableAdvice"]),
        .testTarget(name: "QueryPurityTests", dependencies: ["LookupTables", "QueryPurity"]),
        .testTarget(
            name: "ChangeTriggersTests", dependencies: ["AnswerCache", "ChangeTriggers", "LookupValues"],
            exclude: ["Trees"]),
        .testTarget(
            name: "EventLoopTests", dependencies: ["EventLoop", "LookupValues", "ThrowawayServers"]),
        .testTarget(
            name: "PostgreSQLTests",
            dependencies: ["LookupValues", "PostgreSQL", "TestSupport", "ThrowawayServers"]),
        .target(
            name: "DaemonTestSupport",
            dependencies: [
                "Configuration", "EventLoop", "LookupTables", "LookupValues", "ThrowawayServers",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/DaemonTestSupport"),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: [
                "AnswerCache", "Configuration", "DaemonTestSupport", "EventLoop", "LookupSearch",
                "LookupTables", "LookupValues",
                "ThrowawayServers",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "DaemonLogTests",
            dependencies: [
                "Configuration", "DaemonLog", "DaemonTestSupport", "LookupStatistics", "LookupValues",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "DatabasesTests",
            dependencies: [
                "AnswerCache", "ChangeTriggers", "Databases", "EventLoop", "LookupTables", "LookupValues",
                "PostgreSQL", "ThrowawayServers",
            ]),
        .testTarget(
            name: "ChangeListenerTests",
            dependencies: [
                "AnswerCache", "ChangeListener", "ChangeTriggers", "Databases", "EventLoop", "LookupTables",
                "LookupValues", "PostgreSQL", "TestSupport", "ThrowawayServers",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "LookupWorkerTests",
            dependencies: [
                "Configuration", "DaemonTestSupport", "DaemonLog", "Databases", "EventLoop", "LookupPool",
                "LookupStatistics", "LookupTables", "LookupValues", "LookupWorker", "PoolDrivers",
                "PostgreSQL", "TestSupport", "ThrowawayServers",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "DaemonTestSupport", "EventLoop", "LookupStatistics", "LookupValues",
                "StatusServer", "TestSupport", "ThrowawayServers",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "BenchmarkTests",
            dependencies: ["BenchmarkReport", "EventLoop", "LoadEngine", "LookupValues"]),
        .target(
            name: "TestSupport", dependencies: ["CLinux", "LookupValues", "ThrowawayServers"],
            path: "Tests/TestSupport"),
        .target(
            name: "ChangesOverTime", dependencies: ["TestSupport", "ThrowawayServers"],
            path: "Tests/ChangesOverTime"),
        .target(name: "FaultShim", path: "Tests/FaultShim"),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport", "ThrowawayServers"]),
        .testTarget(name: "ChangesOverTimeTests", dependencies: ["ChangesOverTime", "TestSupport"]),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ChangesOverTime", "Configuration", "Daemon", "Databases", "EventLoop", "LookupSearch",
                "LookupStatistics", "LookupTables", "LookupValues", "PostfixInventory", "PostgreSQL",
                "QueryPurity", "StatusPages", "TableAdvice", "TestSupport", "ThrowawayServers", "mapmux",
                "mapmux-bench",
            ],
            exclude: ["Corpus"]),

        // Tests that take as long as one lets them: see deploy/chaos.sh and deploy/hostile.sh.
        .executableTarget(
            name: "mapmux-chaos",
            dependencies: [
                "ChangesOverTime", "EventLoop", "LookupValues", "PostgreSQL", "TestSupport",
                "ThrowawayServers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Chaos"
        ),
        .executableTarget(
            name: "mapmux-hostile",
            dependencies: [
                "EventLoop", "LoadEngine", "LookupValues", "TestSupport", "ThrowawayServers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/HostileClients"
        ),
    ]
)

// The fuzz harnesses, and what they call with coverage recorded: deploy/fuzz.sh names libFuzzer's archive.
let libFuzzer = Context.environment["MAPMUX_LIBFUZZER"]
let fuzzer = "mapmux-fuzz"
if let libFuzzer {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: fuzzer,
            dependencies: [
                "CLibFuzzer", "EventLoop", "LookupProtocols", "LookupSearch", "LookupTables", "LookupValues",
                "Configuration", "LookupStatistics", "PostfixInventory", "QueryPurity", "StatusServer",
                "TableAdvice",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/Fuzzing/Harnesses",
            linkerSettings: [.unsafeFlags([libFuzzer]), .linkedLibrary("stdc++")]),
    ]
}

// Micro-benchmarks, and the package that they need, which nobody else should have to fetch: see Benchmarks/run.sh.
if Context.environment["MAPMUX_BENCHMARKS"] != nil {
    package.dependencies.append(
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
    package.targets.append(
        .executableTarget(
            name: "mapmux-micro",
            dependencies: [
                "LookupPool", "LookupProtocols", "LookupTables", "LookupValues",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Micro",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}

// The pure cores alone, with their tests: see deploy/mutate.sh.
if Context.environment["MAPMUX_PURE_ONLY"] != nil {
    let cores = [
        "AnswerCache", "ChangeTriggers", "ClientSessions", "LookupPool", "LookupProtocols", "LookupSearch",
        "LookupStatistics", "LookupTables", "LookupValues", "PoolHealth", "PostfixInventory", "QueryPurity",
        "StatusPages",
        "TableAdvice",
    ]
    package.products = []
    package.targets.removeAll { target in !cores.contains { [$0, "\($0)Tests"].contains(target.name) } }
    package.dependencies.removeAll { dependency in
        if case .sourceControl(_, let location, _) = dependency.kind {
            return !location.hasSuffix("/swift-collections")
        }
        return true
    }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
    if libFuzzer != nil && target.name != fuzzer {
        target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]))
    }
}
