// From a key to all keys that Postfix asks for in its place.

internal import LookupValues

/// How the tables of one parameter are searched, by the facts of main.cf.
package struct SearchOrder: Equatable, Sendable {
    package let searchClass: SearchClass
    let facts: PostfixFacts
    /// Whether `example.com` stands for its subdomains; else `.example.com` does.
    private let matchesSubdomains: Bool
    /// Whether the tables are asked for domains, too, by another parameter: a key without `@` is one, and the only key.
    private var leavesDomains = false

    package init(_ parameter: SearchParameter, _ facts: PostfixFacts) {
        searchClass = parameter.searchClass
        self.facts = facts
        matchesSubdomains = parameter.parentList.map(facts.parentDomainMatchesSubdomains.contains) ?? false
    }

    private init(_ searchClass: SearchClass) {
        self.searchClass = searchClass
        facts = PostfixFacts()
        matchesSubdomains = false
    }

    /// The key as it is, and no other.
    package static let wholeKey = SearchOrder(.fullKey)

    /// The same order, for tables that another parameter asks for domains as they are: virtual_alias_domains is
    /// $virtual_alias_maps as a rule.
    package func besideDomains() -> SearchOrder {
        var order = self
        order.leavesDomains = true
        return order
    }

    /// Whether any key is followed by others.
    package var isSearched: Bool { searchClass.isSearched }

    /// The keys for which Postfix asks until one is found, beginning with the one given.
    ///
    /// - Parameter key: the first one, of any bytes, as Postfix asks for it.
    package func keys(for key: Span<UInt8>) -> SearchKeys {
        let first = [UInt8](copying: key)
        switch searchClass {
        case .rewriting, .address, .password, .transport, .addressAccess: return keys(forAddress: first)
        case .hostAccess:
            guard HostAddress(first[...]) != nil else { return parents(of: first[...]) }
            let separator = first.contains(UInt8(ascii: ":")) ? UInt8(ascii: ":") : UInt8(ascii: ".")
            return SearchKeys(name: first[...], .networks(separator: separator))
        case .heloAccess, .domainList:
            return HostAddress(first[...]) == nil ? parents(of: first[...]) : only(first)
        case .fullKey: return only(first)
        }
    }

    private func only(_ key: [UInt8]) -> SearchKeys { SearchKeys(before: [SearchKey(key)]) }

    private var style: SearchKeys.Parts { matchesSubdomains ? .bare : .dotted }

    private func parents(of name: ArraySlice<UInt8>) -> SearchKeys {
        SearchKeys(name: name, style)
    }

    /// The keys of mail_addr_find(3), each in the forms in which Postfix asks for it.
    private func keys(forAddress first: [UInt8]) -> SearchKeys {
        let address = SearchedAddress(first, facts)
        guard !address.isSpecial, address.at != nil || !leavesDomains else { return only(first) }
        let forms = AddressForms(of: address, isRewriting: isRewriting)
        var keys = [SearchKey(first)] + forms.keys(address.full)
        guard let at = address.at else {
            switch searchClass {
            case .rewriting, .address:
                if let bare = address.bare { keys += forms.keys(bare, lacksExtension: true) }
            case .password, .transport, .addressAccess, .hostAccess, .heloAccess, .domainList, .fullKey: break
            }
            return SearchKeys(before: keys)
        }
        if let bare = address.bare { keys += forms.keys(bare, lacksExtension: true) }
        let domain = address.full[(at + 1)...]
        switch searchClass {
        case .rewriting, .address, .password:
            if facts.localDomains.contains(domain) {
                keys += forms.keys(Array(address.full[..<at]), isLocalPart: true)
                if let local = address.bareLocalPart {
                    keys += forms.keys(local, isLocalPart: true, lacksExtension: true)
                }
            }
            return SearchKeys(before: keys + [SearchKey(Array(address.full[at...]))])
        case .transport:
            return SearchKeys(before: keys, name: domain, style)
        case .addressAccess:
            var last = forms.keys(Array(address.full[...at]))
            if let local = address.bareLocalPart {
                last += forms.keys(local + [UInt8(ascii: "@")], lacksExtension: true)
            }
            return SearchKeys(before: keys, name: domain, style, after: last)
        case .hostAccess, .heloAccess, .domainList, .fullKey:
            preconditionFailure("a host is no address")
        }
    }

    private var isRewriting: Bool {
        if case .rewriting = searchClass { true } else { false }
    }
}

/// An address, and where its local part and its extension end.
struct SearchedAddress {
    /// Unquoted.
    let full: [UInt8]
    /// Whether it was given in the quoted form.
    let isQuoted: Bool
    /// The last `@`.
    let at: Int?
    /// Where the extension begins.
    let extensionStart: Int?

    /// - Parameter key: in either form.
    init(_ key: [UInt8], _ facts: PostfixFacts) {
        let unquoted = QuotedAddress.unquoted(key)
        isQuoted = unquoted != key && QuotedAddress.quoted(unquoted) == key
        full = isQuoted ? unquoted : key
        at = full.lastIndex(of: UInt8(ascii: "@"))
        extensionStart = facts.extensionStart(in: full[..<(at ?? full.count)])
    }

    /// Whether it is a key that stands for something else than an address: the null sender, nothing.
    var isSpecial: Bool { full.isEmpty || full == Array("<>".utf8) }

    /// Without the extension; nil if there is none.
    var bare: [UInt8]? { extensionStart.map { Array(full[..<$0] + full[(at ?? full.count)...]) } }
    var bareLocalPart: [UInt8]? { extensionStart.map { Array(full[..<$0]) } }
    /// With its delimiter.
    var addressExtension: ArraySlice<UInt8>? { extensionStart.map { full[$0..<(at ?? full.count)] } }
}

/// The forms in which Postfix asks for one unquoted address: MA_FORM_EXTERNAL for rewriting, as cleanup(8) does, and
/// MA_FORM_EXTERNAL_FIRST otherwise. A key that was given unquoted though it could be quoted is the second one of a pair,
/// and is followed by unquoted ones only.
private struct AddressForms {
    private let isQuoted: Bool
    private let isUnquoted: Bool

    init(of address: SearchedAddress, isRewriting: Bool) {
        let isSecond = !address.isQuoted && QuotedAddress.quoted(address.full) != address.full
        isQuoted = !isSecond
        isUnquoted = isSecond || !isRewriting
    }

    func keys(_ address: [UInt8], isLocalPart: Bool = false, lacksExtension: Bool = false) -> [SearchKey] {
        let quoted = isQuoted ? QuotedAddress.quoted(address, isLocalPart: isLocalPart) : address
        var keys = [SearchKey(quoted, lacksExtension: lacksExtension)]
        if isUnquoted && quoted != address {
            keys.append(SearchKey(address, lacksExtension: lacksExtension))
        }
        return keys
    }
}
