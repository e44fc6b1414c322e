// Makes the one outcome of a lookup from the rows of its result.

package import LookupValues

/// Collects the values of a result into an outcome, as dict_pgsql_lookup() does: of one lookup after another.
package struct ResultBuilder: Sendable {
    /// The longest value in bytes: room for an alias with 100,000 members. A protocol may take less.
    package static let maximumValueLength = 4_194_304

    /// Room for at most this many bytes is kept for the next value.
    private static let keptCapacity = 1_024

    private enum Failure: String {
        case expansionLimit = "the result has more values than expansion_limit"
        case tooLong = "the result is too long"
        case notUTF8 = "the result is not valid UTF-8"
    }

    private let format: ResultFormat
    private let expansionLimit: Int
    /// The key that the query was asked for. A plain result format has no use for it.
    private var key: [UInt8]
    private var joined: [UInt8] = []
    private var valueCount = 0
    private var failure: Failure?

    package init(table: TableDefinition, key: [UInt8] = []) {
        format = table.resultFormat
        expansionLimit = table.expansionLimit
        self.key = key
    }

    /// Begins with the lookup of another key. If the last outcome has not been kept, its room serves this one.
    package mutating func begin(key: [UInt8]) {
        self.key = key
        begin()
    }

    /// Begins with another lookup: of the same key, or with a result format that has no use for keys.
    package mutating func begin() {
        joined.removeAll(keepingCapacity: joined.capacity <= Self.keptCapacity)
        valueCount = 0
        failure = nil
    }

    /// Adds the next value: column after column of row after row. NULLs are left out by the caller.
    package mutating func add(_ value: Span<UInt8>) {
        guard failure == nil else { return }
        // A span of the property would keep the whole builder from changing.
        let key = key
        let length = joined.count
        if length > 0 { joined.append(UInt8(ascii: ",")) }
        guard format.append(value: value, key: key.span, into: &joined) else {
            joined.removeLast(joined.count - length)
            return
        }
        valueCount += 1
        if expansionLimit > 0 && valueCount > expansionLimit {
            fail(.expansionLimit)
        } else if joined.count > Self.maximumValueLength {
            fail(.tooLong)
        }
    }

    /// The outcome of all values added. After it only `begin` may be called.
    package mutating func finish() -> LookupOutcome {
        if failure == nil && !UTF8Validation.isValid(joined.span) { fail(.notUTF8) }
        if let failure { return .temporaryFailure(failure.rawValue) }
        return joined.isEmpty ? .notFound : .found(joined)
    }

    private mutating func fail(_ failure: Failure) {
        self.failure = failure
        joined = []
    }
}
