// What holds for the clients of one listening socket, beyond what holds for all.

internal import ClientSessions
internal import Configuration

/// One worker's; its listener and its sessions share it, so that a reload changes it for all of them.
final class ClientTerms {
    /// The listening socket, for the log.
    let path: String
    /// The socket of Postfix's own proxymap(8); nil where there is none.
    var relayPath: String?
    /// Whether these clients, and that proxymap, greet.
    var habit: GreetingHabit

    init(path: String = "", _ terms: ProxymapTerms = ProxymapTerms()) {
        self.path = path
        relayPath = terms.relay
        habit = GreetingHabit(isConfigured: terms.greets)
    }

    /// From a new configuration on.
    func adopt(_ terms: ProxymapTerms) {
        relayPath = terms.relay
        if habit.isConfigured != terms.greets { habit = GreetingHabit(isConfigured: terms.greets) }
    }
}
