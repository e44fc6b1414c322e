// The ways in which Postfix gets at tables that are searched, and the settings under which it searches.

import Testing

/// Who takes the steps of a search, and who answers them.
enum SearchWay: String, CaseIterable, CustomTestStringConvertible {
    /// Postfix, and its own proxymap.
    case stock
    /// Postfix, and mapmux in proxymap's place, which asks for the further keys at the first.
    case readAhead
    /// mapmux.
    case socketmap

    var testDescription: String {
        switch self {
        case .stock: "Postfix's own proxymap"
        case .readAhead: "proxymap with read-ahead"
        case .socketmap: "socketmap"
        }
    }
}

/// What main.cf says of extensions and parent domains.
enum SiteSetting: CaseIterable, CustomTestStringConvertible {
    /// Postfix's defaults, and `+`.
    case propagating
    /// No table's value gets an extension; `-` is a delimiter, but not of owners and requests.
    case notPropagating
    /// `.example.com` stands for subdomains, but in transport_maps; any `-` is a delimiter; generic tables propagate.
    case dottedParents

    var testDescription: String {
        switch self {
        case .propagating: "propagation on"
        case .notPropagating: "propagation off"
        case .dottedParents: "dotted parents"
        }
    }

    /// Lines of main.cf that a search depends on, and that mapmux.conf has, too.
    var facts: [String: String] {
        switch self {
        case .propagating: ["recipient_delimiter": "+"]
        case .notPropagating:
            [
                "recipient_delimiter": "+-", "propagate_unmatched_extensions": "",
                "owner_request_special": "yes",
            ]
        case .dottedParents:
            [
                "recipient_delimiter": "+-", "parent_domain_matches_subdomains": "transport_maps",
                "propagate_unmatched_extensions": "canonical, virtual, generic",
                "owner_request_special": "no", "double_bounce_sender": "twice-bounced",
            ]
        }
    }

    /// What main.cf does not say in one place: myorigin, mydestination, inet_interfaces.
    static let localDomains = "local.test [127.0.0.1]"
}
