// Tries logins before they are used, on threads of their own, while the main thread waits.

package import Configuration
internal import EventLoop
package import LookupTables
internal import LookupValues
internal import PostgreSQL

package enum LoginTrial {
    /// How many logins are tried at once, so that servers are not burdened.
    private static let threadLimit = 64
    /// Seconds that all trials may take at most: meanwhile, the main thread answers neither mapmux status,
    /// which waits 8 s, nor /readyz, and gives no sign of life. A host that takes longer says nothing against
    /// a login.
    private static let longest = 4

    private struct Report: Sendable {
        let target: Target
        let answer: LoginAnswer
    }

    /// Connects to each host of each target once. Blocks for `connect_timeout` at most, and for no more than
    /// 4 s.
    ///
    /// - Returns: what the hosts have answered in time, by target.
    package static func run(_ targets: [Target], _ settings: DaemonSettings) -> [Target: [LoginAnswer]] {
        let seconds = min(settings.connectTimeout, longest)
        let deadline = MonotonicClock.now().advanced(byNanoseconds: Int64(seconds) * 1_000_000_000)
        var answers: [Target: [LoginAnswer]] = [:]
        guard let reports = try? Mailbox<Report>() else { return answers }
        var waiting = Set(targets).flatMap { target in target.hosts.map { (target, $0) } }
        var running = 0
        while MonotonicClock.now() < deadline {
            while running < threadLimit, let (target, host) = waiting.popLast() {
                let parameters = ConnectionParameters(
                    host: host, target: target, applicationName: settings.applicationName)
                let isStarted: Void? = try? startThread(named: "login") {
                    reports.post(Report(target: target, answer: answer(to: parameters, timeout: seconds)))
                }
                if isStarted != nil { running += 1 }
            }
            // A silent host is waited for only if no other host has accepted its target's login.
            if running == 0
                || waiting.isEmpty && Set(targets).allSatisfy({ answers[$0]?.contains(.accepted) == true })
            {
                break
            }
            guard waitUntilReady(reports.descriptor, for: .readable, until: deadline) else { break }
            for report in reports.take() {
                running -= 1
                answers[report.target, default: []].append(report.answer)
            }
        }
        return answers
    }

    private static func answer(to parameters: ConnectionParameters, timeout: Int) -> LoginAnswer {
        switch connect(parameters, timeout: timeout) {
        case .success: .accepted
        case .failure(let error): LoginAnswer(sqlState: error.sqlState)
        }
    }
}
