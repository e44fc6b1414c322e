// `domain`: which keys are looked up at all.

internal import LookupValues

/// A compiled `domain` list, as db_common_check_domain() and string_list(3) use it.
///
/// As Postfix 3.7.11 behaves, tried with postmap -q:
/// - A pattern matches the same domain only, in any case (full case folding); `.example.com` matches no
///   subdomain, as it would in a list of hosts.
/// - The first pattern that matches decides. `!` negates one pattern, `!!` is nothing. A list of negated
///   patterns alone admits nothing.
/// - `/file/name` stands for the patterns in that file, and `!/file/name` for their negations. Files nest. In
///   a file a line that starts with `#` is a comment; a line that starts with white space is one like any other.
/// - A word that starts with `#` drops the rest of its line, or of the parameter, with a warning.
/// - A `type:table` is refused: mapmux opens no tables of other types.
/// - `{…}` is refused: it keeps white space inside a pattern, which then matches no domain.
struct DomainFilter: Equatable {
    /// The folded domains that are looked up, sorted. Patterns match exactly and the first match decides, so
    /// a negated pattern does no more than shadow an equal one after it.
    private let admitted: [[UInt8]]

    /// Nil, with an error diagnosed, if the list cannot be used.
    init?(
        _ list: String, readFile: (String) -> [UInt8]?,
        diagnose: (Diagnostic.Severity, String) -> Void
    ) {
        var compiler = DomainListCompiler()
        do {
            try compiler.add(list, negated: false, openFiles: [], readFile: readFile)
        } catch {
            diagnose(.error, error.description)
            return nil
        }
        if compiler.sawComment {
            diagnose(
                .warning,
                "found a word that starts with `#`, and ignored the rest of its line; expected domains")
        }
        admitted = compiler.verdicts.filter(\.value).map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// True for a key of the form user@domain with a local part and one of the domains.
    func admits(_ key: Span<UInt8>, _ parts: AddressParts) -> Bool {
        guard let at = parts.at, at > 0 else { return false }
        let domain = key.extracting(parts.domain)
        for index in domain.indices where domain[index] >= 0x80 {
            guard let folded = KeyFolding.fold(domain) else { return false }
            return contains(folded.span)
        }
        return contains(domain)
    }

    /// Binary search for a domain, whose ASCII letters may still be capitals.
    private func contains(_ domain: Span<UInt8>) -> Bool {
        var candidates = admitted.indices
        while !candidates.isEmpty {
            let middle = candidates.lowerBound + candidates.count / 2
            switch Self.compare(domain, admitted[middle]) {
            case 0: return true
            case ..<0: candidates = candidates.lowerBound..<middle
            default: candidates = middle + 1..<candidates.upperBound
            }
        }
        return false
    }

    /// Negative, zero or positive as the domain, its ASCII capitals made small, comes before the pattern,
    /// equals it, or comes after it.
    private static func compare(_ domain: Span<UInt8>, _ pattern: [UInt8]) -> Int {
        for index in 0..<min(domain.count, pattern.count) {
            let difference = Int(domain[index].lowercased) - Int(pattern[index])
            if difference != 0 { return difference }
        }
        return domain.count - pattern.count
    }
}

/// Reads a `domain` list and the files it names, as match_list_init() does.
private struct DomainListCompiler {
    /// Why a list cannot be used.
    enum ListError: Error, CustomStringConvertible {
        case noPattern
        case table(String)
        case braces(String)
        case unreadable(file: String)
        case includesItself(file: String)
        case notUTF8(file: String)

        var description: String {
            switch self {
            case .noPattern: "found `!` by itself, expected a domain right after it"
            case .table(let text):
                "found the table `\(text)`, which mapmux does not open; expected domains or /file/name"
            case .braces(let text): "found `\(text)` in braces, expected a domain without"
            case .unreadable(let file): "found that \(file) cannot be read, expected a file with domains"
            case .includesItself(let file): "found that \(file) includes itself, expected a list with an end"
            case .notUTF8(let file): "found text in \(file) that is not UTF-8, expected domains in UTF-8"
            }
        }
    }

    /// For each folded pattern, whether it admits its domain: its first occurrence decides.
    private(set) var verdicts: [[UInt8]: Bool] = [:]
    private(set) var sawComment = false

    mutating func add(
        _ list: String, negated: Bool, openFiles: [String], readFile: (String) -> [UInt8]?
    ) throws(ListError) {
        for word in ParameterValue.words(list) {
            guard !word.hasPrefix("#") else {
                sawComment = true
                return
            }
            let pattern = word.drop { $0 == "!" }
            let isNegated = negated != ((word.count - pattern.count) % 2 == 1)
            guard !pattern.isEmpty else { throw .noPattern }
            if pattern.hasPrefix("/") {
                try addFile(String(pattern), negated: isNegated, openFiles: openFiles, readFile: readFile)
            } else if pattern.contains(where: { $0 == "{" || $0 == "}" }) {
                throw .braces(String(pattern))
            } else if !pattern.hasPrefix("["), pattern.contains(":") {
                throw .table(String(pattern))
            } else if let folded = KeyFolding.fold(Array(pattern.utf8).span), verdicts[folded] == nil {
                verdicts[folded] = !isNegated
            }
        }
    }

    private mutating func addFile(
        _ file: String, negated: Bool, openFiles: [String], readFile: (String) -> [UInt8]?
    ) throws(ListError) {
        guard !openFiles.contains(file) else { throw .includesItself(file: file) }
        guard let contents = readFile(file) else { throw .unreadable(file: file) }
        for line in contents.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            guard let text = String(validating: line, as: UTF8.self) else { throw .notUTF8(file: file) }
            try add(text, negated: negated, openFiles: openFiles + [file], readFile: readFile)
        }
    }
}
