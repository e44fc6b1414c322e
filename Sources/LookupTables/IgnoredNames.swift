// Names in a pgsql_table(5) file that Postfix ignores though they look meant, and the right ones.

enum IgnoredNames {
    /// Every name that counts.
    private static let known = [
        "hosts", "user", "password", "dbname", "encoding", "query", "select_function", "table",
        "select_field",
        "where_field", "additional_conditions", "result_format", "expansion_limit", "retry_interval",
        "idle_interval", "domain",
    ]

    /// Names in files of other programs, each with the parameter that means the same here.
    private static let others = [
        "host": "hosts", "hostname": "hosts", "server": "hosts", "servers": "hosts",
        "username": "user", "dbuser": "user", "login": "user", "role": "user",
        "pass": "password", "passwd": "password", "passwort": "password", "secret": "password",
        "database": "dbname", "db": "dbname", "db_name": "dbname",
        "charset": "encoding", "client_encoding": "encoding",
        "sql": "query", "select": "query", "statement": "query", "domains": "domain",
        "limit": "expansion_limit",
    ]

    /// Options that libpq takes in a connection string, and that are no parameters of Postfix's files.
    private static let connectionOptions: Set<String> = [
        "application_name", "channel_binding", "connect_timeout", "gssencmode", "hostaddr", "keepalives",
        "krbsrvname", "load_balance_hosts", "options", "passfile", "require_auth", "requirepeer", "service",
        "sslcert", "sslcertmode", "sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslpassword",
        "sslrootcert",
        "ssl_max_protocol_version", "ssl_min_protocol_version", "target_session_attrs", "tcp_user_timeout",
    ]

    /// The warning for a name; nil for one that counts, and for one that resembles none.
    static func remark(on name: String) -> String? {
        if known.contains(name) { return nil }
        // To Swift a byte order mark is a character, or part of one.
        if name.unicodeScalars.first == "\u{feff}" {
            let rest = String(String.UnicodeScalarView(name.unicodeScalars.dropFirst()))
            return "found a byte order mark before `\(rest)`, which is ignored for that; expected none"
        }
        let lower = name.lowercased()
        if lower == "port" {
            return
                "found `\(name)`, which is ignored; expected the port in `hosts`, as in db.example.com:5433"
        }
        if lower == "search_path" || lower == "schema" {
            return
                "found `\(name)`, which is ignored; expected the schema before each name in `query`, or ALTER "
                + "ROLE … SET search_path at the server"
        }
        if lower.hasPrefix("ssl") || lower.hasPrefix("tls") {
            return
                "found `\(name)`, which is ignored, so that the connection need not be encrypted; expected it "
                + "in a URI in `hosts`, as in postgresql://db.example.com/mail?sslmode=verify-full"
        }
        if connectionOptions.contains(lower) {
            return "found `\(name)`, which is ignored; expected it in a URI in `hosts`, as in "
                + "postgresql://db.example.com/mail?\(lower)=…"
        }
        guard let right = others[lower] ?? resembled(by: lower) else { return nil }
        return "found `\(name)`, which is ignored; expected `\(right)`, if that is meant"
    }

    /// The known name that differs from it in a letter or two.
    private static func resembled(by name: String) -> String? {
        let distances = known.map { (name: $0, distance: distance(Array($0.utf8), Array(name.utf8))) }
        let nearest = distances.min { $0.distance < $1.distance }!
        // In a short name two letters are too many.
        return nearest.distance <= (nearest.name.utf8.count < 6 ? 1 : 2) ? nearest.name : nil
    }

    /// How many letters must be put in, taken out, changed or swapped with the next one to make the other of it.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard abs(left.count - right.count) <= 2 else { return .max }
        var rows = [Array(0...right.count)]
        for (i, byte) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (byte == other ? 0 : 1))
                if i > 0, j > 0, byte == right[j - 1], left[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
