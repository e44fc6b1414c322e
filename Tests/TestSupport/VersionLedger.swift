// What the databases held when: every key's versions, each with the time in which it could be seen.

import Synchronization

/// The writers tell it what they write, and the clients have their answers judged. Each of several databases gets all
/// versions in the same order, in its own time. Times are nanoseconds of the monotonic clock.
package final class VersionLedger: Sendable {
    package enum Verdict: Hashable, Sendable {
        case right
        /// It was so once, but in no database that could be asked when the question was sent, nor later.
        case stale
        /// It is another key's.
        case swapped
        /// "Not found" for a key that was there all the time.
        case wronglyNotFound
        /// No database has ever held it, or none yet.
        case invented
    }

    package enum Answer: Equatable, Sendable {
        case version(Int, ofKey: Int)
        case notFound
    }

    private struct Span {
        /// nil: the key is absent.
        let version: Int?
        let number: Int
        let begin: Int64
        /// Of each database: `.max` as long as it may still hold this.
        var ends: [Int64]
    }

    private struct Outage {
        let begin: Int64
        var end: Int64
    }

    private struct State {
        var keys: [[Span]]
        /// Of each database.
        var outages: [[Outage]]
    }

    /// What has ended everywhere is forgotten after so many nanoseconds: longer than any question may wait.
    private static let memory: Int64 = 30_000_000_000

    private let databases: Int
    private let state: Mutex<State>

    /// Every key is present, in version 1, since ever.
    package init(keyCount: Int, databases: Int = 1) {
        self.databases = databases
        let first = Span(
            version: 1, number: 0, begin: .min, ends: Array(repeating: .max, count: databases))
        state = Mutex(
            State(
                keys: Array(repeating: [first], count: keyCount),
                outages: Array(repeating: [], count: databases)))
    }

    /// A version, or nil for the key's absence, is about to be written: it can be seen from now on.
    ///
    /// - Returns: the change's number, which counts the key's changes.
    @discardableResult
    package func begin(_ version: Int?, of key: Int, at now: Int64) -> Int {
        state.withLock { state in
            let number = state.keys[key].last!.number + 1
            let ends = Array(repeating: Int64.max, count: databases)
            state.keys[key].append(Span(version: version, number: number, begin: now, ends: ends))
            return number
        }
    }

    /// A database has this change: what was before can't be seen in it any more.
    ///
    /// - Parameter number: nil stands for the key's last change.
    package func complete(_ key: Int, number: Int? = nil, in database: Int = 0, at now: Int64) {
        state.withLock { state in
            let number = number ?? state.keys[key].last!.number
            for index in state.keys[key].indices where state.keys[key][index].number < number {
                let end = state.keys[key][index].ends[database]
                state.keys[key][index].ends[database] = min(end, now)
            }
            let old = state.keys[key].prefix { span in span.ends.allSatisfy { $0 < now - Self.memory } }.count
            state.keys[key].removeFirst(old)
        }
    }

    /// From now on no answer can come from this database to any question.
    package func beginOutage(of database: Int, at now: Int64) {
        state.withLock { $0.outages[database].append(Outage(begin: now, end: .max)) }
    }

    package func endOutage(of database: Int, at now: Int64) {
        state.withLock { state in
            state.outages[database][state.outages[database].count - 1].end = now
        }
    }

    /// What the ledger has on a key around a question sent at `asked`, in milliseconds from then.
    package func history(of key: Int, asked: Int64) -> String {
        func time(_ time: Int64) -> String {
            if time == .min { return "ever" }
            if time == .max { return "now" }
            return "\(Double((time - asked) / 10_000) / 100)"
        }
        return state.withLock { state in
            let spans = state.keys[key].suffix(6).map { span in
                let ends = span.ends.map(time).joined(separator: "|")
                return "\(span.version.map { "v\($0)" } ?? "absent") \(time(span.begin)) to \(ends)"
            }
            let outages = state.outages.map {
                $0.last.map { "\(time($0.begin)) to \(time($0.end))" } ?? "none"
            }
            return "history: \(spans.joined(separator: ", ")); outages: \(outages.joined(separator: " | "))"
        }
    }

    /// How long before a question was sent its answer, which is right, was last so in any database, in nanoseconds; 0 if it
    /// still was, or became so until it came.
    package func age(of answer: Answer, about key: Int, asked: Int64, answered: Int64) -> Int64 {
        var version: Int?
        if case .version(let number, _) = answer { version = number }
        return state.withLock { state in
            let spans = state.keys[key].filter { $0.version == version && $0.begin <= answered }
            let ends = spans.flatMap(\.ends)
            return max(0, asked - (ends.max() ?? asked))
        }
    }

    /// Whether an answer may be given to a question about `key` that was sent at `asked` and answered at `answered`.
    package func judge(_ answer: Answer, about key: Int, asked: Int64, answered: Int64) -> Verdict {
        let version: Int?
        switch answer {
        case .notFound: version = nil
        case .version(let number, let owner):
            if owner != key { return .swapped }
            version = number
        }
        return state.withLock { state in
            var wasSo = false
            for span in state.keys[key].reversed() where span.version == version {
                wasSo = wasSo || span.begin <= answered
                for (end, outages) in zip(span.ends, state.outages) {
                    let (from, until) = (max(span.begin, asked), min(end, answered))
                    if from > until { continue }
                    if !outages.contains(where: { $0.begin <= from && until <= $0.end }) { return .right }
                }
            }
            if version == nil { return wasSo ? .stale : .wronglyNotFound }
            // Versions count up: what is lower than all that are remembered is forgotten.
            let oldest = state.keys[key].compactMap(\.version).min() ?? 0
            return wasSo || version! < oldest ? .stale : .invented
        }
    }
}
