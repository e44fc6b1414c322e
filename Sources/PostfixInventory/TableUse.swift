// A place where a Postfix configuration names a table.

package struct TableUse: Hashable, Sendable {
    /// Of an entry of master.cf, `name/type`; nil in main.cf.
    package let service: String?
    package let parameter: String
    /// The restriction that looks the table up, if any.
    package let restriction: String?

    /// `virtual_alias_maps`, `smtpd_sender_restrictions (check_sender_access)`, `relay_domains of relay/unix`.
    package var description: String {
        parameter + (restriction.map { " (\($0))" } ?? "") + (service.map { " of \($0)" } ?? "")
    }
}

/// A place where a Postfix configuration asks for a map as `socketmap:`.
package struct SocketmapUse: Hashable, Sendable {
    /// As main.cf has it: `unix:private/mapmux-socketmap`.
    let socket: String
    let map: String
    let use: TableUse
    let isInCompound: Bool
}

/// A `pgsql:` table and all that a Postfix configuration does with it.
package struct InventoriedTable: Sendable {
    /// The text after `pgsql:`.
    package let name: String
    /// In the order of postconf(1)'s output, main.cf first.
    package private(set) var uses: [TableUse] = []
    /// Those of them in a pipemap or unionmap.
    private(set) var usesInCompounds: Set<TableUse> = []
    /// Its name for socketmap clients and `mapmux query`; empty if mapmux does not serve it.
    package internal(set) var mapName = ""

    /// Whether any use opens it directly, without `proxy:`.
    private(set) var needsProxy = false
    /// Whether some use asks proxymap(8), or mapmux in its place, by this very name.
    private(set) var isProxied = false
    /// Whether some use is hidden from mapmux by a `proxy:` before the compound around it.
    private(set) var isInProxiedCompound = false

    /// Uses in variables, which count only through the parameters that refer to them.
    private var variables: [(use: TableUse, reference: TableReference)] = []

    init(name: String) {
        self.name = name
    }

    /// The file, if there is one: a name that begins otherwise has its parameters in main.cf.
    package var file: String? { name.hasPrefix("/") ? name : nil }

    mutating func add(_ use: TableUse, isVariable: Bool, _ reference: TableReference) {
        if isVariable {
            variables.append((use, reference))
            return
        }
        if !uses.contains(use) { uses.append(use) }
        if reference.isInCompound { usesInCompounds.insert(use) }
        switch reference.route {
        case .direct: needsProxy = true
        case .proxied: isProxied = true
        case .withinProxied: isInProxiedCompound = true
        }
    }

    /// Counts variables as uses if no parameter shows one, as in a branch of a condition that does not hold.
    mutating func takeVariablesForUses() {
        for (use, reference) in variables { add(use, isVariable: false, reference) }
    }
}
