// Addresses to ask Postfix about: those that are hard, and random ones of hard parts.

import LookupValues
import TestSupport

struct AddressSample: Sendable {
    /// As an SMTP client says it, within `<>`.
    let text: String
    /// The forms in which Postfix may begin a search for it.
    let firstKeys: [String]

    /// - Parameters:
    ///   - text: in quotes only if it must be. If letters are not lower-case, Postfix folds them.
    ///   - domain: what Postfix makes of the domain; nil: what stands behind the last `@`.
    ///   - others: other first keys of searches for it.
    init(_ text: String, domain: String? = nil, others: [String] = []) {
        self.text = text
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let local = parts.dropLast().joined(separator: "@")
        let domain = (domain ?? String(parts.last ?? "")).lowercased()
        firstKeys = ["\(local)@\(domain)".lowercased()] + others
    }

    /// An address without a domain.
    init(bare text: String) {
        self.text = text
        firstKeys = [text] + [SearchSetting.origin, SearchSetting.host].map { "\(text)@\($0)" }
    }

    static let bare = ["u+x", "u-x", "\"a b+x\"", "\"a b\"", "+x", "owner-u+x", "mailer-daemon", "u"].map {
        Self(bare: $0)
    }

    /// At hosts whose addresses need no name server.
    static let literal = [
        "u@[192.0.2.7]", "u+x@[10.9.8.7]", "u@[IPv6:2001:db8::1:2]", "u@[IPv6:2001:db8:0:0:1:2:3:4]",
        "u@[IPv6:::1]",
        "u@[1.2.3.4]", "u@[255.0.0.1]", "u@[IPv6:2001:DB8::F]",
    ].map { Self($0) }

    static let hard =
        [
            "u+x@mailbox.test", "\"a b+x\"@mailbox.test", "\"a b\"@local.test", "\"a b+x-y\"@local.test",
            "u+x@local.test", "u-x@origin.test", "u+x@mail.test", "u+x@[127.0.0.1]", "u@[10.9.8.7]",
            "u-x@[192.0.2.99]", "u+x@alias.test", "u+x@relay.test", "u=x@a.b.relay.test",
            "postmaster+x@mailbox.test", "postmaster-x@local.test", "Postmaster@local.test",
            "Mailer-Daemon+x@mailbox.test", "Mailer-Daemon@mailbox.test", "mailer-daemon@local.test",
            "double-bounce+x@mailbox.test", "Double-Bounce@mailbox.test", "double-bounce@local.test",
            "un-deliverable@alias.test", "un-deliverable-x@alias.test", "Un-Deliverable@local.test",
            "owner-list@mailbox.test", "Owner-list-x@mailbox.test", "owner-@mailbox.test",
            "owner-list+x@local.test", "list-request@mailbox.test", "list-request+x@mailbox.test",
            "a-b-Request@mailbox.test", "owner@mailbox.test", "request@mailbox.test",
            "a-b-requests@mailbox.test",
            "+x@mailbox.test", "++x@mailbox.test", "+@local.test", "=x+y@local.test", "u+@mailbox.test",
            "u+-@mailbox.test", "u-+@local.test", "u-x+y@mailbox.test", "u+x-y@mailbox.test",
            "u=x+y@mailbox.test",
            "u#x@mailbox.test", "u#x+y@local.test", "U+X@MailBox.TEST", "u%v+x@mailbox.test",
            "a!u+x@mailbox.test",
            "\"a+b@c\"@mailbox.test", "\"a@b+c\"@mailbox.test", "\"a@b@c\"@alias.test", "\"@+x\"@relay.test",
            "\"u\\\"+x\"@mailbox.test", "\"u+\\\"x\"@local.test", "\"u\\\\+x\"@mailbox.test",
            "\"+x y\"@local.test",
            "\" +x\"@local.test", "\"a,b+c,d\"@local.test", "\"a..b+c\"@mailbox.test",
            "\".a+b\"@mailbox.test",
            "a.+b@mailbox.test", "\"a+b.\"@local.test", "\"(a)+b\"@local.test", "\"a:b+c\"@local.test",
            "\"<a>+b\"@local.test", "\"[a]+b\"@mailbox.test", "a/b+c@local.test", "{a}+b@local.test",
            "ü+x@mailbox.test", "u+ü@bücher.test", "\"ü b+x\"@local.test", "ü@local.test", "日+本@日本.test",
            "u+x@a.b.c.d.e.f.g.h", "u+x@x", "u+x@[IPv6:2001:db8::1]", "u+x@[IPv6:2001:db8::99]",
            "u-x@[IPv6:2001:DB8:0::0:99]", "\"a b+x\"@[127.0.0.1]", "u+x@sub.local.test",
            "u+x@host_.x-y.test",
            "u+x@\(Array(repeating: "a", count: 127).joined(separator: "."))", "u'x+y@local.test",
            "$u+x@mailbox.test",
        ].map { Self($0) }
        + [
            Self("u+x@a.b.c.", domain: "a.b.c"), Self("u+x@local.test.", domain: "local.test"),
            Self("u+x@1.2.3.4", domain: "[1.2.3.4]", others: ["u+x@1.2.3.4"]),
            // trivial-rewrite(8) takes what is in quotes for the next address where the domain is local.
            Self("\"a+b@c\"@local.test", others: ["a+b@c"]),
            Self("@mailbox.test", others: ["\"\"@mailbox.test"]),
            // Nobody at a local domain is who sends bounces.
            Self("\"\"@local.test", others: ["mailer-daemon@local.test"]),
        ]

    /// Random addresses. What is found must be of a kind that no program changes on the way.
    static func random(_ count: Int, _ numbers: inout SplitMix64) -> [Self] {
        (0..<count).map { _ in
            var local = words[numbers.below(words.count)]
            for _ in 0..<numbers.below(4) {
                local += delimiters[numbers.below(delimiters.count)] + words[numbers.below(words.count)]
            }
            if numbers.below(8) == 0 { local += delimiters[numbers.below(delimiters.count)] }
            if numbers.below(3) == 0 {
                let special = specials[numbers.below(specials.count)]
                let place = local.index(local.startIndex, offsetBy: numbers.below(local.count + 1))
                local = "\"\(local[..<place])\(special)\(local[place...])\""
            }
            // An inner `@` of a local domain is an address of its own.
            let choice = local.contains("@") ? foreignDomains : foreignDomains + localDomains
            return Self("\(local)@\(choice[numbers.below(choice.count)])")
        }
    }

    private static let words = [
        "u", "user", "owner", "request", "list", "mailer", "daemon", "postmaster", "double", "bounce", "un",
        "deliverable", "o'brien", "a.b", "ü", "x%y", "{z}", "7",
    ]
    private static let delimiters = ["+", "-", "=", "#", "_", ".", "++", "+-"]
    /// Each must be in quotes wherever it stands.
    private static let specials = [
        " ", "@", "\\\"", "\\\\", "(", ")", ",", ":", ";", "<", ">", "[", "]", "..",
    ]
    private static let foreignDomains = [
        "mailbox.test", "alias.test", "relay.test", "sub.relay.test", "out.test", "a.b.c.d.e", "x",
        "[10.9.8.7]", "[ipv6:2001:db8::1]", "bücher.test", "x-y.z0",
    ]
    private static let localDomains = [
        "local.test", "origin.test", "mail.test", "[127.0.0.1]", "[192.0.2.99]",
    ]
}
