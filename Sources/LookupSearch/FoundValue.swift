// What becomes of a value that a search has found.

internal import LookupValues

extension SearchOrder {
    /// The value that the table would have had to have for the first key: Postfix takes it for that.
    ///
    /// To the value of an address without its extension, Postfix's rewriting adds the extension, or the local part if the
    /// value is only a domain: see mail_addr_map(3), mail_addr_crunch(3). Who searches in Postfix's place must do so, too.
    ///
    /// - Parameters:
    ///   - key: the one that was found.
    ///   - first: the first key of the search, as it was asked for: not folded.
    package func value(_ value: [UInt8], foundBy key: SearchKey, for first: Span<UInt8>) -> [UInt8] {
        guard case .rewriting(let rewriting) = searchClass, key.lacksExtension else { return value }
        let address = SearchedAddress([UInt8](copying: first), facts)
        guard let addressExtension = address.addressExtension, let local = address.bareLocalPart else {
            return value
        }
        let isDomain = value.first == UInt8(ascii: "@")
        let addresses = isDomain ? QuotedAddress.quoted(local + value) : value
        let propagates = facts.propagateUnmatchedExtensions.contains(rewriting.rawValue)
        return propagates ? AddressList.adding(Array(addressExtension), to: addresses) : addresses
    }
}
