// A map that mapmux has or is to have for Postfix: its tables, and what Postfix asks it for.

internal import LookupSearch

/// A map as mapmux.conf has it.
package struct ListedMap: Equatable, Sendable {
    package let name: String
    /// The paths of its tables, in the order in which they are asked.
    package let tables: [String]
    /// What map_parameters has for it.
    package internal(set) var parameters: [String]

    package init(name: String, tables: [String], parameters: [String] = []) {
        self.name = name
        self.tables = tables
        self.parameters = parameters
    }

    /// The search that socketmap clients get; nil if they get none: without a parameter, and with parameters that are not
    /// searched alike.
    ///
    /// - Parameter facts: what the searches go by.
    func search(_ facts: PostfixFacts) -> SearchParameter? {
        parameters.compactMap { SearchParameter(named: $0) }.searchedAlike(by: facts)
    }

    /// Whether a key without `@` is taken for a domain, and asked for as it is.
    var leavesDomains: Bool { parameters.contains { SearchParameter(named: $0)?.asksForDomains == true } }
}

extension SearchParameter {
    /// Whether both come to the same keys and the same value.
    func isSearched(as other: SearchParameter, _ facts: PostfixFacts) -> Bool {
        SearchOrder(self, facts) == SearchOrder(other, facts)
    }

    /// Whether all tables of the parameter are asked for a key before any is asked for the next one. A restriction has one
    /// table, and in a list of domains each table is searched to its end before the next.
    var asksTablesInTurn: Bool {
        switch searchClass {
        case .rewriting, .address, .password, .transport: true
        case .addressAccess, .hostAccess, .heloAccess, .domainList, .fullKey: false
        }
    }
}
