// `mapmux query --explain`: one question step by step, from the key to the value.

package import Configuration
internal import LookupSearch
package import LookupTables
package import LookupValues

/// Explains questions to a map, without a daemon. This changes nothing.
///
/// They are answered as those of a socketmap client: if the map stands in parameters that Postfix searches, by each key of
/// the search until one is found, in each of the map's tables. The daemon asks for all of them at once, and has the same
/// answer.
package struct LookupExplanation {
    private let map: String
    private let tables: [TableExplanation]
    private let parameters: [SearchParameter]
    private let order: SearchOrder?
    /// What is kept of the map's answers, in lines.
    private let keeping: [String]

    /// - Parameter report: is called with what is wrong with the configuration.
    /// - Returns: nil if there is no such map.
    package init?(
        map: String, source: ConfigurationSource, report: (Diagnostic) -> Void
    ) throws(UnusableMap) {
        let configuration = try source.read(toAsk: map, report)
        self.map = map
        tables = configuration.maps.filter { $0.name == map }.map {
            TableExplanation(configuration.table(of: $0)!, configuration.settings)
        }
        if tables.isEmpty { return nil }
        parameters = configuration.settings.mapParameters[map] ?? []
        order = configuration.settings.socketmapSearch(ofMap: map)
        keeping = configuration.keepingLines(ofMap: map)
    }

    /// Whether answers of the map are kept.
    package var isKept: Bool { !keeping.isEmpty }

    /// Looks up a key, and prints each step, in lines without control characters.
    package func explain(_ given: [UInt8], printLine print: (String) -> Void) -> LookupOutcome {
        func printLine(_ line: String) { print(line.shown()) }
        printLine("map: \(map)")
        guard order != nil || tables.count > 1 else {
            printLine("table: \(tables[0].title)")
            printSearch(printLine)
            keeping.forEach(printLine)
            return tables[0].explain(given, printLine: printLine)
        }
        for (index, table) in tables.enumerated() {
            printLine(tables.count == 1 ? "table: \(table.title)" : "table \(index + 1): \(table.title)")
        }
        printSearch(printLine)
        keeping.forEach(printLine)
        return search(given, printLine)
    }

    /// Says in which parameters the map stands, and whether they have a search.
    private func printSearch(_ printLine: (String) -> Void) {
        if parameters.isEmpty { return }
        let names = parameters.map(\.name).joined(separator: ", ")
        let reason =
            parameters.count == 1
            ? "\(names) has none" : "\(names) are searched in different ways, or one is not searched"
        printLine("search: " + (order != nil ? "that of \(names)" : "this key only: \(reason)"))
    }

    /// Asks for one place of the search after the other, as Postfix does it.
    private func search(_ given: [UInt8], _ printLine: (String) -> Void) -> LookupOutcome {
        let order = order ?? .wholeKey
        var search = Search(for: given.span, by: order, tables: tables.count, isSerial: true)
        while true {
            switch search.next() {
            case .ask(let places):
                for place in places { search.note(ask(search.question(at: place), printLine), at: place) }
            case .wait:
                preconditionFailure("each place has its outcome at once")
            case .answer(.found(let value), let place):
                let question = search.question(at: place!)
                printLine("found: \(title(of: question))")
                let answer = order.value(value, foundBy: question.key, for: given.span)
                if answer != value {
                    printLine("answer: \(answer.inQuotes), as Postfix makes it of \(value.inQuotes)")
                }
                return .found(answer)
            case .answer(let outcome, _):
                if outcome == .notFound && self.order != nil { printLine("found by none of the keys") }
                return outcome
            }
        }
    }

    private typealias Question = (key: SearchKey, keyNumber: Int, table: Int)

    private func ask(_ question: Question, _ printLine: (String) -> Void) -> LookupOutcome {
        printLine("\(title(of: question)): \(question.key.bytes.inQuotes)")
        return tables[question.table].explain(question.key.bytes) { printLine("    \($0)") }
    }

    private func title(of question: Question) -> String {
        [
            order != nil ? "key \(question.keyNumber + 1)" : nil,
            tables.count > 1 ? "table \(question.table + 1)" : nil,
        ].compactMap(\.self).joined(separator: ", ")
    }
}
