// A harness: what is done with each of libFuzzer's inputs, and what must hold then.

struct Harness: Sendable {
    /// Also that of its corpus and of its dictionary.
    let name: String
    /// Traps where something does not hold, which libFuzzer reports with the input.
    let run: @Sendable ([UInt8]) -> Void

    static let all = [
        Harness(name: "netstring", run: fuzzNetstring),
        Harness(name: "socketmap", run: fuzzSocketmap),
        Harness(name: "attributes", run: fuzzAttributes),
        Harness(name: "proxymap", run: fuzzProxymap),
        Harness(name: "parameters", run: fuzzParameters),
        Harness(name: "table", run: fuzzTable),
        Harness(name: "configuration", run: fuzzConfiguration),
        Harness(name: "template", run: fuzzTemplate),
        Harness(name: "folding", run: fuzzFolding),
        Harness(name: "domains", run: fuzzDomains),
        Harness(name: "result", run: fuzzResult),
        Harness(name: "hosts", run: fuzzHosts),
        Harness(name: "search", run: fuzzSearch),
        Harness(name: "postconf", run: fuzzPostconf),
        Harness(name: "advice", run: fuzzAdvice),
        Harness(name: "catalog", run: fuzzCatalog),
        Harness(name: "status", run: fuzzStatus),
    ]
}

/// Traps unless the condition holds.
func check(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}

extension [UInt8] {
    /// The parts of an input that has several: FF, which is in no text, stands between them. There are `count`, of
    /// which the last holds any FF beyond; those missing are empty.
    func parts(_ count: Int) -> [[UInt8]] {
        var parts = split(separator: 0xFF, maxSplits: count - 1, omittingEmptySubsequences: false).map {
            [UInt8]($0)
        }
        while parts.count < count { parts.append([]) }
        return parts
    }

    /// The text; nil where it is not UTF-8.
    var text: String? { String(validating: self, as: UTF8.self) }
}
