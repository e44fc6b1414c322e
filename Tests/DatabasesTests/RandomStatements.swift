// Random statements for the tables of a `NotificationScene`.

import LookupValues

/// The same statements for the same seed.
struct RandomStatements {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in statement() }.joined(separator: "; ")
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements.randomElement(using: &random)!
    }

    private mutating func statement() -> String {
        let key = pick(NotificationScene.keys).replacing("'", with: "''")
        let other = pick(NotificationScene.keys).replacing("'", with: "''")
        let value = pick(["NULL", "'v1'", "'v2'", "'\(other)'"])
        let domain = pick(["NULL", "'x.test'", "'y.test'"])
        let user = pick(["NULL", "'a'", "'b'", "'é'"])
        let order = pick(["address", "goto DESC", "n"])
        return pick([
            "INSERT INTO alias (address, goto, local, domain) VALUES ('\(key)', \(value), \(user), \(domain)) "
                + "ON CONFLICT DO NOTHING",
            "INSERT INTO alias (address, goto) VALUES ('\(key)', \(value)) ON CONFLICT (address) DO UPDATE SET goto = \(value)",
            "UPDATE alias SET goto = \(value), last_used = now() WHERE address = '\(key)'",
            "UPDATE alias SET active = NOT active WHERE address > '\(key)'",
            "UPDATE alias SET local = \(user), domain = \(domain) WHERE address = '\(key)'",
            "UPDATE alias SET address = '\(key)' WHERE address = '\(other)' AND NOT EXISTS "
                + "(SELECT FROM alias WHERE address = '\(key)')",
            "DELETE FROM alias WHERE address = (SELECT address FROM alias ORDER BY \(order) LIMIT 1)",
            "UPDATE domains SET transport = \(value) WHERE domain = \(domain)",
            "UPDATE mailbox SET name = coalesce(\(user), name), quota = 1 WHERE domain = \(domain)",
            "INSERT INTO mailbox (name, domain) VALUES (\(user), \(domain))",
            "DELETE FROM mailbox WHERE name = '\(key)'", "INSERT INTO parts VALUES ('\(key)', \(value))",
            "UPDATE parts SET address = '\(other)' WHERE address = '\(key)'",
            "DELETE FROM parts WHERE address = '\(key)'",
            "UPDATE elder SET v = \(value) WHERE k = '\(key)'",
            "INSERT INTO child VALUES ('\(key)', \(value))",
            "UPDATE people SET name = \(value) WHERE login = '\(key)'",
        ])
    }
}
