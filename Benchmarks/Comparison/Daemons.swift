// The mapmux daemons of the comparison of lookups: one for each configuration that is compared.

import ThrowawayServers

struct Daemons {
    private var processes: [Contender: MapmuxProcess] = [:]

    /// Starts those that contenders need.
    ///
    /// - Parameters:
    ///   - tables: of the contenders that have a daemon of their own.
    ///   - parameters: lines of mapmux.conf for all of them.
    init(
        for contenders: [Contender], tables: [Contender: TableFiles], parameters: [String: String]
    ) throws {
        for contender in Set(contenders.compactMap(\.daemon)) {
            let maps = tables[contender]!.names
            let daemon = try MapmuxProcess(maps: maps)
            let own = ["proxymap_listen": "unix:\(daemon.directory.path)/proxymap"]
            try daemon.configure(maps: maps, parameters: own.merging(parameters) { $1 })
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

    func processID(of contender: Contender) throws -> Int32 { try process(of: contender).processID() }
}
