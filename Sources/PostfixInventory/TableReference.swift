// A place where a parameter's value names a table, and how Postfix opens the table.

/// A table in a value.
struct TableReference: Equatable, Sendable {
    /// How Postfix opens it.
    enum Route: Equatable, Sendable {
        case direct
        /// `proxy:` stands before it.
        case proxied
        /// `proxy:` stands before the `pipemap:{…}` or `unionmap:{…}` around it, an index into `compounds`: Postfix's
        /// proxymap(8) opens both.
        case withinProxied(compound: Int)
    }

    /// The text after `pgsql:`, expanded.
    let name: String
    let route: Route
    /// The restriction that looks it up, such as `check_sender_access`.
    let restriction: String?
    /// Whether it stands in a pipemap or unionmap, which asks it for keys of its own, or joins its values with others.
    let isInCompound: Bool
    /// The place of the word in the text, from `proxy:` or `pgsql:` on.
    let range: Range<Int>
}

/// A `socketmap:` in a value.
struct SocketmapReference: Equatable, Sendable {
    /// The text after `socketmap:`, expanded.
    let name: String
    /// As those of a table's reference.
    let restriction: String?
    let isInCompound: Bool
}

/// A `proxy:pipemap:{…}` or `proxy:unionmap:{…}`.
struct ProxiedCompound: Equatable, Sendable {
    /// Its `proxy:`; nil if a variable holds that.
    let prefix: Range<Int>?
    /// Whether every other table in it can be opened by any Postfix process, as `inline:` and `static:` can.
    var isPlain = true
}
