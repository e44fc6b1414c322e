// Serving the status over HTTP: through the start, reloads, upgrades and the end.

internal import EventLoop
internal import Logging
internal import LookupValues

extension Daemon {
    /// How often a place is tried that another process has not left yet, in nanoseconds.
    private static let statusRetryInterval: Int64 = 200_000_000

    /// Serves the status where the configuration says. Mail does not wait for that: where it can't be, the log says so.
    ///
    /// - Parameters:
    ///   - isPatient: try again and again while another process is there, as a predecessor is.
    ///   - prepared: what `prepareStatus` has made for this configuration.
    func openStatus(isPatient: Bool = false, prepared: StatusListener? = nil) {
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
            if isPatient && error.isInUse {
                statusRetryAt = loop.now.advanced(byNanoseconds: Self.statusRetryInterval)
                return
            }
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
        openStatus(isPatient: true)
    }

    func closeStatus() {
        statusRetryAt = nil
        status?.close()
        status = nil
    }
}
