// What the log says about listening: constant messages, and no text of a notification.

internal import AnswerCache
internal import ChangeTriggers
internal import DaemonLog
internal import Logging
internal import LookupTables
internal import PostgreSQL

/// The messages about leases.
final class ListenerLog {
    let log: LimitedLog
    /// Why tables are not proven, in words, by file.
    private var reasons: [String: String] = [:]
    /// The SQLSTATE of the latest refusal, by target.
    private var refusals: [String: String] = [:]

    init(log: LimitedLog) {
        self.log = log
    }

    /// Keeps what was found out, for remarks about it.
    func note(_ findings: NotificationFindings, _ tables: [ListenedTarget.Table]) {
        for (table, finding) in zip(tables, findings.tables) {
            switch finding.verdict {
            case .proven: reasons[table.file] = nil
            case .unproven(let reason), .untellable(let reason): reasons[table.file] = reason
            }
        }
    }

    func log(_ remark: LeaseRemark, _ target: ListenedTarget) {
        let name = target.target.name
        func say(_ level: Logger.Level, _ message: String, host: Int? = nil) {
            let place = host.map { "\(target.target.hosts[$0])" }
            log.log(
                level, message, about: place ?? name,
                place.map { ["host": "\($0)"] } ?? ["target": "\(name)"])
        }
        switch remark {
        case .listening(let host):
            say(.notice, "listening for changes in a database", host: host)
        case .listeningLost(let host):
            say(.warning, "changes in a database are not heard any more", host: host)
        case .deaf(let host):
            say(.warning, "notifications do not arrive: listening anew", host: host)
        case .unheard:
            say(
                .warning, "changes can't be heard, as no host is a primary that is connected to directly")
        case .pooled(let host):
            say(.warning, "changes can't be heard through a pooler", host: host)
        case .late:
            say(.warning, "no sign that changes are heard: nothing is answered by notification")
        case .verifiedAgain:
            say(.notice, "changes are heard again: lookups are answered by notification")
        case .refused:
            log.log(
                .warning, "it can't be told whether changes are notified", about: name,
                ["target": "\(name)", "sqlstate": "\(refusals[name] ?? "")"])
        case .awaitsWriters:
            say(.info, "changes count as notified when the transactions that write now have ended")
        case .notUnderstood:
            say(.warning, "a notification was not understood: it counts as a change of all")
        case .follows(let host):
            say(.notice, "a standby is known to follow", host: host)
        case .followsNot(let host):
            say(.warning, "a standby is not known to follow any more", host: host)
        case .proven(let table):
            guard let file = file(table, target) else { return }
            log.log(.notice, "changes of a table are notified", about: file, ["file": "\(file)"])
        case .unproven(let table, let bypass):
            guard let file = file(table, target) else { return }
            log.log(
                .warning, "changes of a table are not notified: it is not answered by notification",
                about: file, ["file": "\(file)", "reason": "\(reasons[file] ?? bypass.rawValue)"])
        }
    }

    private func file(_ table: Int, _ target: ListenedTarget) -> String? {
        target.tables.first { $0.number == table }?.file
    }

    func lost(_ error: ServerError, _ target: ListenedTarget, _ link: LeaseLink) {
        log.logger.debug(
            "a connection for changes is lost",
            metadata: ["target": "\(target.target.name)", "error": "\(error)"])
    }

    /// The server's message may quote a query.
    func refused(_ error: ServerError, _ target: ListenedTarget) {
        refusals[target.target.name] = error.sqlState
        log.logger.debug(
            "a question for changes is refused",
            metadata: ["target": "\(target.target.name)", "sqlstate": "\(error.sqlState)"])
    }
}
