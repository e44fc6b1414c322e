// What stock Postfix answers for the keys of changes at one time, each by a fresh postmap.

import ChangesOverTime
import TestSupport

struct StockAnswers {
    /// Of each change, map and key.
    private(set) var answers: [[[Change.Answer]]]
    /// Of each change with two hosts: what the first one alone has for the first map's keys.
    private(set) var alone: [[Change.Answer]]

    /// - Parameter alone: the files that name the first host only; nil for a change with one host.
    init(_ postfix: PostfixConfiguration, _ site: ChangeSite, _ changes: [Change], alone files: [String?])
        throws
    {
        var questions: [(table: String, key: [UInt8])] = []
        func ask(_ path: String, _ map: Change.Map) {
            questions += map.keys.map { (table: "pgsql:\(path)", key: Array($0.text.utf8)) }
        }
        for (change, file) in zip(changes, files) {
            for (number, map) in change.maps.enumerated() { ask(site.path(change, number), map) }
            if let file { ask(file, change.maps[0]) }
        }
        var all = try postfix.freshAnswers(questions)[...]
        func take(_ map: Change.Map) -> [Change.Answer] {
            defer { all = all.dropFirst(map.keys.count) }
            return Array(all.prefix(map.keys.count))
        }
        answers = []
        alone = []
        for (change, file) in zip(changes, files) {
            answers.append(change.maps.map(take))
            alone.append(file == nil ? [] : take(change.maps[0]))
        }
    }
}

extension [[Change.Answer]] {
    func isSame(as other: Self) -> Bool {
        elementsEqual(other) { $0.elementsEqual($1) { $0.isSame(as: $1) } }
    }
}
