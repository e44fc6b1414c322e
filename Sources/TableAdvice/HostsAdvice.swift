// Advice on tables and targets with several hosts.

/// At which hosts a table's query works.
package struct HostsAdvice: Equatable, Sendable {
    /// What a host has said of the query.
    package enum Word: Equatable, Sendable {
        case works
        /// It will refuse each lookup, for this reason.
        case refuses(String)
        /// There was no answer in time, or the connection was lost: lookups may fare better.
        case silent(String)
    }

    /// A host that could be asked.
    package struct Host: Equatable, Sendable {
        package let name: String
        package let word: Word

        package init(name: String, word: Word) {
            self.name = name
            self.word = word
        }
    }

    private let hosts: [Host]

    package init(hosts: [Host]) {
        self.hosts = hosts
    }

    /// The hosts at which the query works; nil if it works at every host, or at none.
    package var places: String? {
        let working = working
        return working.isEmpty || working.count == hosts.count ? nil : Self.list(working)
    }

    /// What the other hosts say, and which hosts lookups go to instead; nil if `places` is.
    package var objections: String? {
        guard let places else { return nil }
        var isLasting = true
        var words: [String] = []
        for host in hosts {
            switch host.word {
            case .works: continue
            case .refuses(let reason): words.append("\(host.name): \(reason)")
            case .silent(let reason):
                isLasting = false
                words.append("\(host.name): \(reason)")
            }
        }
        return words.joined(separator: ", ") + (isLasting ? ": its lookups go to \(places)" : "")
    }

    /// What that costs lookups.
    package var findings: [Finding] {
        guard let places else { return [] }
        let refusing = hosts.compactMap { host in
            if case .refuses = host.word { host.name } else { nil }
        }
        guard !refusing.isEmpty else { return [] }
        return [
            Finding(
                .hostsDiffer, .note,
                """
                found a query that works at \(places) and not at \(Self.list(refusing)), expected one that works at all \
                hosts; lookups go where it works, and a host that has no connection then gets one beyond pool_size
                """)
        ]
    }

    private var working: [String] { hosts.filter { $0.word == .works }.map(\.name) }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    /// How many connections to a target with several hosts there are at most, while nothing is reloaded; nothing for one
    /// with a single host.
    ///
    /// - Parameters:
    ///   - poolSize: over all workers.
    ///   - workers: each has a pool of its own.
    ///   - hosts: of the target.
    package static func connections(poolSize: Int, workers: Int, hosts: Int) -> [Finding] {
        guard hosts > 1 else { return [] }
        let most = poolSize + workers * (1 + hosts)
        return [
            Finding(
                .connections, .note,
                """
                expect \(most) connections at most: pool_size = \(poolSize), one while another is renewed, and one to each \
                of the \(hosts) hosts for queries that another one refuses\
                \(workers > 1 ? "; the last two in each of \(workers) workers" : "")
                """)
        ]
    }
}
