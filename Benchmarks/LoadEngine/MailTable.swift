// The tables of a relay that measures mails: the parameter of main.cf that each stands in, its query, and what is in it.

/// One pgsql_table(5) file of the relay.
package enum MailTable: String, CaseIterable, Sendable {
    case aliasDomains = "alias_domains"
    case aliases
    case mailboxDomains = "mailbox_domains"
    case mailboxes
    case relayDomains = "relay_domains"
    case relayRecipients = "relay_recipients"
    case transports
    case senderLogins = "sender_logins"
    case clientAccess = "client_access"
    case senderAccess = "sender_access"
    case recipientAccess = "recipient_access"

    package var name: String { rawValue }

    /// The parameter or restriction of main.cf that the table stands in.
    package var parameter: String {
        switch self {
        case .aliasDomains: "virtual_alias_domains"
        case .aliases: "virtual_alias_maps"
        case .mailboxDomains: "virtual_mailbox_domains"
        case .mailboxes: "virtual_mailbox_maps"
        case .relayDomains: "relay_domains"
        case .relayRecipients: "relay_recipient_maps"
        case .transports: "transport_maps"
        case .senderLogins: "smtpd_sender_login_maps"
        case .clientAccess: "check_client_access"
        case .senderAccess: "check_sender_access"
        case .recipientAccess: "check_recipient_access"
        }
    }

    package var query: String {
        switch self {
        case .aliasDomains: "SELECT 'alias' FROM domains WHERE domain = '%s' AND kind = 'alias'"
        case .aliases: "SELECT goto FROM aliases WHERE address = '%s'"
        case .mailboxDomains: "SELECT 'mailbox' FROM domains WHERE domain = '%s' AND kind = 'mailbox'"
        case .mailboxes: "SELECT maildir FROM mailboxes WHERE address = '%s' AND active"
        case .relayDomains: "SELECT 'relay' FROM domains WHERE domain = '%s' AND kind = 'relay'"
        case .relayRecipients: "SELECT 'known' FROM relay_recipients WHERE address = '%s'"
        case .transports: "SELECT transport FROM transports WHERE pattern = '%s'"
        case .senderLogins: "SELECT login FROM sender_logins WHERE address = '%s'"
        case .clientAccess: "SELECT action FROM access WHERE kind = 'client' AND pattern = '%s'"
        case .senderAccess: "SELECT action FROM access WHERE kind = 'sender' AND pattern = '%s'"
        case .recipientAccess: "SELECT action FROM access WHERE kind = 'recipient' AND pattern = '%s'"
        }
    }

    /// The lines of main.cf for a relay whose tables these are.
    ///
    /// - Parameters:
    ///   - nextHop: where all mail goes in the end.
    ///   - reference: how main.cf names a table.
    package static func main(nextHop: String, _ reference: (MailTable) -> String) -> [String: String] {
        var lines = [
            "recipient_delimiter": "+", "local_recipient_maps": "", "alias_maps": "",
            "virtual_transport": "smtp:\(nextHop)",
            // Sender logins are asked for only if clients may log in; without TLS none can.
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_tls_auth_only": "yes",
            "smtpd_client_restrictions": "check_client_access \(reference(.clientAccess))",
            "smtpd_sender_restrictions":
                "check_sender_access \(reference(.senderAccess)) reject_sender_login_mismatch",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "check_recipient_access \(reference(.recipientAccess))",
        ]
        for table in allCases where !table.parameter.hasPrefix("check_") {
            lines[table.parameter] = reference(table)
        }
        return lines
    }

    /// What fills the tables that `MailMix` draws from.
    ///
    /// - Parameter nextHop: where the transport table sends mail to.
    package static func schema(_ mix: MailMix, nextHop: String) -> String {
        """
        CREATE TABLE domains (domain text PRIMARY KEY, kind text NOT NULL);
        INSERT INTO domains SELECT 'example' || d || '.com',
            CASE WHEN d % 10 < 4 THEN 'alias' WHEN d % 10 < 8 THEN 'mailbox' ELSE 'relay' END
            FROM generate_series(0, \(mix.domainCount - 1)) AS d;
        CREATE VIEW numbers AS SELECT n, n % \(mix.domainCount) % 10 AS kind,
            'user' || n || '@example' || n % \(mix.domainCount) || '.com' AS address
            FROM generate_series(0, \(mix.addressCount + MailMix.aliasDistance - 1)) AS n;
        CREATE TABLE aliases (address text PRIMARY KEY, goto text NOT NULL);
        INSERT INTO aliases SELECT address, 'user' || n + \(MailMix.aliasDistance) || '@example'
                || (n + \(MailMix.aliasDistance)) % \(mix.domainCount) || '.com' FROM numbers WHERE kind < 4;
        CREATE TABLE mailboxes (address text PRIMARY KEY, maildir text NOT NULL, active boolean NOT NULL);
        INSERT INTO mailboxes SELECT address, address || '/', true FROM numbers WHERE kind BETWEEN 4 AND 7;
        CREATE TABLE relay_recipients (address text PRIMARY KEY);
        INSERT INTO relay_recipients SELECT address FROM numbers WHERE kind > 7;
        CREATE TABLE transports (pattern text PRIMARY KEY, transport text NOT NULL);
        INSERT INTO transports SELECT domain, 'smtp:\(nextHop)' FROM domains WHERE kind = 'relay';
        CREATE TABLE sender_logins (address text PRIMARY KEY, login text NOT NULL);
        INSERT INTO sender_logins SELECT address, 'login' || n FROM numbers WHERE kind = 4;
        CREATE TABLE access (kind text, pattern text, action text NOT NULL, PRIMARY KEY (kind, pattern));
        INSERT INTO access
            SELECT 'client', '10.' || n / 256 || '.' || n % 256, 'DUNNO' FROM generate_series(0, 65535, 3) AS n
            UNION ALL
            SELECT 'sender', 'corp' || n || '.example.net', 'DUNNO' FROM generate_series(0, 999, 10) AS n
            UNION ALL
            SELECT 'recipient', address, 'DUNNO' FROM numbers WHERE n % 20 = 0;
        DROP VIEW numbers;
        VACUUM ANALYZE;
        """
    }
}
