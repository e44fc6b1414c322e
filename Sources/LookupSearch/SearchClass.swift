// How Postfix searches a table for a key.

/// The ways of Postfix to search for a key. All parameters of a class share an order of keys, apart from the parent style.
package enum SearchClass: Hashable, Sendable {
    /// Tables of new addresses: see canonical(5), virtual(5), generic(5). Their value is searched again, or becomes an
    /// address, with what was cut off put back.
    case rewriting(Rewriting)
    /// Facts about an address, by mail_addr_find(3).
    case address
    /// The passwords of smtp(8): by the sender's address, or by the server's name as it is.
    case password
    /// transport(5).
    case transport
    /// access(5) by the address of a sender or a recipient.
    case addressAccess
    /// access(5) by a host's name or its network address.
    case hostAccess
    /// access(5) by a name that a client has given, in HELO or ETRN.
    case heloAccess
    /// Domains with their parents, and hosts: domain_list(3), namadr_list(3).
    case domainList
    /// The key as it is, and no other.
    case fullKey

    /// What propagate_unmatched_extensions calls the rewriting tables.
    package enum Rewriting: String, Hashable, Sendable {
        case canonical
        case virtual
        case generic
    }

    /// Whether the keys begin with an address.
    package var isOfAddresses: Bool {
        switch self {
        case .rewriting, .address, .transport, .addressAccess: true
        case .password, .hostAccess, .heloAccess, .domainList, .fullKey: false
        }
    }

    /// Whether the keys depend on which domains are local.
    package var asksForLocalParts: Bool {
        switch self {
        case .rewriting, .address, .password: true
        case .transport, .addressAccess, .hostAccess, .heloAccess, .domainList, .fullKey: false
        }
    }

    /// Whether there is more than one key to ask for.
    package var isSearched: Bool { self != .fullKey }
}
