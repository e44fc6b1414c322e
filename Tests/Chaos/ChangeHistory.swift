// Changes of schemas, functions, rights and settings in a chaos run: some of those that the tests know, and when they were.

import ChangesOverTime
import LookupValues
import Synchronization
import TestSupport
import ThrowawayServers

final class ChangeHistory: Sendable {
    /// As many have a database in each cluster, and connections to it.
    private static let count = 8

    let site: ChangeSite
    /// Of each change, when it was made, taken back, made again and so on.
    private let spans: Mutex<[[AnswerHistory.Span]]>

    /// - Parameters:
    ///   - hosts: as the tables' files name them.
    ///   - seed: which changes it is to be.
    init(_ clusters: [ThrowawayCluster], hosts: [String], seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let all = Change.all.filter(\.isOfADatabase).shuffled(using: &random)
        site = try ChangeSite(Array(all.prefix(Self.count)), clusters, hosts: hosts.joined(separator: " "))
        spans = Mutex(site.changes.map { _ in [] })
    }

    var indices: Range<Int> { site.changes.indices }

    func make(_ number: Int, isUndoing: Bool) throws {
        let change = site.changes[number]
        let made = site.perform(isUndoing ? change.undo : change.change, of: change) {
            throw SupportError("\(change) needs a reload")
        }
        spans.withLock { $0[number].append(made.span) }
        if let complaint = made.complaint { throw SupportError(complaint) }
    }

    /// Judges of what was answered until now.
    func verdicts(standstills: [AnswerHistory.Span]) -> [ChangeVerdict] {
        zip(site.changes, spans.withLock { $0 }).map { change, spans in
            let answers = (0...spans.count).map { number in
                change.maps.map { $0.keys.map { number % 2 == 0 ? $0.before : $0.after } }
            }
            return ChangeVerdict(change, answers: answers, spans: spans, standstills: standstills)
        }
    }
}

extension Change {
    /// Whether it can be made and taken back, and again, in a database that other changes know nothing of.
    fileprivate var isOfADatabase: Bool {
        guard hosts == .one, !isSlow, case .sql = change, case .sql = undo else { return false }
        return true
    }
}
