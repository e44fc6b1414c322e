// Whether clients of a proxymap(8) wait for its greeting: what the configuration says, and what the clients show.

/// What is known of the clients of one socket. Clients of Postfix 3.6 and later say nothing before they are greeted; older
/// clients ask at once, and take a greeting for the answer.
package struct GreetingHabit: Equatable, Sendable {
    /// Whether the clients wait for a greeting, by the configuration.
    package let isConfigured: Bool
    /// Whether some clients have asked after a greeting, and some without one.
    package private(set) var hasSeenWaiting = false
    package private(set) var hasSeenAsking = false

    package init(isConfigured: Bool) {
        self.isConfigured = isConfigured
    }

    /// Whether a client is greeted as soon as it has connected: always if the configuration says so, whatever the clients
    /// do. Otherwise a client is greeted when it has been silent for a while.
    package var greetsAtOnce: Bool { isConfigured || hasSeenWaiting && !hasSeenAsking }

    /// Whether all that is known of the clients contradicts the configuration.
    package var isContradicted: Bool {
        isConfigured ? hasSeenAsking && !hasSeenWaiting : hasSeenWaiting && !hasSeenAsking
    }

    /// A client has asked after it was greeted.
    ///
    /// - Returns: whether this is the first sign against the configuration.
    package mutating func noteWaiting() -> Bool {
        defer { hasSeenWaiting = true }
        return !hasSeenWaiting && !isConfigured
    }

    /// A client has asked without a greeting, or has closed the connection after one.
    ///
    /// - Returns: whether this is the first sign against the configuration.
    package mutating func noteAsking() -> Bool {
        defer { hasSeenAsking = true }
        return !hasSeenAsking && isConfigured
    }
}
