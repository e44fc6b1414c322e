// The latest warnings and errors, as a status page shows them.

internal import LookupValues

package struct RecentError: Equatable, Sendable, Codable {
    /// How many are kept.
    package static let most = 50
    /// How much of each text is kept, in bytes.
    private static let longestPlace = 300
    private static let longestMessage = 2_000

    /// When it last happened, in seconds since 1970.
    package var time: Double
    /// What it is about: a host, a file, a socket.
    package let place: String
    /// The log's message and what the server said, never a key.
    package let message: String
    /// How often it has happened in a row.
    package var count: Int

    package init(time: Double, place: String, message: String, count: Int = 1) {
        self.time = time
        self.place = place.shown(upTo: Self.longestPlace)
        self.message = message.shown(upTo: Self.longestMessage)
        self.count = count
    }

    /// The latest errors of two lists, each in the order of time.
    static func merged(_ one: [RecentError], _ other: [RecentError]) -> [RecentError] {
        // Sorting is stable: errors of the same time keep their order.
        Array((one + other).sorted { $0.time < $1.time }.suffix(most))
    }
}

/// The latest errors. One that repeats itself takes one place.
package struct RecentErrors: Equatable, Sendable {
    /// Oldest first.
    package private(set) var errors: [RecentError] = []

    package init() {}

    /// - Parameter former: the message of an earlier error about the same place that this one continues; nil: its own.
    package mutating func add(_ error: RecentError, inPlaceOf former: String? = nil) {
        var error = error
        let message = former ?? error.message
        if let index = errors.lastIndex(where: { $0.place == error.place && $0.message == message }) {
            error.count += errors[index].count
            errors.remove(at: index)
        } else if errors.count == RecentError.most {
            errors.removeFirst()
        }
        errors.append(error)
    }
}
