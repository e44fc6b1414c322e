// The domains that Postfix takes for its own: what local_domains of mapmux.conf has to say.

/// What resolve_local(3) and myorigin come to.
package struct OwnDomains: Equatable, Sendable {
    /// Names, and addresses as `[192.0.2.1]` and `[IPv6:2001:db8::1]`; each once.
    package private(set) var domains: [String] = []
    /// What names domains that can't be listed: tables in mydestination, or a file that can't be read.
    package private(set) var unlisted: [String] = []

    init(_ postconf: PostconfOutput) {
        addOrigin(postconf)
        addDestinations(postconf)
        addAddresses(postconf)
    }

    /// The names that a value of local_domains lacks, and those that it has besides.
    func differingNames(from value: String) -> [String] {
        let listed = Set(Self.words(value).map { $0.lowercased() })
        let own = Set(domains.map { $0.lowercased() })
        return listed.symmetricDifference(own).filter { !$0.hasPrefix("[") }.sorted()
    }

    /// The addresses that it lacks. Further ones, such as this machine may have had or get, count for nothing.
    func missingAddresses(in value: String) -> [String] {
        let listed = Set(Self.words(value).map { $0.lowercased() })
        return domains.filter { $0.hasPrefix("[") && !listed.contains($0.lowercased()) }
    }

    /// In Debian's Postfix, a path stands for the first line of the file.
    private mutating func addOrigin(_ postconf: PostconfOutput) {
        guard let origin = postconf["myorigin"] else { return }
        guard origin.hasPrefix("/") else { return add(origin) }
        guard let line = postconf.contents(of: origin)?.split(whereSeparator: \.isNewline).first else {
            return unlisted.append(origin)
        }
        add(line.trimmingBlanks)
    }

    /// string_list_match(3): the first pattern that fits counts, a `!` before it means that it is none.
    private mutating func addDestinations(_ postconf: PostconfOutput) {
        var excluded: Set<String> = []
        func patterns(_ value: String) -> [(text: String, isExcluded: Bool)] {
            Self.words(value).map { word in
                let text = word.drop { $0 == "!" }
                return (String(text), (word.count - text.count) % 2 == 1)
            }
        }
        var all: [(text: String, isExcluded: Bool)] = []
        for pattern in patterns(postconf["mydestination"] ?? "") {
            guard pattern.text.hasPrefix("/") else {
                all.append(pattern)
                continue
            }
            guard let list = postconf.list(inFile: pattern.text) else {
                unlisted.append(pattern.text)
                continue
            }
            all += patterns(list).map { ($0.text, $0.isExcluded != pattern.isExcluded) }
        }
        for (text, isExcluded) in all {
            if !text.hasPrefix("["), text.contains(":") {
                // Without what may be secret in it.
                unlisted.append(String(text.prefix { $0 != "{" }))
            } else if isExcluded {
                excluded.insert(text.lowercased())
            } else if !excluded.contains(text.lowercased()) {
                add(text)
            }
        }
    }

    /// inet_interfaces and proxy_interfaces, as own_inet_addr(3) and proxy_inet_addr(3) read them.
    private mutating func addAddresses(_ postconf: PostconfOutput) {
        let protocols = Self.words(postconf["inet_protocols"] ?? "all")
        var addresses: [String] = []
        for word in Self.words(postconf["inet_interfaces"] ?? "all") {
            switch word.lowercased() {
            case "all": addresses += postconf.hosts.interfaces
            case "loopback-only":
                addresses += postconf.hosts.interfaces.filter { $0.hasPrefix("127.") || $0 == "::1" }
            default: addresses += Self.addresses(of: word, postconf.hosts)
            }
        }
        for word in Self.words(postconf["proxy_interfaces"] ?? "") {
            addresses += Self.addresses(of: word, postconf.hosts)
        }
        for address in addresses {
            let isIPv6 = address.contains(":")
            if protocols.contains("all") || protocols.contains(isIPv6 ? "ipv6" : "ipv4") {
                add(isIPv6 ? "[IPv6:\(address)]" : "[\(address)]")
            }
        }
    }

    /// An address may stand in brackets.
    private static func addresses(of word: String, _ hosts: HostAddresses) -> [String] {
        let isBracketed = word.hasPrefix("[") && word.hasSuffix("]")
        return hosts.resolve(isBracketed ? String(word.dropFirst().dropLast()) : word)
    }

    private mutating func add(_ domain: String) {
        let isKnown = domains.contains { $0.lowercased() == domain.lowercased() }
        if domain.isEmpty || isKnown { return }
        // What can be no domain can't be in local_domains either, and no mail is for it.
        let marks = "/:=\"'!@{},".utf8
        if domain.hasPrefix("[") || !domain.utf8.contains(where: { marks.contains($0) || $0 <= 0x20 }) {
            domains.append(domain)
        }
    }

    /// Words between blanks and commas; braces hold a word together.
    private static func words(_ text: String) -> [String] {
        var words: [String] = [""]
        var depth = 0
        for character in text {
            switch character {
            case "{": depth += 1
            case "}": depth -= 1
            default: break
            }
            if depth <= 0, character == "," || character.isWhitespace {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
