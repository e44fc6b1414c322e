// Whether clients of a proxymap(8) wait for its greeting: what the configuration says, and what they turn out to do.

/// What is known of the clients of one socket. Those of Postfix 3.6 and later say nothing before they are greeted; those before
/// ask at once, and take a greeting for the answer.
package struct GreetingHabit: Equatable, Sendable {
    /// Whether they wait for it, by the configuration.
    package let isConfigured: Bool
    /// Whether some have asked after a greeting, and some without one.
    package private(set) var hasSeenWaiting = false
    package private(set) var hasSeenAsking = false

    package init(isConfigured: Bool) {
        self.isConfigured = isConfigured
    }

    /// Whether a client is greeted as soon as it has come; always where the configuration says so, whatever others do. Any other
    /// one is greeted when it has said nothing for a while.
    package var greetsAtOnce: Bool { isConfigured || hasSeenWaiting && !hasSeenAsking }

    /// Whether all that is known of them speaks against the configuration.
    package var isContradicted: Bool {
        isConfigured ? hasSeenAsking && !hasSeenWaiting : hasSeenWaiting && !hasSeenAsking
    }

    /// A client has asked after it was greeted.
    ///
    /// - Returns: whether that is news, and speaks against the configuration.
    package mutating func noteWaiting() -> Bool {
        defer { hasSeenWaiting = true }
        return !hasSeenWaiting && !isConfigured
    }

    /// A client has asked without a greeting, or closed the connection on one.
    ///
    /// - Returns: whether that is news, and speaks against the configuration.
    package mutating func noteAsking() -> Bool {
        defer { hasSeenAsking = true }
        return !hasSeenAsking && isConfigured
    }
}
