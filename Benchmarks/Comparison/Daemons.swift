// The mapmux daemons of the comparison of lookups: one for each configuration that is compared.

import LoadEngine
import ThrowawayServers

struct Daemons {
    private var processes: [Contender: MapmuxProcess] = [:]

    /// Starts those that contenders need.
    ///
    /// - Parameters:
    ///   - tables: of the contenders that have a daemon of their own.
    ///   - parameters: lines of mapmux.conf for all of them.
    ///   - install: has the database's owner run the SQL of triggers.
    init(
        for contenders: [Contender], tables: [Contender: TableFiles], parameters: [String: String],
        install: (String) throws -> Void
    ) throws {
        for contender in Set(contenders.compactMap(\.daemon)) {
            let maps = tables[contender]!.names
            let daemon = try MapmuxProcess(maps: maps)
            var own = ["proxymap_listen": "unix:\(daemon.directory.path)/proxymap"]
            if let keeping = contender.keeping {
                own["cache"] = LoadTable.allCases.map { "\($0.name)=\(keeping)" }.joined(separator: " ")
            }
            try daemon.configure(maps: maps, parameters: own.merging(parameters) { $1 })
            if contender == .mapmuxCacheNotified { try install(try daemon.triggers()) }
            try daemon.start()
            processes[contender] = daemon
        }
    }

    /// That of a contender; it must be one that was started.
    private func process(of contender: Contender) -> MapmuxProcess { processes[contender.daemon!]! }

    /// Where a contender's clients connect.
    func socket(of contender: Contender) -> String {
        let process = process(of: contender)
        return contender == .mapmuxProxymap ? "\(process.directory.path)/proxymap" : process.socketPath
    }

    /// What is kept for a contender; nil: nothing is.
    func kept(by contender: Contender) throws -> KeptCounts? {
        contender.keeping == nil ? nil : try process(of: contender).kept()
    }

    /// Has a contender that keeps answers forget them.
    func flush(_ contender: Contender) throws { try process(of: contender).command("flush") }

    func processID(of contender: Contender) throws -> Int32 { try process(of: contender).processID() }
}
