// What is logged about clients.

internal import ClientSessions
internal import DaemonLog
internal import Logging
internal import LookupValues

struct ClientLog {
    let log: LimitedLog

    /// Clients turn out not to behave as `proxymap_greeting` says.
    func greetingIsWrong(_ terms: ClientTerms) {
        let expected = terms.habit.isConfigured ? "no" : "yes"
        log.logAlways(
            .warning,
            terms.habit.isConfigured
                ? "clients take the greeting for an answer: they are of Postfix before 3.6"
                : "clients wait for a greeting: they are of Postfix 3.6 or later",
            about: terms.path, ["path": "\(terms.path)", "expected": "proxymap_greeting = \(expected)"])
    }

    /// A client has asked for a map or a table that is in no configuration.
    func isUnknown(_ name: String, _ clientProtocol: ClientProtocol, _ terms: ClientTerms) {
        let (message, item) =
            switch clientProtocol {
            case .socketmap: ("a map is asked for that is not in maps", "map")
            case .proxymap:
                ("a table is asked for that is not in maps, and there is no proxymap_relay", "table")
            }
        log.log(
            .warning, message, about: terms.path, item: name.shown(upTo: 200), as: item,
            ["path": "\(terms.path)"])
    }

    func relayFailed(_ path: String, _ error: String) {
        log.log(.warning, "proxymap_relay failed", about: path, ["path": "\(path)", "error": "\(error)"])
    }

    func isNoLongerAllowed(_ user: UInt32?, _ terms: ClientTerms) {
        log.log(
            .warning, "a client was closed, whom allowed_users does not name any more",
            about: terms.path, ["path": "\(terms.path)", "user": "\(user.map { "\($0)" } ?? "")"])
    }
}
