// Serving the status over HTTP: through the start, reloads, upgrades and the end.

internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupValues

extension Daemon {
    /// How often a place is tried that a predecessor has not left yet, in nanoseconds.
    private static let statusRetryInterval: Int64 = 200_000_000

    /// Serves the status where the configuration says. Mail does not wait for that: where it can't be, the log says so, and
    /// it is tried again.
    ///
    /// - Parameters:
    ///   - isPatient: a predecessor may still be there, which is nothing to tell of.
    ///   - isRetry: the log has said already that it could not be.
    ///   - prepared: what `prepareStatus` has made for this configuration.
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

    /// Listens where a configuration that is to be gone over to serves the status; nil where it does where it does now, or
    /// nowhere.
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
