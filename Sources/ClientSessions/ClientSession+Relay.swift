// A client's requests at Postfix's own proxymap(8): what its connection does, and what the client hears of that.

internal import LookupProtocols
package import LookupValues

extension ClientSession {
    /// The socket of the proxymap that is to be connected to.
    package var relayPath: String { relay.path }
    /// Whether the proxymap owes a reply.
    package var isWaitingForRelay: Bool { relay.isWaiting }
    /// Whether the connection is to be watched for room, besides for bytes.
    package var relayIsBlocked: Bool { relay.isBlocked }

    /// What is to be done next; nil: nothing until something happens. To be asked again after each step and each event.
    package mutating func nextRelayStep() -> RelayStep? { relay.nextStep() }

    /// There is a connection.
    ///
    /// - Parameter greets: whether the server says something first.
    package mutating func relayConnected(greets: Bool) { relay.connected(greets: greets) }

    /// There is no connection to be had.
    ///
    /// - Parameter isTemporary: whether another attempt may have one, with the next `checkRelay`.
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

    /// Takes in what the server has said, and answers the client if it is a reply.
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

    /// Gives up on a request that has been asked before `oldest`.
    package mutating func checkRelay(oldest: Instant, now: Instant) -> RelayFailure? {
        refuse(relay.check(oldest: oldest, now: now), .noReply)
    }

    /// Answers a request with RETRY that has failed.
    private mutating func refuse(_ request: RelayedRequest?, _ failure: RelayFailure) -> RelayFailure? {
        guard let request else { return nil }
        owed.settle(request.sequence) { request.reply.appendRetry(to: &$0) }
        return failure
    }
}
