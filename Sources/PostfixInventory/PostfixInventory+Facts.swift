// What mapmux.conf has to say of main.cf for searches.

extension PostfixInventory {
    /// What searches need to know of main.cf, as mapmux.conf says it, and whether another value comes to the same; nil is the
    /// default. Addresses of this machine that a value of local_domains lacks are no reason to change it.
    var factValues: [(name: String, value: String, isSame: (String?) -> Bool)] {
        let facts = SearchFact.all.compactMap { fact in
            postconf[fact.name].map { value in (fact.name, value, { fact.isSame($0, value) }) }
        }
        let domains = ownDomains
        return facts + [
            (
                "local_domains", domains.domains.joined(separator: ", "),
                { $0.map { domains.differingNames(from: $0).isEmpty } ?? domains.domains.isEmpty }
            )
        ]
    }

    /// The lines that mapmux.conf needs of them: what differs from the defaults, and always the delimiter, for which a
    /// postmaster looks.
    var factLines: [(name: String, value: String)] {
        factValues.filter { $0.name == "recipient_delimiter" || !$0.isSame(nil) }.map { ($0.name, $0.value) }
    }

    /// Overrides in master.cf of what mapmux.conf can say once only.
    var differingFacts: [PostconfOutput.Override] {
        postconf.overrides.filter { override in
            let found = postconf[override.parameter] ?? ""
            if SearchFact.domainNames.contains(override.parameter) { return override.value != found }
            guard let fact = SearchFact.all.first(where: { $0.name == override.parameter }) else {
                return false
            }
            return !fact.isSame(override.value, found)
        }
    }
}
