// Makes every change under load, asks stock Postfix before and after it, and has every answer of the daemon judged.

import ChangesOverTime
import Foundation
import Glibc
import TestSupport
import ThrowawayServers

/// One run for all tests of the suite: many changes at a time, each in a database of its own, so that all of them together
/// take little longer than one.
struct ChangeRun {
    static let shared = Result { try ChangeRun() }

    private let postfix: PostfixConfiguration
    /// By the change's slug.
    private var complaints: [String: [String]] = [:]

    private init() throws {
        postfix = try PostfixConfiguration()
        let one = Change.all.filter { $0.hosts == .one }
        try run(one, [try ThrowawayCluster(settings: Self.room)])
        let two = Change.all.filter { $0.hosts == .two }
        // The first one is asked first: stock Postfix prefers Unix-domain sockets.
        try run(two, try [false, true].map { try ThrowawayCluster(tcp: $0, settings: Self.room) })
    }

    /// What is wrong with a change, a sentence each.
    func complaints(of change: Change) -> [String] { complaints[change.slug] ?? [] }

    /// Each change has a database, and each database has connections, old and new ones.
    private static let room = ["max_connections": "500"]

    private mutating func run(_ changes: [Change], _ clusters: [ThrowawayCluster]) throws {
        for cluster in clusters {
            try cluster.psql("postgres", "CREATE ROLE with_password")
            try cluster.replace(
                "pg_hba.conf",
                with: """
                    local all +with_password scram-sha-256
                    local all all trust
                    host all all 127.0.0.1/32 trust

                    """)
            try cluster.psql("postgres", "SELECT pg_reload_conf()")
        }
        let site = try ChangeSite(changes, clusters)
        let mapmux = try MapmuxProcess(maps: [])
        let proxymap = "\(mapmux.directory.path)/proxymap"
        try mapmux.configure(
            maps: site.maps, parameters: ["proxymap_listen": "unix:\(proxymap)", "pool_size": "2"])
        try mapmux.start()
        // What concerns all tables has its turn when the others are done.
        for wave in [changes.filter { !$0.concernsAll }, changes.filter(\.concernsAll)] {
            try make(wave, site, mapmux, proxymap)
        }
    }

    /// Makes the changes and takes them back, while clients ask.
    private mutating func make(
        _ changes: [Change], _ site: ChangeSite, _ mapmux: MapmuxProcess, _ proxymap: String
    ) throws {
        let alone = try changes.map { $0.hosts == .two ? try site.writeForFirstHost($0) : nil }
        let canary = Canary()
        let load = ChangeLoad(site, changes, socketmap: mapmux.socketPath, proxymap: proxymap)
        func ask() throws -> StockAnswers { try StockAnswers(postfix, site, changes, alone: alone) }
        let goals = load.nextRounds
        var stock = [try ask()]
        try load.wait(for: goals)
        var spans: [[AnswerHistory.Span]] = []
        for action in [\Change.change, \Change.undo] {
            var times: [AnswerHistory.Span] = []
            for change in changes {
                let (span, complaint) = site.perform(change[keyPath: action], of: change) {
                    let result = try mapmux.run("reload", [])
                    return (result.status, result.text + result.stderr)
                }
                times.append(span)
                if let complaint { note(change, complaint) }
            }
            spans.append(times)
            // A second in which either answer is right, and a while in which only the new one is.
            usleep(UInt32(AnswerHistory.bound / 1000))
            let goals = load.nextRounds
            stock.append(try ask())
            try load.wait(for: goals)
        }
        try load.stop()
        canary.stop()
        var verdicts = changes.indices.map { index in
            let answers = stock.map { $0.answers[index] }
            compare(changes[index], answers, alone: stock.map { $0.alone[index] })
            return ChangeVerdict(
                changes[index], answers: changes[index].expected(answers), spans: spans.map { $0[index] },
                standstills: canary.standstills)
        }
        let seen = load.take()
        for observation in seen { verdicts[observation.change].judge(observation) }
        for (index, change) in changes.enumerated() {
            for complaint in verdicts[index].faults + verdicts[index].gaps { note(change, complaint) }
            if let tally = try site.tally(change) {
                let own = seen.filter { $0.change == index && $0.map == 0 }.map(\.answer)
                let all = own + stock.flatMap { $0.answers[index][0] }
                let answered = all.count { !$0.isFailure }
                if answered != tally { note(change, "\(answered) lookups were answered, \(tally) counted") }
            }
            for loss in load.losses { note(change, "a connection was lost: \(loss)") }
        }
    }

    private mutating func note(_ change: Change, _ complaint: String) {
        complaints[change.slug, default: []].append(complaint)
    }

    /// Whether stock Postfix does what the table says, and whether there is anything to see.
    private mutating func compare(
        _ change: Change, _ answers: [[[Change.Answer]]], alone: [[Change.Answer]]
    ) {
        for (index, when) in ["before", "after", "once it is undone"].enumerated() {
            for (map, form) in change.maps.enumerated() {
                for (key, answer) in zip(form.keys, answers[index][map]) {
                    let expected = index == 1 ? key.after : key.before
                    if case .changesStockOnly = change.effect, index == 1 { continue }
                    if !answer.isSame(as: expected) {
                        note(
                            change,
                            "stock Postfix \(when): \(change.mapName(map)) \"\(key.text)\": \(answer.text)")
                    }
                }
            }
        }
        let changes = !answers[0].isSame(as: answers[1])
        switch change.effect {
        case .changesAnswers, .changesStockOnly:
            if !changes { note(change, "it changes no answer of stock Postfix") }
        case .changesNone:
            if changes { note(change, "it changes answers of stock Postfix") }
            if change.hosts == .two, [alone[0]].isSame(as: [alone[1]]) {
                note(change, "it changes nothing at the first host: \(alone[1].map(\.text))")
            }
        }
        if change.hosts == .two, ![alone[0]].isSame(as: [alone[2]]) {
            note(change, "undone, the first host is not as before: \(alone[2].map(\.text))")
        }
    }
}

extension Change {
    /// Whether it reaches all tables of the daemon, as a reload or a host's end does.
    fileprivate var concernsAll: Bool {
        switch change {
        case .sql, .commands, .atFirstHost: false
        case .stopFirstHost, .startFirstHost, .reload: true
        }
    }

    /// What the daemon should answer while stock Postfix answers so.
    fileprivate func expected(_ stock: [[[Answer]]]) -> [[[Answer]]] {
        switch effect {
        case .changesAnswers, .changesNone: stock
        case .changesStockOnly: stock.map { _ in stock[0] }
        }
    }
}
