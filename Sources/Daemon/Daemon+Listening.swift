// Who listens to databases for changes, for all workers.

internal import AnswerCache
internal import ChangeListener
internal import Configuration
internal import Databases
internal import EventLoop
internal import Logging
internal import LookupTables
internal import LookupWorker
internal import PostgreSQL

extension Daemon {
    /// Listens for what the present configuration answers by notification. To be called after workers have adopted it: they
    /// ignore news of what they don't know.
    func listenForChanges() {
        let targets = listenedTargets
        // A worker that was started later does not know what was told.
        if targets.isEmpty || listener?.workers != workers.count { endListening() }
        if targets.isEmpty { return }
        do throws(SystemError) {
            if listener == nil { listener = (thread: try startListening(), workers: workers.count) }
        } catch {
            logger.error(
                "changes in databases can't be listened for: nothing is answered by notification",
                metadata: ["error": "\(error)"])
        }
        listener?.thread.adopt(targets, logLevel: configuration.settings.logLevel)
    }

    private func startListening() throws(SystemError) -> ChangeListener {
        try ChangeListener(
            logger: logger,
            analyse: { connection, templates, deadline throws(ServerError) in
                try connection.findNotifications(of: templates, until: deadline)
            },
            tell: { [workers] news in
                for worker in workers { worker.post(.news(news)) }
            })
    }

    func endListening() {
        listener?.thread.end()
        listener = nil
    }

    private var listenedTargets: [ListenedTarget] {
        let terms = ConnectionTerms(configuration.settings)
        return configuration.pools.enumerated().compactMap { index, pool in
            let tables = zip(pool.tables, cachePlan.tables[index]).compactMap { definition, cached in
                guard let cached, cached.options.isNotified else { return nil as ListenedTarget.Table? }
                return ListenedTarget.Table(
                    number: cached.number, file: definition.file, template: definition.template)
            }
            if tables.isEmpty { return nil }
            return ListenedTarget(
                number: cachePlan.targets[index], target: pool.target, tables: tables, terms: terms,
                staleness: cachePlan.staleness)
        }
    }
}
