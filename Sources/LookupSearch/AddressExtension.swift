// Where the extension of an address begins.

internal import LookupValues

extension PostfixFacts {
    /// The end of the local part without its extension, by split_addr(3); nil if none is split off.
    ///
    /// - Parameter local: an unquoted local part.
    func extensionStart(in local: ArraySlice<UInt8>) -> Int? {
        guard !recipientDelimiter.isEmpty,
            let start = local.firstIndex(where: recipientDelimiter.contains), start > local.startIndex
        else { return nil }
        let name = local.map(\.lowercased)
        if Self.systemNames.contains(name) || name == doubleBounceSender.map(\.lowercased) { return nil }
        if ownerRequestSpecial && recipientDelimiter.contains(UInt8(ascii: "-")) {
            if name.starts(with: Self.owner) { return nil }
            if name.count > Self.request.count && name.reversed().starts(with: Self.request.reversed()) {
                return nil
            }
        }
        return start
    }

    private static let systemNames = [Array("postmaster".utf8), Array("mailer-daemon".utf8)]
    private static let owner = Array("owner-".utf8)
    private static let request = Array("-request".utf8)
}
