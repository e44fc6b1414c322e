// What Postfix does with the tables of each parameter: who opens them, and what else may stand in the value.

/// The delivery agents that refuse proxies for tables that decide about files, user IDs and commands.
enum DeliveryAgent: String, Sendable {
    case local
    case virtual

    /// The parameters that name the transport by which mail reaches it.
    var transportParameters: [String] {
        switch self {
        case .local: ["local_transport", "default_transport", "relay_transport"]
        case .virtual: ["virtual_transport", "default_transport", "relay_transport"]
        }
    }
}

enum ParameterTraits {
    /// The agent that opens the tables of a parameter with DICT_FLAG_PARANOID: it opens a table behind `proxy:` itself
    /// (dict_proxy_open()), and refuses a socketmap (dict_sockmap_open()).
    static func agent(opening parameter: String) -> DeliveryAgent? {
        switch parameter {
        case "alias_maps", "mailbox_command_maps": .local
        case "virtual_mailbox_maps", "virtual_uid_maps", "virtual_gid_maps": .virtual
        default: nil
        }
    }

    /// Whether the agent alone reads the parameter.
    static func isForAgentOnly(_ parameter: String) -> Bool {
        agent(opening: parameter) != nil && parameter != "virtual_mailbox_maps"
    }

    /// Read by postdrop(1), postqueue(1) and sendmail(1) with the rights of the user that runs them, who may not enter the
    /// queue directory's `private`.
    static func isForCommands(_ parameter: String) -> Bool {
        switch parameter {
        case "authorized_flush_users", "authorized_mailq_users", "authorized_submit_users",
            "local_login_sender_maps":
            true
        default: false
        }
    }

    /// Lists tables that are looked up under other parameters, or that are only built, never looked up.
    static func looksNothingUp(_ parameter: String) -> Bool {
        switch parameter {
        case "proxy_read_maps", "proxy_write_maps", "alias_database": true
        default: false
        }
    }

    /// Whether a word `/file/name` in the value stands for the contents of the file: see "/file/name" in postconf(5).
    static func takesFiles(_ parameter: String) -> Bool { fileParameters.contains(parameter) }

    private static let fileParameters: Set<String> = [
        "authorized_flush_users", "authorized_mailq_users", "authorized_submit_users",
        "authorized_verp_clients",
        "debug_peer_list", "fast_flush_domains", "lmtp_sasl_mechanism_filter", "mydestination", "mynetworks",
        "permit_mx_backup_networks", "qmqpd_authorized_clients", "relay_domains",
        "smtp_sasl_mechanism_filter",
        "smtpd_authorized_verp_clients", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts",
        "smtpd_client_event_limit_exceptions", "smtpd_sasl_exceptions_networks", "virtual_alias_domains",
        "virtual_mailbox_domains",
    ]
}
