// `mapmux serve`: runs the daemon in the foreground.

internal import ArgumentParser
internal import Daemon
internal import DaemonLog
internal import EventLoop
internal import Logging
internal import LookupTables

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve lookups in the foreground, logging to stderr.",
        discussion: """
            SIGHUP reads the configuration again; if it has an error the old one stays, and a table with an error in its \
            file stays as it was. SIGTERM and SIGINT answer what has been asked, then exit. SIGUSR2 starts the program anew and hands the sockets over to it.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let style = LogStyle()
        let writer: LogWriter
        do {
            writer = try StandardErrorLog.writer(style: style)
        } catch {
            complain("can't start: \(error)")
            throw ExitCode.systemFailure
        }
        let logger = Logger(label: "mapmux") { _ in StandardErrorLog(style: style, write: writer.write) }
        // The last message says why the daemon ends.
        defer { writer.flush() }
        do {
            // This comes before any password is read.
            try keepMemoryPrivate()
            returnLargeBuffers()
            let daemon = try Daemon(source: options.source, logger: logger, style: style) { diagnostic in
                switch diagnostic.severity {
                case .warning: logger.warning("\(diagnostic)")
                case .error: logger.error("\(diagnostic)")
                }
            }
            try daemon.run()
            writer.flush()
            leave(.success)
        } catch let error as StartError {
            logger.error("can't start: \(error)")
            throw ExitCode(error)
        } catch {
            logger.error("can't go on: \(error)")
            throw ExitCode.systemFailure
        }
    }
}
