// A part of Postfix's configuration that does not fit mapmux's.

/// What Postfix asks for and mapmux does not have, or has otherwise.
package struct Mismatch: Equatable, Sendable {
    /// The kind of misfit. Programs know the kinds by these names, so they never change.
    package enum Code: String, CaseIterable, Sendable {
        /// Postfix's configuration can't be read.
        case noPostfix = "no-postfix"
        /// Postfix asks for a table or a map that is not in `maps`.
        case notServed = "not-served"
        /// Postfix asks in a place where mapmux does not listen.
        case noListener = "no-listener"
        /// There is no socket in a place where Postfix asks mapmux.
        case noSocket = "no-socket"
        /// There is no socket in the place to which mapmux passes on requests for tables that are not its own.
        case noRelay = "no-relay"
        /// The directory of a socket by which Postfix asks mapmux can't be entered.
        case unseenSocket = "unseen-socket"
        /// A process in a chroot can't reach the socket.
        case unreachableSocket = "unreachable-socket"
        /// The service can't see a file or a socket that lookups need.
        case hiddenPath = "hidden-path"
        /// Postfix does not ask for a map.
        case unusedMap = "unused-map"
        /// main.cf has another value of a parameter on which searches depend.
        case differingFact = "differing-fact"
        /// Which domains are local can't be told to a search that depends on it.
        case unlistedDomains = "unlisted-domains"
        /// Postfix does not ask for a map by a parameter that map_parameters has for it.
        case unusedParameter = "unused-parameter"
        /// Postfix asks for a map by its name, and expects a search that is not made.
        case notSearched = "not-searched"
        /// A map is searched in another way than where Postfix asks for it.
        case otherSearch = "other-search"
        /// A searched map has other tables beside it, which Postfix asks for each key in turn.
        case splitSearch = "split-search"
        /// Postfix refuses a socketmap there, or can't reach it.
        case refusedSocketmap = "refused-socketmap"
    }

    package enum Severity: Sendable {
        /// Mail waits for it, or is answered wrongly.
        case error
        case warning
        case note
    }

    package let code: Code
    package let severity: Severity
    /// What was found and what was expected, in one line.
    package let message: String
}
