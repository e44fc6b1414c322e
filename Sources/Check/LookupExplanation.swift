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
    }

    /// Looks up a key, and prints each step, in lines without control characters.
    package func explain(_ given: [UInt8], printLine print: (String) -> Void) -> LookupOutcome {
        func printLine(_ line: String) { print(line.shown()) }
        printLine("map: \(map)")
        guard order != nil || tables.count > 1 else {
            printLine("table: \(tables[0].title)")
            printSearch(printLine)
            return tables[0].explain(given, printLine: printLine)
        }
        for (index, table) in tables.enumerated() {
            printLine(tables.count == 1 ? "table: \(table.title)" : "table \(index + 1): \(table.title)")
        }
        printSearch(printLine)
        return search(given, printLine)
    }

    /// Says in which parameters the map stands, and whether they have a search.
    private func printSearch(_ printLine: (String) -> Void) {
        if parameters.isEmpty { return }
        let names = parameters.map(\.name).joined(separator: ", ")
        let reason = parameters.count == 1 ? "\(names) has none" : "those of \(names) differ, or are none"
        printLine("search: " + (order != nil ? "that of \(names)" : "this key only: \(reason)"))
    }

    /// Asks all tables for the first key before any for the second one, as Postfix does it.
    private func search(_ given: [UInt8], _ printLine: (String) -> Void) -> LookupOutcome {
        guard let order else { return ask(given, number: nil, printLine) }
        for (index, key) in order.keys(for: given.span).enumerated() {
            switch ask(key.bytes, number: index + 1, printLine) {
            case .found(let value):
                let answer = order.value(value, foundBy: key, for: given.span)
                if answer != value {
                    printLine("answer: \(answer.inQuotes), as Postfix makes it of \(value.inQuotes)")
                }
                return .found(answer)
            case .notFound: continue
            case .temporaryFailure(let reason): return .temporaryFailure(reason)
            case .permanentFailure(let reason): return .permanentFailure(reason)
            }
        }
        printLine("found by none of the keys")
        return .notFound
    }

    /// Asks each table for a key, until one has it.
    ///
    /// - Parameter number: of the key in the search, from 1 on; nil if it is the only one.
    private func ask(_ key: [UInt8], number: Int?, _ printLine: (String) -> Void) -> LookupOutcome {
        for (index, table) in tables.enumerated() {
            let place =
                [number.map { "key \($0)" }, tables.count > 1 ? "table \(index + 1)" : nil]
                .compactMap(\.self).joined(separator: ", ")
            printLine("\(place): \(key.inQuotes)")
            let outcome = table.explain(key) { printLine("    \($0)") }
            switch outcome {
            case .found:
                printLine("found: \(place)")
                return outcome
            case .notFound: continue
            case .temporaryFailure, .permanentFailure: return outcome
            }
        }
        return .notFound
    }
}
