// Lists of addresses, as values of rewriting tables are.

internal import LookupValues

/// Adds an extension to the addresses of a list, as mail_addr_crunch(3) does.
enum AddressList {
    /// The addresses of a list with the extension at the end of their local parts, within the quotes of quoted ones. A list without
    /// any address stays as it is: Postfix says what is wrong with it.
    ///
    /// - Parameter addressExtension: with its delimiter; not quoted.
    static func adding(_ addressExtension: [UInt8], to list: [UInt8]) -> [UInt8] {
        let addresses = AddressList.addresses(in: AddressToken.all(in: list))
        guard !addresses.isEmpty else { return list }
        var text: [UInt8] = []
        for address in addresses {
            if !text.isEmpty { text += Array(", ".utf8) }
            text += adding(addressExtension, to: address)
            // Longer than any reply may be: many addresses times a long extension would be too much memory.
            if text.count > longest { return text }
        }
        return text
    }

    /// In bytes: more than a reply has room for.
    private static let longest = 1 << 20

    private static func adding(_ addressExtension: [UInt8], to address: ArraySlice<AddressToken>) -> [UInt8] {
        var address = address
        // trivial-rewrite(8) takes the route away, and so makes the last `@` the only one of `@relay:user@domain`.
        if address.first == .at, let colon = address.firstIndex(of: .mark(UInt8(ascii: ":"))) {
            address = address[(colon + 1)...]
        }
        var (start, end) = (address.startIndex, address.endIndex)
        if let at = address.lastIndex(of: .at) {
            end = at
        } else if let bang = address.firstIndex(of: .mark(UInt8(ascii: "!"))) {
            // Of `domain!user` and `user%domain`, trivial-rewrite(8) makes `user@domain` before the extension is added.
            start = bang + 1
        } else if let percent = address.lastIndex(of: .mark(UInt8(ascii: "%"))) {
            end = percent
        }
        let local = address[start..<end].flatMap(\.unquoted) + addressExtension
        // The extension brings no domain with it where there is none, nor does what was in quotes.
        let isMisread =
            !address.contains(.at) && local.contains { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "!") }
        let quoted =
            isMisread
            ? AddressToken.word(local, isQuoted: true).quoted : QuotedAddress.quoted(local, isLocalPart: true)
        return address[..<start].flatMap(\.quoted) + quoted + address[end...].flatMap(\.quoted)
    }

    /// The tokens of each address, found as tok822_parse(3) does it: from the right to the left. Names before `<` and of groups are
    /// none, words without a mark between them are addresses of their own, and what is strange is a part of an address.
    private static func addresses(in tokens: [AddressToken]) -> [ArraySlice<AddressToken>] {
        var found: [ArraySlice<AddressToken>] = []
        /// The first token of the address that was found last, or the end.
        var right = tokens.count
        var index = tokens.count - 1
        var mayBeWord = true
        var isInGroup = false
        func note(after left: Int) {
            if left + 1 < right { found.append(tokens[(left + 1)..<right]) }
        }
        func skip(until marks: String) {
            while index >= 0 {
                if case .mark(let byte) = tokens[index], marks.utf8.contains(byte) { return }
                index -= 1
            }
        }
        while index >= 0 {
            switch tokens[index] {
            case .mark(UInt8(ascii: ";")):
                note(after: index)
                right = index
                (mayBeWord, isInGroup) = (true, true)
            case .mark(UInt8(ascii: ":")) where isInGroup:
                note(after: index)
                skip(until: ",")
                right = index
                continue
            case .mark(UInt8(ascii: ">")):
                note(after: index)
                right = index
                skip(until: "<")
                // An empty one, `<>`, is an address, too.
                if index + 1 == right, index >= 0 { found.append([]) } else { note(after: index) }
                skip(until: ">;,:")
                right = index
                mayBeWord = true
                continue
            case .mark(UInt8(ascii: ",")):
                note(after: index)
                right = index
                mayBeWord = true
            case .mark: mayBeWord = true
            case .word, .literal:
                if !mayBeWord {
                    note(after: index)
                    right = index + 1
                }
                mayBeWord = false
            }
            index -= 1
        }
        note(after: -1)
        return found.reversed()
    }
}
