// The tables of one parameter, in the order in which Postfix asks them.

/// A table in a list.
enum ListedTable: Equatable, Sendable {
    /// The text after `pgsql:`.
    case pgsql(String)
    /// The text after `socketmap:`.
    case socketmap(String)
    /// One of another type, or a compound, whose name may be secret.
    case other(type: String)

    /// Whether Postfix asks it for the full key only (DICT_FLAG_PATTERN), if nothing searches it in Postfix's place.
    var isAskedOnce: Bool {
        switch self {
        case .pgsql: false
        case .socketmap: true
        case .other(let type): ["pcre", "regexp", "tcp"].contains(type)
        }
    }
}

/// The tables that a parameter lists: Postfix asks all of them for a key before it goes on to the next key.
struct TableList: Equatable, Sendable {
    let use: TableUse
    let tables: [ListedTable]

    /// Whether a map that answers for all keys at once would answer before other tables are asked for the first key, or
    /// after they are asked for the last. Only tables that are asked for the full key may be beside it, and before it.
    ///
    /// - Parameters:
    ///   - tables: the map's, which it may be the place of.
    ///   - isSelf: whether a table is the map.
    ///   - isSearched: whether mapmux searches a table.
    func splits(
        _ tables: [ListedTable], isSelf: (ListedTable) -> Bool, isSearched: (ListedTable) -> Bool
    ) -> Bool {
        guard let first = self.tables.firstIndex(where: { tables.contains($0) || isSelf($0) }) else {
            return false
        }
        let rest = self.tables[first...]
        let isWhole = rest.elementsEqual(tables) || rest.count == 1 && isSelf(rest[first])
        return !isWhole || !self.tables[..<first].allSatisfy { $0.isAskedOnce && !isSearched($0) }
    }
}
