// Searches that mapmux makes, or does not make, in Postfix's place: where they would come to other answers.

internal import LookupSearch
internal import LookupTables

extension PostfixComparison {
    var searches: [Mismatch] {
        facts + virtualAliasDomains + localDomains + unlistedDomains + overrides
            + askedMaps.flatMap(mismatches) + unusedParameters
    }

    /// The search that mapmux makes for a map.
    private func search(_ map: ListedMap) -> SearchParameter? {
        map.search(servedFacts)
    }

    private var servedFacts: PostfixFacts { SearchFact.facts { served.facts[$0] } }

    /// The places in which Postfix asks mapmux for a map by its name.
    private var askedMaps: [(use: SocketmapUse, map: ListedMap)] {
        inventory.socketmapUses.compactMap { use in
            guard let path = path(of: use.socket), isOwn(socketmap: path),
                let map = served.maps.first(where: { $0.name == use.map })
            else { return nil }
            return (use, map)
        }
    }

    /// The searches on which answers depend now.
    private var askedSearches: [SearchClass] { askedMaps.compactMap { search($0.map)?.searchClass } }

    /// All that maps are there for: for proxymap clients, keys are read ahead in vain if they are wrong.
    private var knownSearches: [SearchClass] {
        served.maps.flatMap(\.parameters).compactMap { SearchParameter(named: $0)?.searchClass }
    }

    // MARK: Facts

    private var facts: [Mismatch] {
        SearchFact.all.compactMap { fact in
            guard let found = inventory.postconf[fact.name], !fact.isSame(found, served.facts[fact.name]),
                let severity = severity(ofFact: fact.name)
            else { return nil }
            return Mismatch(
                code: .differingFact, severity: severity,
                message: """
                    found \(fact.name) = \(Self.shown(found)), and \(Self.shown(served.facts[fact.name])) for that in \
                    mapmux.conf; expected the same, as the keys of searches depend on it
                    """)
        }
    }

    /// An error if answers depend on it, a warning if only what is read ahead does; nil if nothing does.
    private func severity(ofFact name: String) -> Mismatch.Severity? {
        func concerns(_ search: SearchClass) -> Bool { SearchFact.concerns(name, search) }
        guard knownSearches.contains(where: concerns) else { return nil }
        return askedSearches.contains(where: concerns) ? .error : .warning
    }

    private static func shown(_ value: String?) -> String {
        value.map { $0.isEmpty ? "an empty value" : $0 } ?? "the default"
    }

    /// It is no fact of searches: it decides what "not found" means, and only whether it is empty counts.
    private var virtualAliasDomains: [Mismatch] {
        let name = "virtual_alias_domains"
        let depending = ["stale_while_down", "confirm_not_found"]
        guard let found = inventory.postconf[name], depending.contains(where: { served.facts[$0] != nil }),
            served.maps.contains(where: { $0.parameters.contains("virtual_alias_maps") })
        else { return [] }
        let isNamed = !ParameterValue.words(found).isEmpty
        let servesNamed = served.facts[name].map { !ParameterValue.words($0).isEmpty } ?? true
        if isNamed == servesNamed { return [] }
        // Where mapmux takes the map for one by which Postfix rejects, nothing is lost but answers in outages.
        return [
            Mismatch(
                code: .differingFact, severity: isNamed ? .error : .note,
                message: """
                    found \(name) = \(Self.shown(found)), and \(Self.shown(served.facts[name])) for that in mapmux.conf; expected \
                    \(isNamed
                        ? "the same, as Postfix rejects mail for what virtual_alias_maps does not have"
                        : "\(name) = there, if no address in another domain exists in virtual_alias_maps only")
                    """)
        ]
    }

    private var localDomains: [Mismatch] {
        guard let severity = severity(ofFact: "mydestination") else { return [] }
        let own = inventory.ownDomains
        let value = served.facts["local_domains"] ?? ""
        let names = own.differingNames(from: value)
        if !names.isEmpty {
            return [
                Mismatch(
                    code: .differingFact, severity: severity,
                    message: """
                        found that local_domains in mapmux.conf and what mydestination and myorigin come to differ by \
                        \(names.joined(separator: ", ")); expected local_domains = \(own.domains.joined(separator: ", "))
                        """)
            ]
        }
        // Addresses come and go, and hardly a mail is sent to one.
        let addresses = own.missingAddresses(in: value)
        return addresses.isEmpty
            ? []
            : [
                Mismatch(
                    code: .differingFact, severity: .note,
                    message: """
                        found \(addresses.joined(separator: ", ")) among this machine's addresses, expected them in \
                        local_domains of mapmux.conf
                        """)
            ]
    }

    private var unlistedDomains: [Mismatch] {
        guard let table = inventory.ownDomains.unlisted.first else { return [] }
        return askedMaps.filter {
            search($0.map)?.searchClass.asksForLocalParts == true && !inventory.asksForWholeKey($0.use.use)
        }.map { use, map in
            Mismatch(
                code: .unlistedDomains, severity: .error,
                message: """
                    found \(Self.text(use)), whose keys depend on what \(table) in mydestination or myorigin holds; expected \
                    names there, or proxy:pgsql: for \(map.name)
                    """)
        }
    }

    private var overrides: [Mismatch] {
        inventory.differingFacts.compactMap { override in
            guard let severity = severity(ofFact: override.parameter) else { return nil }
            return Mismatch(
                code: .differingFact, severity: severity,
                message: """
                    found \(override.parameter) = \(Self.shown(override.value)) for \(override.service), expected the value of \
                    main.cf, by which mapmux searches for all
                    """)
        }
    }

    // MARK: Maps

    private func mismatches(_ use: SocketmapUse, _ map: ListedMap) -> [Mismatch] {
        let text = Self.text(use)
        func mismatch(_ code: Mismatch.Code, _ severity: Mismatch.Severity, _ rest: String) -> [Mismatch] {
            [Mismatch(code: code, severity: severity, message: "found \(text), \(rest)")]
        }
        if ParameterTraits.isForCommands(use.use.parameter) {
            return mismatch(
                .refusedSocketmap, .warning,
                "which commands open with the rights of their callers, who can't reach it; expected pgsql:")
        }
        if let agent = ParameterTraits.agent(opening: use.use.parameter), inventory.isInUse(agent) {
            return mismatch(
                .refusedSocketmap, .error,
                "which \(agent.rawValue)(8) refuses, so that its mail waits; expected pgsql: or proxy:pgsql:")
        }
        guard let search = search(map) else {
            guard !inventory.asksForWholeKey(use.use), let parameter = use.use.searchParameter else {
                return []
            }
            let expected =
                use.isInCompound
                ? "proxy:pgsql: in a pipemap or unionmap"
                : "map_parameters with \(map.name)=\(parameter.name)"
                    + (map.parameters.isEmpty ? "" : " alone, and other names for its other searches")
            return mismatch(
                .notSearched, .warning,
                "for which the full key is asked for and no other, as user@example.com without its extension, @example.com "
                    + "or parent domains; expected \(expected)")
        }
        if let reason = inventory.obstacle(
            to: search, of: map, in: use.use, isInCompound: use.isInCompound, servedFacts)
        {
            return mismatch(
                .otherSearch, .error,
                "which is searched as in \(search.name), and \(reason); expected a map of its own there")
        }
        return isSplit(use, map)
            ? mismatch(
                .splitSearch, .error,
                "which is searched to its end while the tables beside it are asked for each key in turn; expected all of "
                    + "them in one map, \(map.name)={pgsql:/… pgsql:/…}, or proxy:pgsql: for each")
            : []
    }

    private func isSplit(_ use: SocketmapUse, _ map: ListedMap) -> Bool {
        let own = ListedTable.socketmap("\(use.socket):\(use.map)")
        return inventory.lists.contains { list in
            list.use == use.use && list.use.searchParameter?.asksTablesInTurn == true
                && list.splits([], isSelf: { $0 == own }) { table in
                    askedMaps.contains {
                        search($0.map) != nil && table == .socketmap("\($0.use.socket):\($0.use.map)")
                    }
                }
        }
    }

    private var unusedParameters: [Mismatch] {
        served.maps.flatMap { map in
            let uses =
                (inventory.served + inventory.unreachable).filter { map.tables.contains($0.name) }
                .flatMap(\.uses)
                + askedMaps.filter { $0.map.name == map.name }.map(\.use.use)
            // Of a map that is not used at all, that is said.
            let names = Set(uses.map(\.searchName))
            return names.isEmpty
                ? []
                : map.parameters.filter { !names.contains($0) }.map { parameter in
                    Mismatch(
                        code: .unusedParameter, severity: .warning,
                        message: """
                            found no \(parameter) that asks the map \(map.name), expected one, as map_parameters says, or \
                            \(names.sorted().joined(separator: ", ")) there
                            """)
                }
        }
    }

    /// `socketmap:unix:private/mapmux-socketmap:aliases (virtual_alias_maps)`.
    private static func text(_ use: SocketmapUse) -> String {
        "socketmap:\(use.socket):\(use.map) (\(use.use.description))"
    }
}
