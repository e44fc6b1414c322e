// The answers of stock Postfix for the whole corpus, and the comparison of others with them.

import TestSupport
import Testing
import ThrowawayServers

/// The answers of stock Postfix, asked for anew in each test run.
struct Oracle {
    let corpus: Corpus
    let postfix: PostfixConfiguration
    /// In the order of the corpus's files and of their keys.
    let answers: [[PostfixConfiguration.Answer]]

    static let shared = Result { try Oracle() }

    private init() throws {
        let corpus = try Corpus()
        let postfix = try PostfixConfiguration()
        self.corpus = corpus
        self.postfix = postfix
        answers = try postfix.answers(corpus.files.map { (table: "pgsql:\($0.path)", keys: $0.keys) })
    }

    /// How a daemon sends what it is asked.
    enum Way: CaseIterable {
        /// As it thinks best.
        case itself
        /// In statements for many keys wherever it can, even for a single one.
        case batching
        /// Each by itself, as a policy's function may keep something; it would send batches, too.
        case apart
        /// In unnamed statements, one batch at a time.
        case pooled
    }

    /// A daemon that serves the corpus in one way, and what stock Postfix answers there.
    struct Subject {
        let files: [Corpus.File]
        let answers: [[PostfixConfiguration.Answer]]
        let mapmux: MapmuxProcess
        /// What the daemon needs while it runs.
        private let directory: TemporaryDirectory
        private let pooler: PgBouncer?

        private static let itself = Result { try Subject(.itself) }
        private static let batching = Result { try Subject(.batching) }
        private static let apart = Result { try Subject(.apart) }
        private static let pooled = Result { try Subject(.pooled) }

        /// The only one of its way.
        static func of(_ way: Way) throws -> Subject {
            switch way {
            case .itself: try itself.get()
            case .batching: try batching.get()
            case .apart: try apart.get()
            case .pooled: try pooled.get()
            }
        }

        private init(_ way: Way) throws {
            let oracle = try shared.get()
            let corpus = oracle.corpus
            var parameters = ["pool_size": "2"]
            directory = try TemporaryDirectory()
            switch way {
            case .itself, .batching:
                files = corpus.files
                pooler = nil
            case .apart:
                files = try corpus.files(
                    in: directory, replacing: "user = postgres", with: "user = \(Corpus.guardedRole)")
                pooler = nil
            case .pooled:
                let pooler = try PgBouncer(
                    before: corpus.cluster, connections: 2, users: ["postgres", "ired"])
                files = try corpus.files(
                    in: directory, replacing: "unix:\(corpus.cluster.socketDirectory)", with: pooler.host)
                self.pooler = pooler
            }
            switch way {
            case .itself, .pooled: break
            case .batching, .apart: parameters["batch_statements"] = "always"
            }
            switch way {
            case .itself, .batching, .pooled: answers = oracle.answers
            // Rows may come in another order where a policy keeps the server from an index.
            case .apart:
                answers = try oracle.postfix.answers(files.map { (table: "pgsql:\($0.path)", keys: $0.keys) })
            }
            mapmux = try MapmuxProcess(maps: files.map { "pgsql:\($0.path)" }, parameters: parameters)
            try mapmux.start()
        }
    }
}

/// Collects differences, so that one run shows them all.
struct Comparison {
    private(set) var compared = 0
    private var differences: [String] = []

    mutating func expect(_ pair: Pair, _ expected: PostfixConfiguration.Answer, got: String, equal: Bool) {
        compared += 1
        guard !equal else { return }
        let wanted =
            switch expected {
            case .found(let value): "\"\(printable(value))\""
            case .notFound: "not found"
            case .failed(let reason): "a temporary failure (\(reason.split(separator: "\n").first ?? ""))"
            }
        differences.append("\(pair.description): expected \(wanted), got \(got)")
    }

    func report() {
        if !differences.isEmpty {
            let shown = differences.prefix(60).joined(separator: "\n")
            Issue.record("\(differences.count) of \(compared) answers differ:\n\(shown)")
        }
    }
}

func describe(_ answer: PostfixConfiguration.Answer) -> String {
    switch answer {
    case .found(let value): "\"\(printable(value))\""
    case .notFound: "not found"
    case .failed(let reason): "a failure: \(reason)"
    }
}

extension PostfixConfiguration.Answer {
    var isFailure: Bool {
        switch self {
        case .found, .notFound: false
        case .failed: true
        }
    }

    /// What `mapmux query` ends with.
    var exitStatus: Int32 {
        switch self {
        case .found: 0
        case .notFound: 1
        case .failed: 75
        }
    }
}
