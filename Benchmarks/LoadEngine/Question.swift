// One lookup of a load: the table and the key it asks for, and the one right answer.

/// The tables of a load.
package enum LoadTable: Int, CaseIterable, Sendable {
    /// Where mail for an address goes.
    case alias
    /// Whether a domain is ours.
    case domain
    /// What to do with a client's address.
    case access
    /// How a domain is delivered to.
    case transport
}

package struct Question: Equatable, Sendable {
    package enum Subject: Equatable, Sendable {
        /// user<n>@example<n mod 1000>.com
        case address
        /// @example<n>.com, for whatever has no address of its own there.
        case catchAll
        case domain
        case client
        case transport
        /// One of many of the same length, all of which are there: see `Workload.init(entriesFrom:)`.
        case entry
    }

    package let subject: Subject
    package let number: Int
    /// Whether nothing is to be found.
    package let isAbsent: Bool

    package init(_ subject: Subject, _ number: Int, isAbsent: Bool) {
        self.subject = subject
        self.number = number
        self.isAbsent = isAbsent
    }

    /// An address as the tables have them: every `gap`th is absent.
    package init(address number: Int) {
        self.init(.address, number, isAbsent: number % Self.gap == 0)
    }

    package var table: LoadTable {
        switch subject {
        case .address, .catchAll, .entry: .alias
        case .domain: .domain
        case .client: .access
        case .transport: .transport
        }
    }

    /// Appends the key. What is absent looks like what is there; only an address may be absent by its number.
    package func appendKey(to bytes: inout [UInt8]) {
        switch subject {
        case .address:
            let isKnown = !isAbsent || number % Self.gap == 0
            bytes.append(contentsOf: isKnown ? "user".utf8 : "nobody".utf8)
            bytes.append(decimal: number)
            bytes.append(contentsOf: "@example".utf8)
            bytes.append(decimal: number % 1_000)
            bytes.append(contentsOf: ".com".utf8)
        case .catchAll:
            bytes.append(UInt8(ascii: "@"))
            appendDomain(to: &bytes)
        case .domain, .transport:
            appendDomain(to: &bytes)
        case .client:
            bytes.append(contentsOf: isAbsent ? "10.1.".utf8 : "10.0.".utf8)
            bytes.append(decimal: number >> 8)
            bytes.append(UInt8(ascii: "."))
            bytes.append(decimal: number & 255)
        case .entry:
            bytes.append(contentsOf: "entry".utf8)
            bytes.append(decimal: number, digits: Self.entryDigits)
        }
    }

    static let entryDigits = 15

    /// One address in this many is in no table.
    package static let gap = 50

    private func appendDomain(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: isAbsent ? "unknown".utf8 : "example".utf8)
        bytes.append(decimal: number)
        bytes.append(contentsOf: ".com".utf8)
    }

    package var key: String {
        var bytes: [UInt8] = []
        appendKey(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil where nothing is to be found.
    package var value: String? {
        if isAbsent { return nil }
        var bytes: [UInt8] = []
        appendValue(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value to be found.
    package func appendValue(to bytes: inout [UInt8]) {
        switch subject {
        case .address, .catchAll:
            bytes.append(contentsOf: subject == .address ? "mbox".utf8 : "catchall".utf8)
            bytes.append(decimal: number)
            bytes.append(contentsOf: "@store".utf8)
            bytes.append(decimal: number % 10)
            bytes.append(contentsOf: ".example.net".utf8)
        case .domain:
            bytes.append(contentsOf: "virtual".utf8)
            bytes.append(decimal: number)
        case .client:
            bytes.append(contentsOf: "WARN client ".utf8)
            bytes.append(decimal: number)
        case .transport:
            bytes.append(contentsOf: "smtp:store".utf8)
            bytes.append(decimal: number % 10)
        case .entry:
            bytes.append(contentsOf: "value".utf8)
            bytes.append(decimal: number, digits: Self.entryDigits)
        }
    }
}

extension LoadTable {
    package var name: String { "\(self)" }

    /// The query of the table's pgsql_table(5) file.
    package var query: String {
        switch self {
        case .alias: "SELECT forw_addr FROM mxaliases WHERE alias = '%s' AND status = 'paid'"
        case .domain: "SELECT kind FROM domains WHERE domain = '%s' AND active"
        case .access: "SELECT action FROM access WHERE client = '%s'"
        case .transport: "SELECT transport FROM transports WHERE domain = '%s'"
        }
    }

    /// What fills the tables that `Question` asks for.
    ///
    /// - Parameter addresses: how many there are, those that are left out included.
    package static func schema(addresses: Int) -> String {
        """
        CREATE TABLE mxaliases (alias varchar(128), forw_addr varchar(128), status varchar(16));
        INSERT INTO mxaliases
            SELECT 'user' || n || '@example' || n % 1000 || '.com',
                'mbox' || n || '@store' || n % 10 || '.example.net', 'paid'
            FROM generate_series(1, \(addresses)) AS n WHERE n % \(Question.gap) <> 0
            UNION ALL
            SELECT '@example' || n || '.com', 'catchall' || n || '@store' || n % 10 || '.example.net', 'paid'
            FROM generate_series(0, 999) AS n;
        ALTER TABLE mxaliases ADD PRIMARY KEY (alias);
        CREATE TABLE domains (domain text PRIMARY KEY, active boolean NOT NULL, kind text NOT NULL);
        INSERT INTO domains SELECT 'example' || n || '.com', true, 'virtual' || n FROM generate_series(0, 999) AS n;
        CREATE TABLE access (client inet PRIMARY KEY, action text NOT NULL);
        INSERT INTO access
            SELECT ('10.0.' || n / 256 || '.' || n % 256)::inet, 'WARN client ' || n
            FROM generate_series(0, 65535) AS n;
        CREATE TABLE transports (domain text PRIMARY KEY, transport text NOT NULL);
        INSERT INTO transports SELECT 'example' || n || '.com', 'smtp:store' || n % 10 FROM generate_series(0, 999) AS n;
        VACUUM ANALYZE;
        """
    }
}

extension [UInt8] {
    /// Appends a number that is not negative, with zeros before it if it has fewer digits.
    mutating func append(decimal number: Int, digits: Int = 1) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
