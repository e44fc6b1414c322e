// The Host field of a request: RFC 9112, section 3.2.

/// A host and maybe a port.
struct HostField {
    private let host: Substring

    init(_ text: String) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[...end]
        } else {
            host = text.prefix { $0 != ":" }
        }
    }

    /// Whether it is localhost or a literal address, to which no foreign name can lead.
    var isLocal: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.lowercased() == "localhost" || host.hasPrefix("[")
            || (parts.count == 4 && parts.allSatisfy { UInt8($0) != nil })
    }

    /// The part of it that may stand in an answer.
    var printable: String {
        String(host.prefix(100).filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
    }
}
