// Whether a map can be asked as `socketmap:` in all places that ask for it, with the same answers as its tables have there.

internal import LookupSearch
internal import LookupValues

/// How a map fares as socketmap.
enum SocketmapFitness: Equatable, Sendable {
    /// All places ask for full keys only.
    case wholeKey
    /// mapmux searches as Postfix does.
    case searched
    /// Postfix asks for the full key only, and nothing more is asked for: that suits some tables.
    case doubtful
    /// Postfix can't open it, or answers would be others; why, if no other note says so.
    case unfit(String?)
}

extension PostfixInventory {
    /// Every place that asks for a map, by its tables' names or by its own, and whether it is in a pipemap or unionmap.
    func places(of map: ListedMap) -> [(use: TableUse, isInCompound: Bool)] {
        let byTable = (served + unreachable).filter { map.tables.contains($0.name) }.flatMap { table in
            table.uses.map { ($0, table.usesInCompounds.contains($0)) }
        }
        return byTable + ownSocketmapUses(of: map).map { ($0.use, $0.isInCompound) }
    }

    /// Uses of mapmux's sockets, as far as their names tell.
    func ownSocketmapUses(of map: ListedMap) -> [SocketmapUse] {
        socketmapUses.filter { use in
            use.map == map.name
                && (use.socket.contains("mapmux")
                    || layout.ownSocketmap.map { use.socket == "unix:private/\($0)" } ?? false)
        }
    }

    func fitness(of map: ListedMap) -> SocketmapFitness {
        let search = map.search(searchFacts)
        let places = places(of: map)
        for (use, _) in places {
            let agent = ParameterTraits.agent(opening: use.parameter)
            if !Self.isVisible(use) || agent.map(isInUse) == true { return .unfit(nil) }
        }
        let other = "map_parameters has \(map.parameters.joined(separator: ", ")) for it"
        let searching = places.filter { !asksForWholeKey($0.use) }
        if searching.isEmpty {
            return search == nil || search?.searchClass == .password ? .wholeKey : .unfit(other)
        }
        // As ever: a table that no search is known for, or that is in a compound only, is asked once.
        if searching.allSatisfy({ $0.isInCompound || $0.use.searchParameter == nil }) {
            return search == nil ? .doubtful : .unfit(other)
        }
        guard let search else {
            return .unfit(
                map.parameters.count > 1
                    ? "searched in several ways (\(map.parameters.joined(separator: ", ")))" : other)
        }
        for (use, isInCompound) in places {
            if let reason = obstacle(
                to: search, of: map, in: use, isInCompound: isInCompound, searchFacts)
            {
                return .unfit(reason)
            }
        }
        if search.searchClass.asksForLocalParts, let table = ownDomains.unlisted.first {
            return .unfit("its keys depend on \(table), which local_domains can't list")
        }
        if let override = differingFacts.first(where: {
            SearchFact.concerns($0.parameter, search.searchClass)
        }) {
            return .unfit("\(override.service) has a \(override.parameter) of its own")
        }
        for list in lists where list.use.searchParameter?.asksTablesInTurn == true {
            if let reason = obstacle(to: map, in: list) { return .unfit(reason) }
        }
        return .searched
    }

    /// Whether Postfix asks for nothing but the full key there.
    func asksForWholeKey(_ use: TableUse) -> Bool {
        guard let parameter = use.searchParameter else { return false }
        return switch parameter.searchClass {
        case .fullKey: true
        case .password: !authenticatesBySender
        case .rewriting, .address, .transport, .addressAccess, .hostAccess, .heloAccess, .domainList: false
        }
    }

    /// Why a map's search would not give what Postfix looks for in a place; nil if it would.
    ///
    /// - Parameter facts: what the search goes by.
    func obstacle(
        to search: SearchParameter, of map: ListedMap, in use: TableUse, isInCompound: Bool,
        _ facts: PostfixFacts
    ) -> String? {
        if isInCompound { return "\(use.description) has it in a pipemap or unionmap" }
        guard let parameter = use.searchParameter, !parameter.isSearched(as: search, facts) else {
            return use.searchParameter == nil ? "\(use.description) searches in another way" : nil
        }
        guard asksForWholeKey(use) else { return "\(use.description) searches in another way" }
        let isWhole =
            parameter.asksForDomains
            && (search.searchClass.isOfAddresses && map.leavesDomains
                || search.searchClass.asksForLocalParts && !Self.mayCutDomains(facts))
        return isWhole ? nil : "\(use.description) asks for full keys only"
    }

    /// Whether a search for an address would begin an extension within a domain.
    static func mayCutDomains(_ facts: PostfixFacts) -> Bool {
        facts.recipientDelimiter.contains {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }

    /// Why a map can't stand in a list of tables that are asked for each key in turn; nil if it can.
    private func obstacle(to map: ListedMap, in list: TableList) -> String? {
        let own = map.tables.map(ListedTable.pgsql)
        let isSplit = list.splits(own, isSelf: { isOwn($0, map) }) { table in
            maps.contains { $0.search(searchFacts) != nil && isOwn(table, $0) }
        }
        return isSplit ? "\(list.use.description) has other tables beside it" : nil
    }

    private func isOwn(_ table: ListedTable, _ map: ListedMap) -> Bool {
        guard case .socketmap(let text) = table else { return false }
        return ownSocketmapUses(of: map).contains { "\($0.socket):\($0.map)" == text }
    }
}
