// What the log says about databases: constant messages, no keys, and not more than a line a second of a kind.

internal import EventLoop
internal import Logging
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// The log of one worker's pools.
final class LookupLog {
    private let logger: Logger
    private var last: [String: (at: Instant, suppressed: Int)] = [:]

    init(logger: Logger) {
        self.logger = logger
    }

    func hostFailed(_ host: DatabaseHost, _ error: ServerError?) {
        logger.warning(
            "database host failed",
            metadata: [
                "host": "\(host)", "error": "\(error?.description ?? "no answer within connect_timeout")",
            ])
    }

    func hostRecovered(_ host: DatabaseHost) {
        logger.info("database host is back", metadata: ["host": "\(host)"])
    }

    func connectFailed(_ host: DatabaseHost, _ error: ServerError) {
        logger.debug("connecting failed", metadata: ["host": "\(host)", "error": "\(error)"])
    }

    func disconnected(_ target: Target, _ error: ServerError) {
        limited(.warning, "database connection lost", of: target.database ?? "", error)
    }

    func preparationFailed(_ file: String, _ error: ServerError) {
        limited(.warning, "query can't be prepared with parameters", of: file, error)
    }

    /// The server's message may quote the key, so that it is shown at debug only.
    func queryFailed(_ file: String, _ error: ServerError) {
        logger.debug("query failed", metadata: ["of": "\(file)", "error": "\(error)"])
        limited(
            .warning, "query failed", of: file, ServerError(sqlState: error.sqlState, message: "see SQLSTATE")
        )
    }

    private func limited(_ level: Logger.Level, _ message: String, of subject: String, _ error: ServerError) {
        let kind = message + subject
        let now = MonotonicClock.now()
        let suppressed = last[kind]?.suppressed ?? 0
        if let entry = last[kind], now < entry.at.advanced(byNanoseconds: 1_000_000_000) {
            last[kind] = (entry.at, suppressed + 1)
            return
        }
        last[kind] = (now, 0)
        var metadata: Logger.Metadata = ["of": "\(subject)", "error": "\(error)"]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.log(level: level, "\(message)", metadata: metadata)
    }
}
