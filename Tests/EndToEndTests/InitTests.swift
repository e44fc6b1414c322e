// `mapmux init` against the real postconf(1), on configuration directories of its own.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("mapmux init", .serialized)
    struct InitTests {
        /// A configuration that names tables in every way, none of which may be asked for a connection.
        func postfix() throws -> TemporaryDirectory {
            let directory = try TemporaryDirectory()
            for name in ["aliases", "boxes", "busy", "domains", "from", "helo", "one", "sasl", "two"] {
                try directory.write(
                    "\(name).cf",
                    """
                    hosts = unix:/nonexistent
                    dbname = mail
                    password = table-password
                    query = SELECT goto FROM t WHERE address = '%s'

                    """)
            }
            try directory.write("dynamicmaps.cf", "pgsql\tpostfix-pgsql.so\tdict_pgsql_open\n")
            try directory.write(
                "main.cf",
                """
                compatibility_level = 3.6
                queue_directory = \(directory.path)/queue
                data_directory = \(directory.path)/data
                sql = pgsql:$config_directory
                mine = pgsql:${config_directory}/aliases.cf
                virtual_alias_maps = $mine
                    hash:/etc/aliases
                virtual_mailbox_domains = proxy:$sql/domains.cf
                virtual_mailbox_maps = proxy:pgsql:$config_directory/boxes.cf
                transport_maps = proxy:unionmap:{$sql/one.cf, $sql/two.cf}
                smtpd_restriction_classes = gated
                gated = check_sender_access $sql/from.cf, reject
                smtpd_recipient_restrictions = { check_sender_access inline:{x=gated} },
                    ${stress?{check_client_access $sql/busy.cf}:{permit}}
                relay_domains = pgsql:old
                old_hosts = localhost
                old_password = main-password
                not_used = unused-password

                """)
            try directory.write(
                "master.cf",
                """
                smtp      inet  n       -       y       -       -       smtpd
                submission inet n       -       y       -       -       smtpd
                  -o { smtpd_sender_restrictions = check_sasl_access $sql/sasl.cf, reject }
                  -o smtpd_helo_restrictions=check_helo_access,$sql/helo.cf
                  -o { smtpd_data_restrictions = { check_helo_access $sql/helo.cf } }
                proxymap  unix  -       -       n       -       -       proxymap
                virtual   unix  -       n       n       -       -       virtual
                local     unix  -       n       n       -       -       local

                """)
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/queue/private", withIntermediateDirectories: true)
            return directory
        }

        func initialize(
            _ directory: TemporaryDirectory, _ arguments: [String] = []
        ) throws -> Command.Result {
            try MapmuxProcess.run(["init", "-c", directory.path] + arguments)
        }

        func postconf(_ directory: TemporaryDirectory, _ arguments: [String]) throws -> String {
            let result = try run("postconf", ["-c", directory.path] + arguments)
            #expect(result.status == 0, "\(result.stderr)")
            return result.text
        }

        @Test("Every table of main.cf and master.cf is in the configuration, which check can read")
        func configuration() throws {
            let directory = try postfix()
            let file = "\(directory.path)/mapmux.conf"
            let result = try initialize(directory, ["--write", file])
            #expect(result.status == 0, "\(result.stderr)")
            let text = String(decoding: try readFile(file), as: UTF8.self)
            let maps = text.split(separator: "\n").filter { $0.hasPrefix("    pgsql:") }
            let names = ["aliases", "boxes", "busy", "domains", "from", "helo", "one", "sasl", "two"]
            #expect(Set(maps) == Set(names.map { "    pgsql:\(directory.path)/\($0).cf" }))
            #expect(text.contains("\nproxymap_listen = unix:\(directory.path)/queue/private/mapmux\n"))
            #expect(text.contains("\nproxymap_relay = unix:\(directory.path)/queue/private/proxymap\n"))
            #expect(text.contains("\nproxymap_greeting = yes\n"))
            #expect(
                result.text.contains("pgsql:\(directory.path)/boxes.cf: virtual_mailbox_maps, virtual(8)"))
            #expect(result.text.contains("pgsql:old: "))
            for output in [text, result.text, result.stderr] { #expect(!output.contains("password")) }

            // No database answers; nothing else is wrong.
            let check = try MapmuxProcess.run(["check", "-c", file])
            #expect(check.status == 75, "\(check.text) \(check.stderr)")
        }

        @Test(
            "The encoding is that of the Postfix found: an address beyond ASCII is found by both, or by neither"
        )
        func encoding() throws {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database, "INSERT INTO addresses VALUES (-1, 'grün@grün.example', 'box')")
            let directory = try postfix()
            let table = try scene.table("umlaut", query: "SELECT goto FROM addresses WHERE address = '%s'")
            try directory.write(
                "main.cf",
                """
                compatibility_level = 3.6
                queue_directory = \(directory.path)/queue
                smtputf8_enable = yes
                virtual_alias_maps = \(table)

                """)
            let file = "\(directory.path)/mapmux.conf"
            let made = try initialize(directory, ["--write", file])
            #expect(made.status == 0, "\(made.stderr)")
            for key in ["grün@grün.example", "user7@example.com"] {
                let stock = try run("postmap", ["-c", directory.path, "-q", key, table])
                let own = try MapmuxProcess.run(["query", "-c", file, "umlaut", key])
                #expect(own.status == stock.status && own.text == stock.text, "\(key): \(own) \(stock)")
            }
        }

        @Test("Without --write, all that is printed is a configuration")
        func printed() throws {
            let directory = try postfix()
            let result = try initialize(directory)
            #expect(result.status == 0)
            let file = try directory.write("printed.conf", result.text)
            try #require(
                try initialize(directory, ["--write", "\(directory.path)/written.conf"]).status == 0)
            let written = String(decoding: try readFile("\(directory.path)/written.conf"), as: UTF8.self)
            #expect(result.text.hasPrefix(written))
            #expect(
                result.text.contains("\n#     postconf -c \(directory.path) -e 'proxymap_service_name = "))
            let check = try MapmuxProcess.run(["check", "-c", file])
            #expect(check.status == 75, "\(check.text) \(check.stderr)")
        }

        @Test("The commands of the first way put every table behind proxy:, and leave nothing to do")
        func firstWay() throws {
            let directory = try postfix()
            try perform(initialize(directory, ["--write", "\(directory.path)/1.conf"])) {
                !$0.contains("socketmap")
            }
            #expect(try postconf(directory, ["-h", "proxymap_service_name"]) == "mapmux\n")
            let path = "proxy:pgsql:\(directory.path)"
            for (parameter, value) in [
                ("virtual_alias_maps", "\(path)/aliases.cf hash:/etc/aliases"),
                ("virtual_mailbox_domains", "\(path)/domains.cf"),
                ("transport_maps", "unionmap:{\(path)/one.cf, \(path)/two.cf}"),
                ("gated", "check_sender_access \(path)/from.cf, reject"),
            ] {
                #expect(try postconf(directory, ["-x", "-h", parameter]) == "\(value)\n")
            }
            let stress = try postconf(
                directory, ["-x", "-h", "-o", "stress=yes", "smtpd_recipient_restrictions"])
            #expect(stress.contains("check_client_access \(path)/busy.cf"))
            let overrides = try postconf(directory, ["-P", "-x", "submission/inet"])
            #expect(overrides.contains("check_sasl_access,\(path)/sasl.cf,reject"))
            #expect(overrides.contains("check_helo_access,\(path)/helo.cf"))
            #expect(overrides.contains("{ check_helo_access \(path)/helo.cf }"))

            let again = try initialize(directory, ["--write", "\(directory.path)/2.conf"])
            let left = again.text.split(separator: "\n").filter {
                $0.hasPrefix("postconf") && $0.contains("proxy:") && !$0.contains("socketmap")
            }
            #expect(left.isEmpty, "\(left)")
            let maps = try ["1", "2"].map { name in
                let text = String(decoding: try readFile("\(directory.path)/\(name).conf"), as: UTF8.self)
                return Set(text.split(separator: "\n").filter { $0.hasPrefix("    pgsql:") })
            }
            #expect(maps[0] == maps[1])
        }

        @Test("The commands of the second way, those to think about too, leave no table that it can reach")
        func secondWay() throws {
            let directory = try postfix()
            try perform(initialize(directory, ["--write", "\(directory.path)/1.conf", "--socketmap"])) {
                $0.contains("socketmap")
            }
            let place = "socketmap:unix:private/mapmux-socketmap"
            for (parameter, value) in [
                // The other table would be asked for the first key after this one is for the last.
                ("virtual_alias_maps", "pgsql:\(directory.path)/aliases.cf hash:/etc/aliases"),
                ("virtual_mailbox_domains", "\(place):domains"),
                ("transport_maps", "proxy:unionmap:{\(place):one, \(place):two}"),
                // virtual(8) would refuse a socketmap.
                ("virtual_mailbox_maps", "proxy:pgsql:\(directory.path)/boxes.cf"),
            ] {
                #expect(try postconf(directory, ["-x", "-h", parameter]) == "\(value)\n")
            }
            let overrides = try postconf(directory, ["-P", "-x", "submission/inet"])
            #expect(overrides.contains("check_sasl_access,\(place):sasl,reject"))
        }

        /// Runs those of the printed postconf(1) commands that `isWanted`, the optional ones after the others.
        func perform(_ result: Command.Result, _ isWanted: (Substring) -> Bool) throws {
            #expect(result.status == 0, "\(result.stderr)")
            let lines = result.text.split(separator: "\n").filter(isWanted)
            let commands =
                lines.filter { $0.hasPrefix("postconf ") }
                + lines.filter { $0.hasPrefix("#postconf ") && !$0.contains(" -X ") }.map { $0.dropFirst() }
            #expect(!commands.isEmpty)
            for command in commands {
                let result = try run("sh", ["-c", String(command)])
                #expect(result.status == 0, "\(command): \(result.stderr)")
            }
        }
    }
}
