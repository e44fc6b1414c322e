// What a search must know of Postfix's main.cf.

internal import LookupValues

/// Parameters of main.cf that decide which keys Postfix asks for, and what it makes of the value. The defaults are
/// Postfix's own.
package struct PostfixFacts: Equatable, Sendable {
    /// recipient_delimiter: each of these bytes begins an address extension. Empty: there are no extensions.
    package var recipientDelimiter: [UInt8] = []
    /// parent_domain_matches_subdomains: the lists in which `example.com` stands for its subdomains, too.
    package var parentDomainMatchesSubdomains: Set<String> = [
        "debug_peer_list", "fast_flush_domains", "mynetworks", "permit_mx_backup_networks",
        "qmqpd_authorized_clients", "relay_domains", "smtpd_access_maps",
    ]
    /// propagate_unmatched_extensions: the tables whose values get the extension that their key did not have.
    package var propagateUnmatchedExtensions: Set<String> = ["canonical", "virtual"]
    /// owner_request_special: `owner-list` and `list-request` have no extension, even if `-` is a delimiter.
    package var ownerRequestSpecial = true
    /// double_bounce_sender, which has no extension.
    package var doubleBounceSender = Array("double-bounce".utf8)
    /// The domains for which Postfix asks for bare local parts: myorigin, what is in mydestination, and the machine's own
    /// addresses as `[192.0.2.1]`.
    package var localDomains: LocalDomains = LocalDomains([])

    package init() {}
}

/// Domains and address literals that resolve_local(3) finds to be this machine's.
package struct LocalDomains: Equatable, Sendable {
    private var names: Set<[UInt8]> = []
    private var addresses: Set<HostAddress> = []

    /// - Parameter domains: names, or addresses in brackets: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
    package init(_ domains: [String]) {
        for domain in domains {
            let bytes = Array(domain.utf8).map(\.lowercased)
            if let address = Self.address(inBrackets: bytes) {
                addresses.insert(address)
            } else {
                names.insert(bytes)
            }
        }
    }

    /// One dot at the end counts for nothing.
    func contains(_ domain: ArraySlice<UInt8>) -> Bool {
        if names.isEmpty && addresses.isEmpty { return false }
        var name = domain.map(\.lowercased)
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        if names.contains(name) { return true }
        return Self.address(inBrackets: name).map(addresses.contains) ?? false
    }

    private static func address(inBrackets text: [UInt8]) -> HostAddress? {
        guard text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]"), text.count > 2 else {
            return nil
        }
        let inside = text[1..<text.count - 1]
        let tag = "ipv6:".utf8
        return HostAddress(inside.starts(with: tag) ? inside.dropFirst(tag.count) : inside)
    }
}
