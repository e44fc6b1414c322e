// A Postfix that serves a mail site, with its own proxymap(8) or with mapmux in its place.

import Glibc
import Testing
import ThrowawayServers

/// Who answers behind `proxymap_service_name`.
enum ProxymapService: String, CaseIterable, CustomTestStringConvertible {
    case own
    case mapmux

    var testDescription: String {
        switch self {
        case .own: "Postfix's own proxymap"
        case .mapmux: "mapmux"
        }
    }
}

final class MailServer: Sendable {
    let service: ProxymapService
    let postfix: PostfixInstance
    /// nil where Postfix's own proxymap serves.
    let mapmux: MapmuxProcess?
    /// The socket that outlives mapmux, where it has one.
    private let socket: HandedSocket?
    /// Its files must be there as long as the server is.
    private let site: MailSite?

    /// Starts Postfix on a site.
    ///
    /// - Parameter main: lines of main.cf that take the place of the site's.
    convenience init(
        _ service: ProxymapService, site: MailSite, main: [String: String] = [:], chroot: Bool = true,
        handingSocket: Bool = false
    ) throws {
        try self.init(
            service, tables: site.tables, main: Self.parameters(for: site).merging(main) { $1 },
            keeping: site, chroot: chroot, handingSocket: handingSocket)
    }

    /// - Parameters:
    ///   - tables: what mapmux serves; everything else goes to Postfix's own proxymap.
    ///   - main: lines of main.cf.
    ///   - parameters: lines of mapmux.conf.
    ///   - site: what the tables belong to.
    ///   - handingSocket: whether mapmux gets its socket from the test, which keeps it open.
    init(
        _ service: ProxymapService, tables: [String], main: [String: String],
        parameters: [String: String] = [:], keeping site: MailSite? = nil, chroot: Bool = true,
        handingSocket: Bool = false
    ) throws {
        self.service = service
        self.site = site
        var main = main
        switch service {
        case .own: break
        case .mapmux: main["proxymap_service_name"] = "mapmux"
        }
        postfix = try PostfixInstance(parameters: main, chroot: chroot)
        // Named by main.cf as files beside it; see `parameters`.
        try postfix.write("helo_access", "liar.test REJECT a lie\n.tricky.test REJECT never reached\n")
        try postfix.write("aliases", "postbox user1@mbx.test\nteam user1@mbx.test, user2@mbx.test\n")
        let path = postfix.privateSocket("mapmux")
        switch service {
        case .own:
            socket = nil
            mapmux = nil
        case .mapmux:
            socket = handingSocket ? try HandedSocket(path: path, name: "proxymap") : nil
            var own = [
                "socket_group": "postfix", "proxymap_relay": "unix:\(postfix.privateSocket("proxymap"))",
                "socketmap_listen": "unix:\(postfix.privateSocket(Self.socketmap))",
                "pool_size": "\(Self.poolSize)",
            ]
            if socket == nil { own["proxymap_listen"] = "unix:\(path)" }
            let mapmux = try MapmuxProcess(maps: tables, parameters: own.merging(parameters) { $1 })
            self.mapmux = mapmux
            try start(mapmux)
        }
        try postfix.start()
    }

    private func start(_ mapmux: MapmuxProcess) throws {
        try mapmux.start(socket: postfix.privateSocket(Self.socketmap), handing: socket)
    }

    static let poolSize = 4
    /// Its maps are `socketmap:unix:private/NAME:MAP` in main.cf.
    static let socketmap = "mapmux-socketmap"

    /// Starts the daemon again after it was ended with a signal, or does what comes closest in Postfix.
    func restartProxymap(with signal: Int32) throws {
        guard let mapmux else {
            for daemon in try postfix.daemons("proxymap") { kill(daemon, signal) }
            return
        }
        mapmux.signal(signal)
        let status = try mapmux.waitForExit()
        guard status == (signal == SIGKILL ? 128 + SIGKILL : 0) else {
            throw SupportError("mapmux ended with status \(status): \(mapmux.log().suffix(2000))")
        }
        try start(mapmux)
    }

    /// What both have logged, for the message of a failed expectation.
    func logs() -> String {
        "Postfix: \(postfix.log().suffix(3000))\nmapmux: \(mapmux?.log().suffix(3000) ?? "")"
    }

    /// main.cf of a site: every list, map and restriction goes through `proxy:`.
    private static func parameters(for site: MailSite) -> [String: String] {
        func proxied(_ names: String...) -> String {
            names.map { "proxy:\(site.table($0))" }.joined(separator: ", ")
        }
        return [
            "recipient_delimiter": "+", "mynetworks": "198.51.100.0/24",
            // The default, but for the aliases: what is not a pgsql table goes through the same service.
            "local_recipient_maps": "proxy:unix:passwd.byname $alias_maps",
            "alias_maps": "texthash:$config_directory/aliases",
            "virtual_alias_domains": proxied("alias_domains"),
            "virtual_alias_maps": proxied("aliases"),
            "virtual_mailbox_domains": proxied("mailbox_domains"),
            "virtual_mailbox_maps": proxied("mailboxes", "catchall_mailboxes"),
            "relay_domains": proxied("relay_domains"),
            "relay_recipient_maps": proxied("relay_recipients"),
            "transport_maps": proxied("transports"),
            "smtpd_sender_login_maps": proxied("sender_logins"),
            "smtpd_client_restrictions": "check_client_access \(proxied("client_access"))",
            "smtpd_helo_restrictions": "check_helo_access proxy:texthash:$config_directory/helo_access",
            "smtpd_sender_restrictions":
                "check_sender_access \(proxied("sender_access")), reject_sender_login_mismatch, reject_unlisted_sender",
            "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
            "smtpd_recipient_restrictions": "check_recipient_access \(proxied("recipient_access"))",
            // For reject_sender_login_mismatch; logins come by XCLIENT, and without TLS nobody can log in otherwise.
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_tls_auth_only": "yes",
        ]
    }
}
