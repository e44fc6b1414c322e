// How the log is written.

/// Values of `log_format`.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Message and key=value fields.
    case text
    /// One JSON object a line.
    case json
}
