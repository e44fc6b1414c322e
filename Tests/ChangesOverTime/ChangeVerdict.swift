// Judges what clients were answered around a change, and says in a few sentences what was not right.

import TestSupport

/// Of one change.
package struct ChangeVerdict {
    /// What clients were answered to one key by one endpoint.
    private struct Tally {
        /// By how many changes were done, and a second over, when it was asked for.
        var right: [Int]
        var wrong = 0
        var total = 0
        var first = ""
        var last = ""
    }

    private struct Place: Hashable {
        let map: Int
        let key: Int
        let isProxymap: Bool
    }

    /// So many right answers there must be to each key before and after each change, or nothing was seen.
    private static let least = 3

    private let change: Change
    /// Of each map and key.
    private let histories: [[AnswerHistory]]
    private let spans: [AnswerHistory.Span]
    private let standstills: [AnswerHistory.Span]
    private var tallies: [Place: Tally] = [:]

    /// - Parameters:
    ///   - answers: what is right before, between and after the changes, for each map and key.
    ///   - spans: when the change, and what takes it back, was made.
    package init(
        _ change: Change, answers: [[[Change.Answer]]], spans: [AnswerHistory.Span],
        standstills: [AnswerHistory.Span] = []
    ) {
        self.change = change
        self.spans = spans
        self.standstills = standstills
        histories = change.maps.indices.map { map in
            change.maps[map].keys.indices.map { key in
                AnswerHistory(
                    answers.map { $0[map][key] }, changes: spans, mayFailMeanwhile: change.mayFailMeanwhile)
            }
        }
    }

    /// Judges an answer to this change's keys.
    package mutating func judge(_ seen: ChangeLoad.Observation) {
        let place = Place(map: seen.map, key: seen.key, isProxymap: seen.isProxymap)
        let verdict = histories[seen.map][seen.key].judge(
            seen.answer, asked: seen.asked, answered: seen.answered, standstills: standstills)
        var tally = tallies[place] ?? Tally(right: Array(repeating: 0, count: spans.count + 1))
        tally.total += 1
        if verdict == .right {
            // Between an answer's beginning and its end in time both are right, which shows nothing.
            let begun = spans.count { $0.begun <= seen.answered }
            let over = spans.count { $0.done + AnswerHistory.bound < seen.asked }
            if begun == over { tally.right[begun] += 1 }
        } else {
            tally.wrong += 1
            tally.last = describe(seen, verdict)
            if tally.first.isEmpty { tally.first = tally.last }
        }
        tallies[place] = tally
    }

    private func describe(_ seen: ChangeLoad.Observation, _ verdict: AnswerHistory.Verdict) -> String {
        let begun = spans.count { $0.begun <= seen.asked }
        let time =
            begun == 0
            ? "before the change"
            : "\((seen.asked - spans[begun - 1].done) / 1_000_000) ms after \(begun % 2 == 1 ? "it" : "it was undone")"
        let kind =
            switch verdict {
            case .right, .wrong: "never right"
            case .stale: "right no more"
            case .failed: "no failure of stock's"
            }
        return "asked \(time): \(seen.answer.text), \(kind)"
    }

    /// What was not right, a sentence for each key and endpoint.
    package var faults: [String] {
        places.compactMap { place in
            guard let tally = tallies[place], tally.wrong > 0 else { return nil }
            return """
                \(name(place)): \(tally.wrong) of \(tally.total) answers were not right; the first \(tally.first); \
                the last \(tally.last)
                """
        }
    }

    /// What was not seen often enough to tell.
    package var gaps: [String] {
        places.compactMap { place in
            guard let tally = tallies[place] else { return "\(name(place)): never answered" }
            let isSeen = tally.right.allSatisfy { $0 >= Self.least }
            return isSeen || tally.wrong > 0 ? nil : "\(name(place)): asked too seldom: \(tally.right)"
        }
    }

    private var places: [Place] {
        change.maps.enumerated().flatMap { map, form in
            form.keys.indices.flatMap { key in
                [false, true].map { Place(map: map, key: key, isProxymap: $0) }
            }
        }
    }

    private func name(_ place: Place) -> String {
        let key = change.maps[place.map].keys[place.key].text
        return "\(change.mapName(place.map)) \"\(key)\" by \(place.isProxymap ? "proxymap" : "socketmap")"
    }
}

extension PostfixConfiguration.Answer {
    /// In words.
    package var text: String {
        switch self {
        case .found(let value): "\"\(String(decoding: value, as: UTF8.self))\""
        case .notFound: "not found"
        case .failed(let reason): "a failure (\(reason.prefix(200)))"
        }
    }
}
