// Which tables mapmux would serve, under which names, and which it could not.

import Testing

@testable import PostfixInventory

@Suite("The inventory of a Postfix")
struct InventoryTests {
    @Test("Tables of main.cf, of variables, of restriction classes and of master.cf are served, each once")
    func served() {
        let inventory = Postfix(
            parameters: [
                "gated = check_sender_access pgsql:/etc/gated.cf, reject",
                "mine = pgsql:/etc/mine.cf",
                "smtpd_recipient_restrictions = { check_recipient_access pgsql:/etc/rcpt.cf }, gated",
                "virtual_alias_maps = $mine, hash:/etc/virtual",
            ],
            expanded: [
                "virtual_alias_domains = pgsql:/etc/mine.cf, hash:/etc/virtual",
                "virtual_alias_maps = pgsql:/etc/mine.cf, hash:/etc/virtual",
            ],
            user: ["gated", "mine"],
            overrides: ["submission/inet/smtpd_sender_restrictions = check_sender_access pgsql:/etc/rcpt.cf"]
        ).inventory()
        #expect(inventory.served.map(\.name) == ["/etc/gated.cf", "/etc/mine.cf", "/etc/rcpt.cf"])
        #expect(
            inventory.served.map { $0.uses.map(\.description) } == [
                ["gated (check_sender_access)"],
                ["virtual_alias_domains", "virtual_alias_maps"],
                [
                    "smtpd_recipient_restrictions (check_recipient_access)",
                    "smtpd_sender_restrictions (check_sender_access) of submission/inet",
                ],
            ])
        #expect(inventory.unservable.isEmpty && inventory.unreachable.isEmpty)
    }

    @Test("A branch that is not taken now counts, also where only a variable shows its table")
    func conditions() {
        let inventory = Postfix(
            parameters: [
                "mine = pgsql:/etc/mine.cf", "relay_domains = ${stress?{pgsql:/etc/busy.cf}:{$mine2}}",
                "virtual_alias_maps = ${stress?$mine}",
            ],
            expanded: ["relay_domains =", "virtual_alias_maps ="], user: ["mine"]
        ).inventory()
        #expect(Set(inventory.served.map(\.name)) == ["/etc/mine.cf", "/etc/busy.cf"])
    }

    @Test("A variable that holds the beginning of names is no table itself")
    func beginnings() {
        let postfix = Postfix(
            parameters: ["sql = pgsql:/etc/sql/", "relay_domains = ${sql}relay.cf"],
            expanded: ["relay_domains = pgsql:/etc/sql/relay.cf"], user: ["sql"])
        #expect(postfix.inventory().served.map(\.name) == ["/etc/sql/relay.cf"])
        #expect(
            postfix.commands().filter { $0.contains("proxy:") } == [
                "postconf -e 'relay_domains = proxy:${sql}relay.cf'"
            ])
    }

    @Test("Names are the files', made unique and free of what separates names")
    func names() {
        let inventory = Postfix(parameters: [
            """
            relay_domains = pgsql:/a/t.cf pgsql:/b/t.cf pgsql:/c/b/t.cf pgsql:/a/x:y=z.cf pgsql:/a/#n.cf pgsql:/a/plain pgsql:/a/.cf
            """
        ]).inventory()
        #expect(inventory.served.map(\.mapName) == ["t", "b-t", "t-2", "x-y-z", "-n", "plain", ".cf"])
        let configuration = inventory.configuration(socketGroup: "postfix")
        for line in [
            "    pgsql:/a/t.cf", "    b-t=pgsql:/b/t.cf", "    t-2=pgsql:/c/b/t.cf",
            "    x-y-z=pgsql:/a/x:y=z.cf", "    -n=pgsql:/a/#n.cf", "    pgsql:/a/plain",
            "    .cf=pgsql:/a/.cf",
        ] {
            #expect(configuration.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }

    @Test("A table with its parameters in main.cf can't be served, and its password is not looked at")
    func legacy() {
        let postfix = Postfix(
            parameters: [
                "old_hosts = localhost", "old_password = pgsql:secret", "relay_domains = pgsql:old",
                "transport_maps = pgsql:./relative.cf pgsql:/t.cf",
            ], user: ["old_hosts", "old_password"])
        let inventory = postfix.inventory()
        #expect(inventory.unservable.map(\.name) == ["old", "./relative.cf"])
        #expect(inventory.served.map(\.name) == ["/t.cf"])
        #expect(postfix.text().contains("pgsql:old: relay_domains"))
        #expect(!postfix.text().contains("secret"))
    }

    @Test("Tables that only delivery agents or commands read are not served, but named with their reason")
    func unreachable() {
        let postfix = Postfix(parameters: [
            "alias_maps = pgsql:/aliases.cf", "authorized_submit_users = pgsql:/users.cf",
            "mailbox_command_maps = proxy:pgsql:/commands.cf", "proxy_read_maps = proxy:pgsql:/unused.cf",
            "virtual_mailbox_maps = pgsql:/boxes.cf", "virtual_uid_maps = pgsql:/uids.cf",
        ])
        let inventory = postfix.inventory()
        #expect(inventory.served.map(\.name) == ["/boxes.cf"])
        #expect(
            inventory.unreachable.map(\.name) == ["/aliases.cf", "/users.cf", "/commands.cf", "/uids.cf"])
        let text = postfix.text()
        #expect(text.contains("pgsql:/boxes.cf: virtual_mailbox_maps, virtual(8)\n"))
        #expect(text.contains("pgsql:/commands.cf: mailbox_command_maps, local(8)\n"))
        #expect(text.contains("pgsql:/users.cf: authorized_submit_users"))
        #expect(!text.contains("unused.cf"))
    }

    @Test("An alias table is served where smtpd(8) reads it for its recipients")
    func aliases() {
        let inventory = Postfix(
            parameters: ["alias_maps = pgsql:/aliases.cf"],
            expanded: ["local_recipient_maps = proxy:unix:passwd.byname pgsql:/aliases.cf"]
        ).inventory()
        #expect(inventory.served.map(\.name) == ["/aliases.cf"])
    }

    @Test(
        "The greeting follows the version",
        arguments: [
            ("2.11.3", "no"), ("3.5.25", "no"), ("3.6.0", "yes"), ("3.11-20250101", "yes"), ("4.0", "yes"),
        ])
    func greeting(_ version: String, _ value: String) {
        let inventory = Postfix(parameters: ["relay_domains = pgsql:/a"], version: version).inventory()
        #expect(inventory.configuration(socketGroup: "g").contains("\nproxymap_greeting = \(value)\n"))
    }

    @Test(
        "The encoding follows the version, too",
        arguments: [("2.11.3", "LATIN1"), ("3.7.11", "LATIN1"), ("3.8.0", "UTF8"), ("3.10.5", "UTF8")])
    func encoding(_ version: String, _ value: String) {
        let inventory = Postfix(parameters: ["relay_domains = pgsql:/a"], version: version).inventory()
        #expect(inventory.configuration(socketGroup: "g").contains("\ndefault_encoding = \(value)\n"))
    }

    @Test("Where Postfix has been told of mapmux already, the relay is still its own proxymap")
    func again() {
        let inventory = Postfix(
            parameters: ["relay_domains = proxy:pgsql:/a"],
            expanded: ["proxymap_service_name = mapmux", "queue_directory = /q"]
        ).inventory()
        let configuration = inventory.configuration(socketGroup: "mail")
        for line in [
            "proxymap_listen = unix:/q/private/mapmux", "proxymap_relay = unix:/q/private/proxymap",
            "socketmap_listen = unix:/q/private/mapmux-socketmap", "socket_group = mail",
        ] {
            #expect(configuration.contains("\n\(line)\n"))
        }
        #expect(inventory.problems.isEmpty)
    }

    @Test(
        "A further instance of Postfix gets a control socket of its own, where its unit may make it",
        arguments: [
            ("/var/spool/postfix-out", "unix:/run/mapmux-out/control"), ("/var/spool/postfix", nil),
            ("/srv/postfix-out", nil), ("/var/spool/postfix-a/b", nil),
        ])
    func instance(_ queue: String, _ socket: String?) {
        let configuration = Postfix(
            parameters: ["relay_domains = proxy:pgsql:/a"], expanded: ["queue_directory = \(queue)"]
        ).inventory().configuration(socketGroup: "postfix")
        let line = configuration.split(separator: "\n").first { $0.hasPrefix("control_socket") }
        #expect(line.map(String.init) == socket.map { "control_socket = \($0)" })
        #expect(configuration.hasSuffix("\n") && !configuration.hasSuffix("\n\n"))
    }

    @Test("What stands in mapmux's way is a problem")
    func problems() {
        let inventory = Postfix(
            parameters: ["relay_domains = pgsql:/a"],
            overrides: ["relay/unix/proxymap_service_name = other"],
            services: ["mapmux     unix  -       -       n       -       -       spawn"]
        ).inventory()
        #expect(inventory.problems.count == 3)
        #expect(inventory.problems.allSatisfy { $0.contains("/etc/postfix/master.cf") })
    }

    @Test("A carriage return before a newline does not join two lines of postconf's output")
    func carriageReturn() {
        let inventory = Postfix(
            parameters: ["x = y\r", "virtual_alias_maps = pgsql:/etc/a.cf"]
        ).inventory()
        #expect(inventory.served.map(\.name) == ["/etc/a.cf"])
        #expect(inventory.served[0].uses.map(\.description) == ["virtual_alias_maps"])
    }
}
