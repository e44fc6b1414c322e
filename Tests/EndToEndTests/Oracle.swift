// The answers of stock Postfix for the whole corpus, and the comparison of others with them.

import TestSupport
import Testing

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

    /// One daemon serves all files.
    static let mapmux = Result { try start() }
    /// Another one sends every query that it can as a statement for many keys, even a single one.
    static let batching = Result { try start(["batch_statements": "always"]) }

    private static func start(_ parameters: [String: String] = [:]) throws -> MapmuxProcess {
        let corpus = try shared.get().corpus
        let mapmux = try MapmuxProcess(
            maps: corpus.files.map { "pgsql:\($0.path)" },
            parameters: parameters.merging(["pool_size": "2"]) { given, _ in given })
        try mapmux.start()
        return mapmux
    }
}

extension Oracle {
    /// Whether the last query of any of the daemon's connections was one for many keys.
    func hasSeenBatches() throws -> Bool {
        let count = try corpus.cluster.psql(
            "corpus",
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT mapmux\\_keys.mapmux\\_place%'")
        return count != "0"
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
