// What tests ask of a running Postfix: its mail service, and postmap(1) with its configuration.

import ThrowawayServers

extension PostfixInstance {
    package var configuration: PostfixConfiguration { PostfixConfiguration(existing: configurationDirectory) }

    /// A client of smtpd(8).
    ///
    /// - Parameter awaitingGreeting: whether to wait for the first reply.
    package func client(awaitingGreeting: Bool = true) throws -> SMTPClient {
        do {
            return try SMTPClient(port: port, awaitingGreeting: awaitingGreeting)
        } catch {
            throw SupportError("\(error): \(log().suffix(2000))")
        }
    }
}
