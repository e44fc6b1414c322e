// The addresses of this machine and of hosts, as far as Postfix's configuration names them.

/// What is known of addresses of hosts.
package struct HostAddresses: Sendable {
    /// Of this machine's interfaces, as numbers.
    package let interfaces: [String]
    /// Of a host by its name or its address; none if it has none.
    package let resolve: @Sendable (String) -> [String]

    package init(interfaces: [String], resolve: @escaping @Sendable (String) -> [String]) {
        self.interfaces = interfaces
        self.resolve = resolve
    }

    /// Nothing but addresses that are written as such.
    package static let unknown = HostAddresses(interfaces: []) { name in
        name.contains(":") || name.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? [name] : []
    }
}
