// The keys of one search, made as they are asked for.

internal import LookupValues

/// The keys in their order: the first key of the search first, none twice, none empty: Postfix asks for no empty key.
///
/// A name with many labels has many parents: each is made only when `next` comes to it.
package struct SearchKeys: Sequence, IteratorProtocol, Sendable {
    /// How the parts of a name follow from the name.
    enum Parts: Sendable {
        /// `a.b.c`, `b.c`, `c`.
        case bare
        /// `a.b.c`, `.b.c`, `.c`.
        case dotted
        /// `192.0.2.1`, `192.0.2`, and so on: cut at the last one of this byte.
        case networks(separator: UInt8)
    }

    /// Keys before those of the name, in reverse.
    private var before: [SearchKey]
    /// The name whose parts are keys, the present part of it, and how the next one follows.
    private let name: [UInt8]
    private var part: Range<Int>
    private let parts: Parts
    /// Keys after those of the name, in reverse.
    private var after: [SearchKey]

    /// - Parameters:
    ///   - before, after: keys before and after those of the name. Those that are empty or there already are left out.
    ///   - name: empty if there is no name to be taken apart.
    init(
        before: [SearchKey] = [], name: ArraySlice<UInt8> = [], _ parts: Parts = .bare,
        after: [SearchKey] = []
    ) {
        var kept: [SearchKey] = []
        for key in before where Self.isNew(key, kept) { kept.append(key) }
        self.name = Array(name)
        part = 0..<name.count
        self.parts = parts
        var last: [SearchKey] = []
        // They end with `@`, so that they are no part of the name.
        for key in after where Self.isNew(key, kept + last) { last.append(key) }
        self.before = kept.reversed()
        self.after = last.reversed()
    }

    private static func isNew(_ key: SearchKey, _ others: [SearchKey]) -> Bool {
        !key.bytes.isEmpty && !others.contains { $0.bytes == key.bytes }
    }

    package mutating func next() -> SearchKey? {
        if let key = before.popLast() { return key }
        if part.isEmpty { return after.popLast() }
        let key = SearchKey(Array(name[part]))
        part = nextPart
        return key
    }

    /// What follows the present part of the name; empty if nothing does.
    private var nextPart: Range<Int> {
        switch parts {
        case .bare, .dotted:
            guard let dot = name[(part.lowerBound + 1)..<part.upperBound].firstIndex(of: UInt8(ascii: "."))
            else { return part.upperBound..<part.upperBound }
            if case .bare = parts { return dot + 1..<part.upperBound }
            return dot..<part.upperBound
        case .networks(let separator):
            return part.lowerBound..<(name[part].lastIndex(of: separator) ?? part.lowerBound)
        }
    }
}
