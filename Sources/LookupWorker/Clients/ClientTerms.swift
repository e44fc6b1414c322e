// What applies to the clients of one listening socket, beyond what applies to all.

internal import ClientSessions
internal import Configuration

/// The terms of one worker; its listener and its sessions share them, so that a reload changes them for all.
final class ClientTerms {
    /// The listening socket, for the log.
    let path: String
    /// The socket of Postfix's own proxymap(8); nil if there is none.
    var relayPath: String?
    /// Whether these clients wait for a greeting, and that proxymap sends one.
    var habit: GreetingHabit

    init(path: String = "", _ terms: ProxymapTerms = ProxymapTerms()) {
        self.path = path
        relayPath = terms.relay
        habit = GreetingHabit(isConfigured: terms.greets)
    }

    /// Takes over the terms of a new configuration.
    func adopt(_ terms: ProxymapTerms) {
        relayPath = terms.relay
        if habit.isConfigured != terms.greets { habit = GreetingHabit(isConfigured: terms.greets) }
    }
}
