// Serves the status over HTTP: through the start, reloads, upgrades and the end.

internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupValues

extension Daemon {
    /// How often an address is tried that a predecessor has not left yet, in nanoseconds.
    private static let statusRetryInterval: Int64 = 200_000_000

    /// Serves the status at the configuration's address. Mail does not wait for this: if it fails, the log says so, and it
    /// is tried again.
    ///
    /// - Parameters:
    ///   - isPatient: whether a predecessor may still use the address, which is not worth a message.
    ///   - isRetry: whether the log has reported the failure already.
    ///   - prepared: the listener that `prepareStatus` has returned for this configuration.
    func openStatus(isPatient: Bool = false, isRetry: Bool = false, prepared: StatusListener? = nil) {
        statusRetryAt = nil
        let settings = configuration.settings
        if let status, status.address == settings.httpListen { return }
        status?.close()
        status = nil
        guard let address = settings.httpListen else { return }
        do throws(StatusListenError) {
            if let prepared {
                status = prepared
            } else {
                status = try StatusListener(
                    at: address, permissions: settings.socketPermissions, source: statistics, logger: logger)
            }
            logger.notice("serving the status", metadata: ["place": "\(address)"])
        } catch {
            statusIsAwaited = isPatient && error.isInUse
            statusRetryAt = loop.now.advanced(
                byNanoseconds: statusIsAwaited ? Self.statusRetryInterval : Self.placeRetryInterval)
            if statusIsAwaited || isRetry { return }
            logger.error(
                "the status can't be served", metadata: ["place": "\(address)", "error": "\(error)"])
        }
    }

    /// Listens on a new configuration's status address; nil if the address stays the same or there is none.
    func prepareStatus(_ settings: DaemonSettings) throws(StatusListenError) -> StatusListener? {
        guard let address = settings.httpListen, address != configuration.settings.httpListen else {
            return nil
        }
        return try StatusListener(
            at: address, permissions: settings.socketPermissions, source: statistics, logger: logger)
    }

    /// To be called after each turn.
    func retryStatus() {
        guard let due = statusRetryAt, due <= loop.now else { return }
        openStatus(isPatient: statusIsAwaited, isRetry: !statusIsAwaited)
    }

    func closeStatus() {
        statusRetryAt = nil
        status?.close()
        status = nil
    }
}
