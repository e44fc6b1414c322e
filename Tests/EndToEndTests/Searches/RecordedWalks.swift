// Takes the lookups that Postfix makes apart into walks, each of which must be the one that SearchOrder predicts.

import LookupSearch
import TestSupport

/// What may be the first key of a search, by what is asked for.
struct FirstKeys: Sendable {
    /// With what Postfix asks for without being asked: the null sender, who sends bounces, and the transport of all else.
    var addresses = Set(
        ["\"\"", "<>", "\"<>\"", "mailer-daemon@\(SearchSetting.origin)", "*"].map { Array($0.utf8) })
    var domains: Set<[UInt8]> = []
    var hosts: Set<[UInt8]> = []
    var names: Set<[UInt8]> = []

    func contains(_ key: [UInt8], in parameter: String) -> Bool {
        switch parameter {
        case "relay_domains", "virtual_alias_domains", "virtual_mailbox_domains", "fast_flush_domains":
            domains.contains(key)
        case "check_client_access", "check_reverse_client_hostname_access", "mynetworks": hosts.contains(key)
        case "check_helo_access", "check_sasl_access": names.contains(key)
        case _ where ["_a_access", "_mx_access"].contains { parameter.hasSuffix($0) }:
            literals.contains(key)
        default: addresses.contains(key)
        }
    }

    /// Hosts that are named by their addresses in brackets, among what has been inserted.
    var literals: [[UInt8]] {
        domains.union(names).compactMap { name in
            guard name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]") else { return nil }
            let address = String(decoding: name, as: UTF8.self).dropFirst().dropLast()
            return Array(address.replacing("ipv6:", with: "").utf8)
        }
    }

    mutating func insert(_ sample: AddressSample) {
        addresses.formUnion(sample.firstKeys.map { Array($0.utf8) })
        domains.formUnion(sample.firstKeys.map { Array(($0.split(separator: "@").last ?? "").utf8) })
    }

    mutating func insert(_ sample: HostSample, login: String) {
        hosts.formUnion(sample.firstKeys.map { Array($0.utf8) })
        names = [Array(sample.heloKey.utf8), Array(login.utf8)]
    }
}

struct RecordedWalks {
    /// A walk that was predicted.
    struct Walk: Hashable {
        let program: String
        let parameter: String
        let keys: [[UInt8]]
    }

    /// How many there were, the distinct ones among them, and what was not predicted.
    private(set) var count = 0
    private(set) var distinct: Set<Walk> = []
    private(set) var surprises: [String] = []
    private(set) var programs: Set<String> = []
    var parameters: Set<String> { Set(distinct.map(\.parameter)) }

    private let setting: SearchSetting

    init(_ setting: SearchSetting) {
        self.setting = setting
    }

    /// Takes in the lookups of whole questions.
    mutating func read(_ lookups: [ProxymapRecorder.Lookup], firstKeys: FirstKeys, about question: String) {
        struct Source: Hashable {
            let program: String
            let connection: Int
            let parameter: String
        }
        var sources: [Source] = []
        var bySource: [Source: [ProxymapRecorder.Lookup]] = [:]
        for lookup in lookups {
            // pgsql:/parameter/number
            let parameter = String(lookup.table.split(separator: "/")[1])
            let source = Source(program: lookup.program, connection: lookup.connection, parameter: parameter)
            if bySource[source] == nil { sources.append(source) }
            bySource[source, default: []].append(lookup)
        }
        for source in sources {
            let sequence = bySource[source, default: []]
            programs.insert(source.program)
            guard let order = order(of: source.parameter, askedBy: source.program) else {
                surprises.append("\(source.parameter) is not known")
                continue
            }
            var reader = WalkReader(
                program: source.program, parameter: source.parameter, order: order,
                tables: setting.tableCount(of: source.parameter),
                lookups: sequence, firstKeys: firstKeys)
            if let problem = reader.read() {
                let keys = sequence.map { String(decoding: $0.key, as: UTF8.self) }.joined(separator: " | ")
                surprises.append(
                    "\(question): \(source.program) \(source.parameter): \(problem)\n    of \(keys)")
            }
            count += reader.walks.count
            distinct.formUnion(reader.walks)
        }
    }

    private func order(of parameter: String, askedBy program: String) -> SearchOrder? {
        let name = Self.validates(parameter, program) ? "local_recipient_maps" : parameter
        return SearchParameter(named: name).map { SearchOrder($0, setting.facts) }
    }

    /// Whether a program only wants to know if an address is in a table of new addresses, as smtpd(8) does: it searches that table
    /// as it does others.
    static func validates(_ parameter: String, _ program: String) -> Bool {
        program == "smtpd" && (parameter.hasSuffix("canonical_maps") || parameter == "virtual_alias_maps")
    }
}

/// Reads the walks of one program in one parameter, in which one follows another.
private struct WalkReader {
    let program: String
    let parameter: String
    let order: SearchOrder
    let tables: Int
    let lookups: [ProxymapRecorder.Lookup]
    let firstKeys: FirstKeys

    private(set) var walks: [RecordedWalks.Walk] = []
    private var index = 0

    init(
        program: String, parameter: String, order: SearchOrder, tables: Int,
        lookups: [ProxymapRecorder.Lookup],
        firstKeys: FirstKeys
    ) {
        (self.program, self.parameter, self.order, self.tables) = (program, parameter, order, tables)
        (self.lookups, self.firstKeys) = (lookups, firstKeys)
    }

    /// - Returns: what was not predicted; nil if all was.
    mutating func read() -> String? {
        while index < lookups.count {
            let first = lookups[index].key
            let text = String(decoding: first, as: UTF8.self)
            guard firstKeys.contains(first, in: parameter) else { return "\(text) begins no search" }
            let keys = order.keys(for: first.span).map(\.bytes)
            // A list asks each of its tables for all keys, and maps ask all their tables for each key.
            let isList = if case .domainList = order.searchClass { true } else { false }
            let steps =
                isList
                ? (1...tables).flatMap { table in keys.map { ($0, table) } }
                : keys.flatMap { key in (1...tables).map { (key, $0) } }
            var asked: [[UInt8]] = []
            for (key, table) in steps {
                // Postfix asks twice if two steps come to the same key.
                while index < lookups.count, lookups[index].key != key, asked.contains(lookups[index].key) {
                    index += 1
                }
                guard index < lookups.count, lookups[index].key == key,
                    lookups[index].table == SearchSetting.table(parameter, table)
                else {
                    let predicted = keys.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " | ")
                    return "not the walk for \(text): \(predicted)"
                }
                asked.append(key)
                index += 1
                if lookups[index - 1].isFound { break }
            }
            while index < lookups.count, asked.contains(lookups[index].key),
                !firstKeys.contains(lookups[index].key, in: parameter)
            { index += 1 }
            walks.append(.init(program: program, parameter: parameter, keys: asked))
        }
        return nil
    }
}
