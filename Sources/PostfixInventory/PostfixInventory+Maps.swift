// Which tables become one map, and what map_parameters has for it.

internal import LookupSearch

extension PostfixInventory {
    /// What map_parameters of a new map has: the searches in which its tables stand, or if there is none, the parameters
    /// that ask for full keys. A pipemap or unionmap makes its own of keys and values, so that its tables are in no search.
    func parameters(of table: InventoriedTable) -> [String] {
        parameters(table.uses.filter { !table.usesInCompounds.contains($0) })
    }

    /// A parameter that has its default, as fast_flush_domains = $relay_domains, counts only if it is searched otherwise.
    func parameters(_ uses: [TableUse]) -> [String] {
        var known: [SearchParameter] = []
        let set = uses.filter { use in
            use.service != nil || postconf.written.contains { $0.name == use.parameter }
        }
        for use in set + uses {
            guard let parameter = use.searchParameter, !known.contains(parameter) else { continue }
            // Without the sender's address there is one key.
            if parameter.searchClass == .password && !authenticatesBySender { continue }
            let isDefault = !set.contains { $0.searchName == use.searchName }
            if isDefault, known.contains(where: { $0.isSearched(as: parameter, searchFacts) }) { continue }
            known.append(parameter)
        }
        let searched = known.filter(\.searchClass.isSearched)
        if searched.isEmpty { return known.map(\.name) }
        // They say that a key without `@` is a domain, which matters if it would be cut at a delimiter.
        let domains =
            searched.allSatisfy(\.searchClass.isOfAddresses) && Self.mayCutDomains(searchFacts)
            ? known.filter(\.asksForDomains) : []
        return (searched + domains).map(\.name)
    }

    /// The tables that one parameter asks for each key in turn, if they and a table serve nothing else; nil if there are no
    /// others. A list of domains that is the same, as virtual_alias_domains is by default, counts for nothing.
    ///
    /// - Parameter existing: maps whose tables stay apart.
    func commonList(of table: InventoriedTable, _ existing: [ListedMap]) -> [String]? {
        let parameters = parameters(of: table).filter {
            SearchParameter(named: $0)?.asksForDomains != true
        }
        guard parameters.count == 1, let search = SearchParameter(named: parameters[0]),
            search.asksTablesInTurn,
            let list = lists.first(where: {
                $0.use.parameter == parameters[0] && $0.tables.contains(.pgsql(table.name))
            })
        else { return nil }
        var tables: [String] = []
        for listed in list.tables {
            guard case .pgsql(let name) = listed, !tables.contains(name),
                !name.contains(where: { "{},".contains($0) }), let other = servedTable(name),
                other.usesInCompounds.isEmpty, !existing.contains(where: { $0.tables.contains(name) })
            else { return nil }
            for use in other.uses {
                let isSame = lists.contains { $0.use == use && $0.tables == list.tables }
                let isAlike = use.searchParameter.map { parameter in
                    !parameter.searchClass.isSearched || parameter.isSearched(as: search, searchFacts)
                }
                guard isSame, isAlike == true else { return nil }
            }
            tables.append(name)
        }
        return tables.count > 1 ? tables : nil
    }
}
