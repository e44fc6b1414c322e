// The commands for both ways in.

import Testing

@testable import PostfixInventory

@Suite("The steps")
struct StepsTests {
    @Test("First way: the service's name comes before the proxies, the reload after them")
    func proxymap() {
        let commands = Postfix(parameters: [
            "relay_domains = proxy:pgsql:/etc/relay.cf",
            "transport_maps = pgsql:/etc/it's.cf",
        ]).commands()
        #expect(
            commands.prefix(3) == [
                "postconf -e 'proxymap_service_name = mapmux'",
                "postconf -e 'transport_maps = proxy:pgsql:/etc/it'\\''s.cf'",
                "postfix reload",
            ])
    }

    @Test("Another instance's directory is in every command")
    func instance() {
        let commands = Postfix(parameters: ["relay_domains = pgsql:/a"]).commands(
            configurationDirectory: "/etc/postfix out")
        #expect(!commands.isEmpty)
        #expect(commands.allSatisfy { $0.contains(" -c '/etc/postfix out' ") })
    }

    @Test("A variable is changed where it is set, and only if a use of it has no proxy")
    func variables() {
        let postfix = Postfix(
            parameters: [
                "bare = pgsql:/bare.cf", "proxied = pgsql:/proxied.cf", "relay_domains = $bare",
                "transport_maps = proxy:$proxied",
            ],
            expanded: ["relay_domains = pgsql:/bare.cf", "transport_maps = proxy:pgsql:/proxied.cf"],
            user: ["bare", "proxied"])
        #expect(
            postfix.commands().filter { $0.contains("proxy:") } == [
                "postconf -e 'bare = proxy:pgsql:/bare.cf'"
            ])
    }

    @Test(
        "postconf -P takes no blanks: lists get commas, anything with braces a parameter of its own",
        arguments: [
            (
                "smtp/inet/smtpd_client_restrictions = check_client_access pgsql:/a, reject",
                [
                    "postconf -P smtp/inet/smtpd_client_restrictions=check_client_access,proxy:pgsql:/a,reject"
                ]
            ),
            (
                "smtp/inet/virtual_alias_maps = pipemap:{pgsql:/a,pgsql:/b}",
                ["postconf -P 'smtp/inet/virtual_alias_maps=pipemap:{proxy:pgsql:/a,proxy:pgsql:/b}'"]
            ),
            (
                "127.0.0.1:25/inet/mynetworks = { pgsql:/a }",
                [
                    "postconf -e 'mapmux_127_0_0_1_25_inet_mynetworks = { proxy:pgsql:/a }'",
                    "postconf -P '127.0.0.1:25/inet/mynetworks=$mapmux_127_0_0_1_25_inet_mynetworks'",
                ]
            ),
        ])
    func overrides(_ line: String, _ expected: [String]) {
        let commands = Postfix(overrides: [line]).commands()
        #expect(Array(commands.dropFirst().prefix(expected.count)) == expected)
    }

    @Test("Where all is done there is no command, and other instances are named")
    func done() {
        let inventory = Postfix(
            parameters: ["relay_domains = proxy:pgsql:/a"],
            expanded: [
                "multi_instance_directories = /etc/postfix-in, /etc/postfix-out",
                "proxymap_service_name = mapmux",
            ]
        ).inventory()
        #expect(
            inventory.steps(configurationDirectory: nil) == [
                .text("Postfix asks mapmux already: nothing is to be done.")
            ])
        #expect(inventory.otherInstances == ["/etc/postfix-in", "/etc/postfix-out"])
    }

    @Test("Where the units are installed, starting comes before Postfix is told")
    func starting() {
        let steps = Postfix(parameters: ["relay_domains = pgsql:/a"]).inventory().steps(
            configurationDirectory: nil, hasUnits: true)
        let commands = steps.compactMap { if case .command(let text) = $0 { text } else { nil } }
        #expect(commands.first?.hasPrefix("systemctl enable --now mapmux-") == true)
        #expect(commands.dropFirst().first == "postconf -e 'proxymap_service_name = mapmux'")
    }

    @Test("An instance has units of its own")
    func startingInstance() {
        let parameters = ["relay_domains = pgsql:/a", "queue_directory = /var/spool/postfix-out"]
        let steps = Postfix(parameters: parameters).inventory().steps(
            configurationDirectory: "/etc/postfix-out", hasUnits: true, addedTo: "/etc/mapmux/out.conf")
        let commands = steps.compactMap { if case .command(let text) = $0 { text } else { nil } }
        #expect(
            commands.prefix(3) == [
                "systemctl enable --now mapmux-socketmap@out.socket mapmux-proxymap@out.socket mapmux@out.service",
                "systemctl reload mapmux@out",
                "postconf -c /etc/postfix-out -e 'proxymap_service_name = mapmux'",
            ])
    }

    @Test("After something was added, mapmux has to read it, even where Postfix asks it already")
    func reloading() {
        let inventory = Postfix(
            parameters: ["relay_domains = proxy:pgsql:/a"], expanded: ["proxymap_service_name = mapmux"]
        ).inventory()
        for (hasUnits, command) in [
            (true, "systemctl reload mapmux"), (false, "mapmux reload -c '/etc/my file'"),
        ] {
            #expect(
                inventory.steps(configurationDirectory: nil, hasUnits: hasUnits, addedTo: "/etc/my file") == [
                    .text("Postfix asks mapmux already."),
                    .text("Have it read what is new in /etc/my file:"),
                    .command(command),
                ])
        }
    }

    @Test("What a file names that main.cf names is served, and changed by hand")
    func files() {
        let postfix = Postfix(
            parameters: [
                "mydestination = localhost /etc/dest !/etc/none",
                "mail_spool_directory = /etc/other", "relay_domains = /etc/relay",
            ],
            files: [
                "/etc/dest": "# pgsql:/no.cf\nexample.com\n  pgsql:/a.cf, proxy:pgsql:/b.cf\n",
                "/etc/other": "pgsql:/c.cf", "/etc/relay": "proxy:pgsql:/b.cf\n",
            ])
        #expect(postfix.inventory().served.map(\.name) == ["/a.cf", "/b.cf"])
        let steps = postfix.inventory().steps(configurationDirectory: nil)
        #expect(
            steps.filter { if case .text(let text) = $0 { text.hasSuffix("by hand.") } else { false } } == [
                .text("In /etc/dest, which mydestination names: proxy: before pgsql:/a.cf, by hand.")
            ])
    }

    @Test("A table that stays behind the proxy: of its compound is named")
    func compounds() {
        let postfix = Postfix(parameters: [
            "recipient_bcc_maps = proxy:pipemap:{pgsql:/stays.cf, hash:/x}",
            "sender_bcc_maps = proxy:pipemap:{pgsql:/moves.cf, static:x}",
        ])
        #expect(postfix.commands().contains { $0.contains("pipemap:{proxy:pgsql:/moves.cf, static:x}") })
        let notes = postfix.inventory().notes.joined(separator: "\n")
        #expect(notes.contains("pgsql:/stays.cf"))
        #expect(!notes.contains("pgsql:/moves.cf"))
    }

    @Test("A table with a proxy: of its own in a compound with another gets no third")
    func proxiedInCompound() {
        let value = "proxy:unionmap:{proxy:pgsql:/a.cf, static:x}"
        #expect(ParameterValueText(value, expand: { $0 }).proxied { _ in true } == value)
    }

    @Test("Every line is a comment in the configuration, and in a shell unless it is a command")
    func lines() {
        let steps = Postfix(parameters: ["relay_domains = pgsql:/a", "alias_maps = pgsql:old"]).steps()
        #expect(steps.allSatisfy { $0.forConfiguration.hasPrefix("#") })
        #expect(
            steps.allSatisfy { step in
                if case .command = step { return step.forShell.hasPrefix("post") }
                return step.forShell.isEmpty || step.forShell.hasPrefix("#")
            })
    }
}
