// The parameters of main.cf that decide how Postfix searches, as mapmux.conf has them under the same names.

internal import LookupSearch
internal import LookupTables

/// A parameter of main.cf on which keys or values of a search depend.
struct SearchFact: Sendable {
    let name: String
    /// Whether searches of a class depend on it.
    let concerns: @Sendable (SearchClass) -> Bool
    private let set: @Sendable (String, inout PostfixFacts) -> Void

    static let all = [
        SearchFact(name: "recipient_delimiter", concerns: hasAddresses) { text, facts in
            facts.recipientDelimiter = Array(text.utf8)
        },
        SearchFact(name: "parent_domain_matches_subdomains", concerns: hasParents) { text, facts in
            facts.parentDomainMatchesSubdomains = words(text)
        },
        SearchFact(
            name: "propagate_unmatched_extensions",
            concerns: { if case .rewriting = $0 { true } else { false } }
        ) { text, facts in
            facts.propagateUnmatchedExtensions = words(text)
        },
        SearchFact(name: "owner_request_special", concerns: hasAddresses) { text, facts in
            facts.ownerRequestSpecial = ParameterValue.boolean(text) ?? true
        },
        SearchFact(name: "double_bounce_sender", concerns: hasAddresses) { text, facts in
            facts.doubleBounceSender = Array(text.utf8)
        },
    ]

    /// The parameters of main.cf that local_domains comes from, as far as services have their own.
    static let domainNames = ["mydestination", "myorigin"]

    /// Whether searches of a class depend on a parameter of main.cf.
    static func concerns(_ parameter: String, _ searchClass: SearchClass) -> Bool {
        domainNames.contains(parameter)
            ? searchClass.asksForLocalParts
            : all.contains { $0.name == parameter && $0.concerns(searchClass) }
    }

    /// What searches go by, apart from the local domains.
    ///
    /// - Parameter value: that of a parameter; nil for Postfix's default.
    static func facts(_ value: (String) -> String?) -> PostfixFacts {
        var facts = PostfixFacts()
        for fact in all {
            if let value = value(fact.name) { fact.set(value, &facts) }
        }
        return facts
    }

    /// Whether two values mean the same. Nil is Postfix's default.
    func isSame(_ one: String?, _ other: String?) -> Bool {
        Self.facts { $0 == name ? one : nil } == Self.facts { $0 == name ? other : nil }
    }

    /// In small letters, as Postfix compares without regard to case.
    private static func words(_ text: String) -> Set<String> {
        Set(ParameterValue.words(text).map { $0.lowercased() })
    }

    private static func hasAddresses(_ searchClass: SearchClass) -> Bool {
        switch searchClass {
        case .rewriting, .address, .password, .transport, .addressAccess: true
        case .hostAccess, .heloAccess, .domainList, .fullKey: false
        }
    }

    private static func hasParents(_ searchClass: SearchClass) -> Bool {
        switch searchClass {
        case .transport, .addressAccess, .hostAccess, .heloAccess, .domainList: true
        case .rewriting, .address, .password, .fullKey: false
        }
    }
}
