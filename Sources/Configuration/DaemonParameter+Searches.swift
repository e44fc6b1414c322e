// The parameters about Postfix's searches: where each map stands in main.cf, and what main.cf says.

internal import LookupSearch
internal import LookupTables
internal import LookupValues

extension DaemonParameter {
    /// They are enough for `mapmux keys`.
    static let searches: [DaemonParameter] = [
        DaemonParameter(
            name: "map_parameters", defaultValue: "",
            expectation:
                "NAME=PARAMETER of maps, with several parameters between commas, each one of "
                + SearchParameter.all.map(\.name).joined(separator: ", ")
        ) { text, settings, _ in
            guard let parameters = mapParameters(text) else { return false }
            settings.mapParameters = parameters
            return true
        },
        DaemonParameter(
            name: "read_ahead", defaultValue: "0",
            expectation: "a time such as 50ms, from 0 to 1000 milliseconds"
        ) { text, settings, _ in
            guard let value = ParameterValue.milliseconds(text), value <= 1_000 else { return false }
            settings.readAhead = value
            return true
        },
        DaemonParameter(
            name: "recipient_delimiter", defaultValue: "",
            expectation: "Postfix's recipient_delimiter: characters without blanks between them, or nothing"
        ) { text, settings, _ in
            guard !text.utf8.contains(where: \.isSpace) else { return false }
            settings.facts.recipientDelimiter = Array(text.utf8)
            return true
        },
        DaemonParameter(
            name: "parent_domain_matches_subdomains",
            defaultValue: PostfixFacts().parentDomainMatchesSubdomains.sorted().joined(separator: ", "),
            expectation: "Postfix's parent_domain_matches_subdomains: names of parameters, or nothing"
        ) { text, settings, _ in
            settings.facts.parentDomainMatchesSubdomains = Set(words(text))
            return true
        },
        DaemonParameter(
            name: "propagate_unmatched_extensions", defaultValue: "canonical, virtual",
            expectation:
                "Postfix's propagate_unmatched_extensions: canonical, virtual, alias, forward, include, generic, or nothing"
        ) { text, settings, _ in
            let known: Set<String> = ["canonical", "virtual", "alias", "forward", "include", "generic"]
            guard known.isSuperset(of: words(text)) else { return false }
            settings.facts.propagateUnmatchedExtensions = Set(words(text))
            return true
        },
        DaemonParameter(name: "owner_request_special", defaultValue: "yes", expectation: "yes or no") {
            text, settings, _ in
            guard let value = ParameterValue.boolean(text) else { return false }
            settings.facts.ownerRequestSpecial = value
            return true
        },
        DaemonParameter(
            name: "double_bounce_sender", defaultValue: "double-bounce",
            expectation: "Postfix's double_bounce_sender: a local part"
        ) { text, settings, _ in
            guard !text.isEmpty, !text.utf8.contains(where: \.isSpace) else { return false }
            settings.facts.doubleBounceSender = Array(text.utf8)
            return true
        },
        DaemonParameter(
            name: "local_domains", defaultValue: "",
            expectation:
                "names of domains, and addresses in brackets such as [192.0.2.1] and [IPv6:2001:db8::1], or nothing"
        ) { text, settings, _ in
            let domains = ParameterValue.words(text)
            guard
                domains.allSatisfy({ domain in
                    !domain.utf8.contains { "/:=\"'!@".utf8.contains($0) } || domain.hasPrefix("[")
                })
            else { return false }
            settings.facts.localDomains = LocalDomains(domains)
            return true
        },
    ]

    /// In small letters, as Postfix compares without regard to case.
    private static func words(_ text: String) -> [String] {
        ParameterValue.words(text).map { $0.lowercased() }
    }

    /// Reads `NAME=PARAMETER[,PARAMETER…] …`; nil if it is not valid.
    private static func mapParameters(_ text: String) -> [String: [SearchParameter]]? {
        var parameters: [String: [SearchParameter]] = [:]
        for (map, names) in MapParameters.entries(text) {
            let known = names.compactMap { SearchParameter(named: $0) }
            guard !map.isEmpty, parameters[map] == nil, known.count == names.count else { return nil }
            parameters[map] = known
        }
        return parameters
    }
}
