// A target's lease on real connections.

internal import AnswerCache
internal import ChangeTriggers
internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// Does what a lease says, and tells it what happens.
final class LeaseDriver {
    private(set) var target: ListenedTarget
    private let services: ListenerServices
    private var lease: Lease
    private var links: [LeaseLink: ListenerLink] = [:]
    /// What a connection has been asked, so that its answer can be told from others.
    private var questions: [LeaseLink: Question] = [:]
    private var news: [CacheNews] = []

    /// What is sent as a batch, and answered by rows.
    private enum Question {
        case check(host: Int)
        case listen(host: Int)
        case beat(asksWriters: Bool)
    }

    init(_ target: ListenedTarget, services: ListenerServices) {
        self.target = target
        self.services = services
        lease = Lease(
            Lease.Terms(
                target: target.number, hosts: target.target.hosts.count, staleness: target.staleness,
                longestBackOff: Self.longestBackOff, freshness: ConnectionTerms.freshness),
            tables: target.tables.map(\.number), seed: .random(in: 0...(.max)))
    }

    /// In nanoseconds.
    private static let longestBackOff: Int64 = 10_000_000_000

    func adopt(_ tables: [ListenedTarget.Table]) {
        guard tables != target.tables else { return }
        target.tables = tables
        lease.adopt(tables.map(\.number), now: MonotonicClock.now())
    }

    func close() {
        for link in links.values { link.close() }
        links = [:]
    }

    var deadline: Instant? { lease.deadline }

    /// Does all that the events of a turn have brought.
    func finishTurn() {
        while true {
            let actions = lease.turn(nonce: .random(in: 0...(.max)), now: MonotonicClock.now())
            if actions.isEmpty { return }
            for action in actions { perform(action) }
        }
    }

    /// What workers are to be told since the last call.
    func takeNews() -> [CacheNews] {
        defer { news = [] }
        return news
    }

    // MARK: Actions

    private func perform(_ action: LeaseAction) {
        switch action {
        case .connect(let name, let host):
            let link = ListenerLink(services: services)
            links[name] = link
            link.open(parameters(host), target.terms) { [unowned self] event in handle(event, of: name) }
        case .close(let name):
            links.removeValue(forKey: name)?.close()
            questions[name] = nil
        case .check(let host, let isPlain):
            ask(
                .host(host), .check(host: host),
                isPlain ? [ListenerSQL.isStandby] : [ListenerSQL.replayed, ListenerSQL.identity])
        case .listen(let host):
            ask(.host(host), .listen(host: host), [ListenerSQL.stayIdle, ListenerSQL.listen])
        case .beat(let beat):
            var statements = [ListenerSQL.position]
            if !beat.relations.isEmpty { statements.append(ListenerSQL.writers(of: beat.relations)) }
            ask(
                .beats, .beat(asksWriters: !beat.relations.isEmpty),
                statements + [ListenerSQL.notify(beat.text)], look: beat.look)
        case .analyse(let number):
            let tables = target.tables
            links[.beats]?.analyse(tables.map(\.template)) { [unowned self] result in
                analysed(result, tables, number)
            }
        case .tell(let one):
            news.append(one)
        case .log(let remark):
            services.log.log(remark, target)
        }
    }

    private func ask(_ name: LeaseLink, _ question: Question, _ statements: [String], look: String? = nil) {
        questions[name] = question
        links[name]?.send(statements, look: look)
    }

    private func parameters(_ host: Int) -> ConnectionParameters {
        ConnectionParameters(
            host: target.target.hosts[host], target: target.target,
            applicationName: "\(target.terms.applicationName) listener")
    }

    // MARK: Events

    /// The time is read after the event has happened: a host may have answered while the turn was under way.
    private func handle(_ event: ListenerLink.Event, of name: LeaseLink) {
        let now = MonotonicClock.now()
        switch event {
        case .connected(let isPooled, let server):
            if !isPooled, case .host(let host) = name {
                let identity = KeyDigest.hash(of: Array(server.utf8).span)
                lease.reached(host, server: identity, now: now)
            }
            lease.connected(name, isPooled: isPooled, now: now)
        case .lost(let error):
            services.log.lost(error, target, name)
            links.removeValue(forKey: name)?.close()
            questions[name] = nil
            lease.lost(name, now: now)
        case .notified(let notifications):
            for notification in notifications where notification.channel == ChangeNotice.channel {
                hear(notification.payload, now: now)
            }
        case .answered(let result):
            guard let question = questions.removeValue(forKey: name) else { return }
            answered(question, result, now: now)
        }
    }

    private func hear(_ payload: String, now: Instant) {
        if Lease.isBeat(payload) {
            lease.heardBeat(payload, now: now)
            return
        }
        switch ChangeNotice(payload) {
        case .unknown:
            lease.heardUnknown(now: now)
        case .changed(let relation, let keys):
            lease.heard(ChangedRows(relation: relation, named: keys), now: now)
        }
    }

    private func answered(
        _ question: Question, _ result: Result<[[[String]]], ServerError>, now: Instant
    ) {
        if case .failure(let error) = result { services.log.refused(error, target) }
        let answers = try? result.get()
        switch question {
        case .check(let host):
            if let report = answers.flatMap({ HostReport($0) }) {
                lease.checked(host, report, now: now)
            } else {
                lease.refused(host, now: now)
            }
        case .listen(let host):
            if answers != nil { lease.listens(host, now: now) } else { lease.refused(host, now: now) }
        case .beat(let asksWriters):
            if let answer = answers.flatMap({ BeatAnswer($0, asksWriters: asksWriters) }) {
                lease.beaten(answer, now: now)
            } else {
                lease.beatFailed(now: now)
            }
        }
    }

    private func analysed(
        _ result: Result<Findings, ServerError>, _ tables: [ListenedTarget.Table], _ number: Int
    ) {
        let now = MonotonicClock.now()
        switch result {
        case .success(let found):
            services.log.note(found.findings, tables)
            lease.analysed(TargetProof(found, tables), number: number, now: now)
        case .failure(let error):
            services.log.refused(error, target)
            lease.analysisFailed(now: now)
        }
    }
}

extension BeatAnswer {
    /// Made from the rows of a beat's statements; nil if they are something else.
    init?(_ answers: [[[String]]], asksWriters: Bool) {
        guard answers.count == (asksWriters ? 4 : 3), let look = answers[0].last?.last,
            let position = answers[1].first?.first.flatMap({ UInt64($0) })
        else { return nil }
        self.init(
            look: look, position: position, writers: asksWriters ? Set(answers[2].flatMap(\.self)) : [])
    }
}

extension TargetProof {
    init(_ found: Findings, _ tables: [ListenedTarget.Table]) {
        self.init(found.findings, tables: tables.map(\.number), writers: Set(found.writers))
    }
}
