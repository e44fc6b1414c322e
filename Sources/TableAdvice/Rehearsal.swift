// A table's query asked once, for a key that can't exist: the values that are sent, and the result.

/// The key that `mapmux check` asks each query for, to see whether lookups are answered at all.
package enum Rehearsal {
    /// No such domain can exist (RFC 2606), and it has every part that a placeholder may want.
    package static let key = Array("mapmux-check@9.8.7.6.5.4.3.2.invalid".utf8)

    /// A value that a column of the type may have, for a type that does not take any text; nil for all others.
    ///
    /// - Parameter type: as format_type() names it.
    package static func example(ofType type: String) -> String? {
        switch type {
        case "smallint", "integer", "bigint", "numeric", "real", "double precision": "-1"
        case "oid": "0"
        case "boolean": "false"
        // A network for documentation (RFC 5737).
        case "inet", "cidr": "192.0.2.1"
        case "macaddr": "00:00:00:00:00:00"
        case "uuid": "00000000-0000-0000-0000-000000000000"
        case "date", "timestamp without time zone", "timestamp with time zone": "1900-01-01"
        case "bit", "bit varying": "0"
        default: nil
        }
    }

    /// The result of that at a host.
    package enum Answer: Equatable, Sendable {
        case answered
        /// Lookups fail there: this is an error.
        case failed
        /// Nothing is known, for this reason.
        case notTried(String)
    }

    /// The errors of types for text that is no value of theirs: invalid_text_representation, invalid_datetime_format,
    /// datetime_field_overflow, numeric_value_out_of_range, invalid_character_value_for_cast, character_not_in_repertoire,
    /// untranslatable_character, and a domain's check_violation.
    private static let statesOfValues: Set<String> = [
        "22P02", "22007", "22008", "22003", "22018", "22021", "22P05", "23514",
    ]

    /// - Parameters:
    ///   - sqlState: of the error; nil if the query was answered, with rows or without.
    ///   - message: what the server said.
    ///   - hasMadeUpValue: whether the key, or a part of it, was sent as a value of some type.
    ///   - isReadOnly: whether lookups have a session there that only reads, as they do on a standby.
    package static func answer(
        sqlState: String?, message: String, hasMadeUpValue: Bool, isReadOnly: () -> Bool
    ) -> Answer {
        switch sqlState {
        case nil: .answered
        // read_only_sql_transaction.
        case "25006" where !isReadOnly(): .notTried("it writes: not tried")
        case let state? where hasMadeUpValue && statesOfValues.contains(state):
            .notTried("not tried, as a made-up key is no value for it (\(message))")
        default: .failed
        }
    }

    /// Why a query that may keep something isn't asked: a rollback does not undo nextval(), for instance.
    package static let mayKeep = "not tried, as it may keep something (--execute has it tried)"
}

/// At which hosts a table's query was asked.
package struct RehearsalAdvice: Equatable, Sendable {
    /// For each host at which the query is prepared: its name, and why it was not asked; nil if it was.
    private let hosts: [(name: String, reason: String?)]

    package init(hosts: [(name: String, reason: String?)]) {
        self.hosts = hosts
    }

    package static func == (left: RehearsalAdvice, right: RehearsalAdvice) -> Bool {
        left.hosts.elementsEqual(right.hosts, by: ==)
    }

    /// The state of a query with which nothing is wrong.
    package var state: String { isComplete ? "ok" : "prepared" }

    /// Why it was not asked, with the hosts at which it wasn't if it was at others; nil if it was asked at every one.
    package var objection: String? {
        let reasons = hosts.compactMap(\.reason)
        guard let first = reasons.first else { return nil }
        if reasons.count == hosts.count && reasons.allSatisfy({ $0 == first }) { return first }
        return hosts.compactMap { host in host.reason.map { "at \(host.name) \($0)" } }.joined(
            separator: ", ")
    }

    /// What stays unknown because it was not asked.
    package var findings: [Finding] {
        guard let objection else { return [] }
        return [
            Finding(
                .notTried, .note,
                "\(objection): whether its lookups are answered is not known; mapmux query MAP KEY tells")
        ]
    }

    private var isComplete: Bool { hosts.allSatisfy { $0.reason == nil } }
}
