// Advice on tables whose lookups are kept apart.

/// What the hosts of a table say of its query's purity.
package struct PurityAdvice: Equatable, Sendable {
    /// For each host that has told: its name, and why the query is not pure there; nil if it is pure.
    private let hosts: [(name: String, impurity: String?)]
    /// Whether `map_trust` says to take it for pure all the same.
    private let isTrusted: Bool
    /// The table's maps in `cache` and `stale_while_down`.
    private let kept: [String]

    package init(hosts: [(name: String, impurity: String?)], isTrusted: Bool, kept: [String]) {
        self.hosts = hosts
        self.isTrusted = isTrusted
        self.kept = kept
    }

    package static func == (left: PurityAdvice, right: PurityAdvice) -> Bool {
        left.isTrusted == right.isTrusted && left.kept == right.kept
            && left.hosts.elementsEqual(right.hosts, by: ==)
    }

    /// Whether lookups are kept apart at some host.
    package var isApart: Bool { !isTrusted && reason != nil }

    /// Whether the query is pure, and if not, why; nil if no host has told.
    package var verdict: String? {
        if isTrusted {
            return "taken for pure, as map_trust says" + (reason.map { ", though \($0)" } ?? "")
        }
        if hosts.isEmpty { return nil }
        return reason.map { "\($0): each lookup by itself" } ?? "pure"
    }

    /// What keeping lookups apart costs.
    package var findings: [Finding] {
        guard isApart, let reason else { return [] }
        let unkept = Finding(
            .nothingKept, .warning,
            """
            found \(kept.map { "`\($0)`" }.joined(separator: ", ")) in cache or stale_while_down, of which nothing is kept, as \
            \(reason); expected a query that is known to keep nothing, or the map in map_trust
            """)
        return (kept.isEmpty ? [] : [unkept]) + [
            Finding(
                .keptApart, .note,
                """
                \(reason), so each lookup is sent by itself, in a transaction of its own: that takes the server about \
                twice the time of one among many, and no key is asked for together with others; expected a query that \
                is known to keep nothing, or the map in map_trust
                """)
        ]
    }

    /// Why the query is not pure, with the hosts of which that is true if it is not true of all.
    private var reason: String? {
        let reasons = hosts.compactMap(\.impurity)
        guard let first = reasons.first else { return nil }
        if reasons.count == hosts.count && reasons.allSatisfy({ $0 == first }) { return first }
        return hosts.compactMap { host in host.impurity.map { "at \(host.name) \($0)" } }
            .joined(separator: ", ")
    }
}
