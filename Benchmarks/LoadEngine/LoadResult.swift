// What came of a load.

package struct LoadResult: Codable, Sendable {
    package var clients = 0
    package var lookups = 0
    package var seconds = 0.0
    /// Milliseconds.
    package var p50 = 0.0
    package var p99 = 0.0
    package var p999 = 0.0
    package var longest = 0.0
    package var found = 0
    package var notFound = 0
    /// Temporary and permanent failures.
    package var failed = 0
    package var wrong = 0
    /// Questions whose connection ended instead of an answer, or that none came to.
    package var lost = 0
    /// The processor time of the clients themselves.
    package var clientSeconds = 0.0
    /// The lookups of the client that got the fewest, in parts of the median client's.
    package var smallestShare = 0.0

    package init() {}

    /// Answers that tell what is in the table.
    package var right: Int { found + notFound }
    package var rate: Double { rate(of: lookups) }
    package var faults: Int { failed + wrong + lost }

    /// So many in all that time, as many a second.
    package func rate(of count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }

    package var text: String {
        func rounded(_ milliseconds: Double) -> Double { (milliseconds * 100).rounded() / 100 }
        let each = lookups > 0 ? rounded(clientSeconds * 1e6 / Double(lookups)) : 0
        return """
            \(clients) clients, \(lookups) lookups: \(Int(rate))/s, p50 \(rounded(p50)) ms, \
            p99 \(rounded(p99)) ms, p99.9 \(rounded(p999)) ms; found \(found), not found \(notFound), \
            failed \(failed), wrong \(wrong), lost \(lost); the clients' own CPU \(each) µs a lookup
            """
    }
}
