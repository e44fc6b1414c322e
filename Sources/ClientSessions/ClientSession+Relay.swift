// A client's requests to Postfix's own proxymap(8): what the connection to it does, and what the client is told.

internal import LookupProtocols
package import LookupValues

extension ClientSession {
    /// The socket of the proxymap to connect to.
    package var relayPath: String { relay.path }
    /// Whether the proxymap owes a reply.
    package var isWaitingForRelay: Bool { relay.isWaiting }
    /// Whether the connection is to be watched for room, in addition to bytes.
    package var relayIsBlocked: Bool { relay.isBlocked }

    /// The next step; nil if there is none until another event. To be asked again after each step and each event.
    package mutating func nextRelayStep() -> RelayStep? { relay.nextStep() }

    /// The connection is made.
    ///
    /// - Parameter greets: whether the server sends a greeting first.
    package mutating func relayConnected(greets: Bool) { relay.connected(greets: greets) }

    /// No connection can be made.
    ///
    /// - Parameter isTemporary: whether another attempt may succeed, with the next `checkRelay`.
    package mutating func relayConnectFailed(isTemporary: Bool, now: Instant) -> RelayFailure? {
        refuse(relay.connectFailed(isTemporary: isTemporary, now: now), .noConnection)
    }

    /// The connection takes bytes again.
    package mutating func relayHasRoom() { relay.hasRoom() }

    /// Sends what the connection takes.
    package mutating func sendToRelay(now: Instant, _ transmit: (Span<UInt8>) -> Transmission)
        -> RelayFailure?
    {
        relay.send(transmit) ? nil : relayClosed(now: now)
    }

    /// Takes in bytes from the server, and answers the client if they are a reply.
    package mutating func receiveFromRelay(_ bytes: Span<UInt8>, now: Instant) -> RelayFailure? {
        switch relay.take(bytes, now: now) {
        case .nothing:
            return nil
        case .nonsense:
            return relayClosed(now: now)
        case .reply(let reply, let request):
            if owed.isOverfull {
                owed.settle(request.sequence) { request.reply.appendRetry(to: &$0) }
            } else {
                owed.settle(request.sequence) { $0 += reply }
            }
            return nil
        }
    }

    /// The connection is gone.
    package mutating func relayClosed(now: Instant) -> RelayFailure? {
        refuse(relay.broken(now: now), .closed)
    }

    /// Gives up on a request that was asked before `oldest`.
    package mutating func checkRelay(oldest: Instant, now: Instant) -> RelayFailure? {
        refuse(relay.check(oldest: oldest, now: now), .noReply)
    }

    /// Answers a failed request with RETRY.
    private mutating func refuse(_ request: RelayedRequest?, _ failure: RelayFailure) -> RelayFailure? {
        guard let request else { return nil }
        owed.settle(request.sequence) { request.reply.appendRetry(to: &$0) }
        return failure
    }
}
