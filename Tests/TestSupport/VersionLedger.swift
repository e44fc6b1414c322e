// What a table held when: every key's versions, each with the time in which it could be seen.

import Synchronization

/// The writer tells it what it writes, and the clients have their answers judged. Times are nanoseconds of the monotonic
/// clock.
package final class VersionLedger: Sendable {
    package enum Verdict: Hashable, Sendable {
        case right
        /// It was so once, but no more when the question was sent.
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

    /// nil: the key is absent.
    private struct Span {
        let version: Int?
        let begin: Int64
        var end: Int64?
    }

    /// Older ones are forgotten when more than so many of a key have ended.
    private static let remembered = 64

    private let keys: Mutex<[[Span]]>

    /// Every key is present, in version 1, since ever.
    package init(keyCount: Int) {
        keys = Mutex(Array(repeating: [Span(version: 1, begin: .min, end: nil)], count: keyCount))
    }

    /// A version, or nil for the key's absence, is about to be written: it can be seen from now on.
    package func begin(_ version: Int?, of key: Int, at now: Int64) {
        keys.withLock { $0[key].append(Span(version: version, begin: now, end: nil)) }
    }

    /// Every database has the last version: what was before can't be seen any more.
    package func complete(_ key: Int, at now: Int64) {
        keys.withLock { keys in
            for index in keys[key].indices.dropLast() where keys[key][index].end == nil {
                keys[key][index].end = now
            }
            keys[key].removeFirst(max(0, keys[key].count - Self.remembered))
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
        return keys.withLock { keys in
            let spans = keys[key].filter { $0.version == version }
            if spans.contains(where: { $0.begin <= answered && ($0.end ?? .max) >= asked }) { return .right }
            let wasSo = spans.contains { ($0.end ?? .max) < asked }
            if version == nil { return wasSo ? .stale : .wronglyNotFound }
            // Versions count up: what is lower than all that are remembered is forgotten.
            let oldest = keys[key].compactMap(\.version).min() ?? 0
            return wasSo || version! < oldest ? .stale : .invented
        }
    }
}
