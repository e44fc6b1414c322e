// A client's connection to Postfix's own proxymap(8): moves its bytes, as the session says.

internal import ClientSessions
internal import EventLoop
internal import LookupValues

extension ClientConnection {
    /// Has a request given up if it gets no reply in time.
    func watchRelay() {
        if isRelayWatched { return }
        isRelayWatched = true
        services.watchRelay(of: id)
    }

    /// Gives up on a request that was asked before `oldest`.
    ///
    /// - Returns: whether a reply is still owed.
    func checkRelay(oldest: Instant) -> Bool {
        noteRelay(session.checkRelay(oldest: oldest, now: loop.now))
        performRelaySteps()
        isRelayWatched = session.isWaitingForRelay
        return isRelayWatched
    }

    func performRelaySteps() {
        while let step = session.nextRelayStep() {
            switch step {
            case .close: closeRelay()
            case .connect: connectRelay()
            case .send: sendToRelay()
            }
        }
    }

    private func connectRelay() {
        let path = session.relayPath
        do throws(SystemError) {
            relaySocket = try RelaySocket(path: path, loop: loop) { [unowned self] in relayReady($0) }
            // The proxymap is of the same Postfix as the clients.
            session.relayConnected(greets: terms.habit.greetsAtOnce)
        } catch {
            if error.isTemporary { services.checkRelaysSoon() }
            let failure = session.relayConnectFailed(isTemporary: error.isTemporary, now: loop.now)
            noteRelay(failure, error.description)
        }
    }

    private func sendToRelay() {
        guard let relaySocket else { return }
        noteRelay(session.sendToRelay(now: loop.now) { Transmission(relaySocket.transmit($0)) })
        relaySocket.wait(for: session.relayIsBlocked ? [.readable, .writable] : .readable)
    }

    private func relayReady(_ readiness: Readiness) {
        guard let relaySocket else { return }
        if readiness.contains(.readable) || readiness.contains(.hungUp) {
            let transfer = services.read(from: relaySocket.descriptor) { bytes in
                noteRelay(session.receiveFromRelay(bytes, now: loop.now))
                needsFlush()
            }
            if transfer == .closed { noteRelay(session.relayClosed(now: loop.now)) }
        }
        if readiness.contains(.writable) { session.relayHasRoom() }
        performRelaySteps()
    }

    private func noteRelay(_ failure: RelayFailure?, _ error: String? = nil) {
        guard let failure else { return }
        services.log.relayFailed(session.relayPath, error ?? failure.rawValue)
        services.counters.noteRelayFailure(by: clientProtocol)
        needsFlush()
    }

    func closeRelay() {
        relaySocket?.close()
        relaySocket = nil
    }
}
