// `mapmux init` against the real postconf(1), on configuration directories of its own.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("mapmux init", .serialized)
    struct InitTests {
        /// A configuration that names tables in every way, none of which may be asked for a connection.
        private func postfix() throws -> TemporaryDirectory {
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

        private func initialize(
            _ directory: TemporaryDirectory, _ arguments: [String] = []
        ) throws -> Command.Result {
            try MapmuxProcess.run(["init", "-c", directory.path] + arguments)
        }

        private func postconf(_ directory: TemporaryDirectory, _ arguments: [String]) throws -> String {
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
                ("virtual_alias_maps", "\(place):aliases hash:/etc/aliases"),
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

        @Test(
            "Where it ran before, every setting stays, what would be added is shown, and after that there is no more"
        )
        func again() throws {
            let directory = try postfix()
            let file = try directory.write(
                "mapmux.conf",
                """
                # Mine.
                pool_size = 2
                maps = own=pgsql:\(directory.path)/aliases.cf
                    # gone from main.cf
                    pgsql:/etc/elsewhere.cf

                proxymap_greeting = no

                """)
            let before = String(decoding: try readFile(file), as: UTF8.self)
            let shown = try initialize(directory, ["--write", file])
            #expect(shown.status == 73 && shown.stdout.isEmpty, "\(shown.text)")
            #expect(shown.stderr.contains("+    pgsql:\(directory.path)/boxes.cf\n"), "\(shown.stderr)")
            #expect(shown.stderr.contains("\(file):7: found proxymap_greeting = no, which stays"))
            #expect(shown.stderr.contains("--force adds these lines"))
            #expect(String(decoding: try readFile(file), as: UTF8.self) == before)

            let written = try initialize(directory, ["--write", file, "--force"])
            #expect(written.status == 0, "\(written.stderr)")
            #expect(written.text.contains("\nmapmux reload -c \(file)\n"), "\(written.text)")
            let after = String(decoding: try readFile(file), as: UTF8.self).split(separator: "\n")
            var rest = after[...]
            for line in before.split(separator: "\n") {
                let index = try #require(rest.firstIndex(of: line), "\(line)")
                rest = rest[(index + 1)...]
            }
            #expect(!after.contains("    pgsql:\(directory.path)/aliases.cf"))
            try perform(written) { !$0.contains("socketmap") }
            // With --force or without: there is no more to be done.
            let second = try initialize(directory, ["--write", file])
            #expect(second.status == 0, "\(second.stderr)")
            #expect(second.text.contains("nothing is to be changed"), "\(second.text)")
            #expect(second.text.contains("Postfix asks mapmux already"))
            #expect(!second.text.split(separator: "\n").contains { !$0.hasPrefix("#") }, "\(second.text)")
        }

        @Test("Files that main.cf names are read, and the commands are those of the Postfix that was asked")
        func files() throws {
            let directory = try postfix()
            let list = try directory.write(
                "list", "# pgsql:/no.cf\nexample.com\n pgsql:\(directory.path)/one.cf\n")
            let script = try directory.write("postconf", "#!/bin/sh\nexec postconf \"$@\"\n", mode: 0o755)
            _ = try postconf(directory, ["-e", "mydestination = localhost, \(list)"])
            let result = try initialize(
                directory, ["--postconf", script, "--write", "\(directory.path)/mapmux.conf"])
            #expect(result.status == 0, "\(result.stderr)")
            #expect(
                result.text.contains(
                    "In \(list), which mydestination names: proxy: before pgsql:\(directory.path)/one.cf"),
                "\(result.text)")
            let commands = result.text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.isEmpty }
            #expect(!commands.isEmpty)
            for command in commands { #expect(command.hasPrefix("\(directory.path)/post"), "\(command)") }
        }

        /// Runs those of the printed postconf(1) commands that `isWanted`, the optional ones after the others.
        private func perform(_ result: Command.Result, _ isWanted: (Substring) -> Bool) throws {
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

        @Test("A file that is there stays as it is unless --force is given, and then too where it has errors")
        func existing() throws {
            let directory = try postfix()
            let file = try directory.write("mapmux.conf", "pool_size = 2\nmine\nh\u{FC} = 1\n")
            for arguments in [["--write", file], ["--write", file, "--force"]] {
                let refused = try initialize(directory, arguments)
                #expect(refused.status == 78)
                #expect(refused.stdout.isEmpty)
                #expect(refused.stderr.contains("\(file):2: found no `=`"), "\(refused.stderr)")
                #expect(try readFile(file) == Array("pool_size = 2\nmine\nh\u{FC} = 1\n".utf8))
            }
            for (text, found) in [
                ("pol = 1\n", "found the unknown parameter `pol`"),
                ("\nworkers = 0\n", "found `workers = 0`"),
                ("socket_mode = 999\n", "found `socket_mode = 999`"),
            ] {
                try directory.write("mapmux.conf", text)
                let refused = try initialize(directory, ["--write", file, "--force"])
                #expect(refused.status == 78 && refused.stderr.contains(found), "\(refused.stderr)")
                #expect(try readFile(file) == Array(text.utf8))
            }
            let folder = try initialize(directory, ["--write", directory.path, "--force"])
            #expect(folder.status == 73 && folder.stderr.contains("expected a file that can be read"))
            // A file of nobody's making.
            try directory.write("mapmux.conf", "")
            let refused = try initialize(directory, ["--write", file])
            #expect(refused.status == 73 && refused.stderr.contains("--force"), "\(refused.stderr)")
            #expect(try initialize(directory, ["--write", file, "--force"]).status == 0)
            #expect(try readFile(file).count > 100)
            #expect(try initialize(directory, ["--write", "/nonexistent/mapmux.conf"]).status == 73)
            #expect(try initialize(directory, ["--force"]).status == 64)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names.filter { $0.hasPrefix("mapmux.conf") } == ["mapmux.conf"])
        }

        @Test("The daemon's user can read the new file, whatever the umask")
        func umask() throws {
            let directory = try postfix()
            let file = "\(directory.path)/new.conf"
            let command = try MapmuxProcess.commandLine(["init", "-c", directory.path, "--write", file])
            let result = try run("sh", ["-c", "umask 077 && exec \(command)"])
            #expect(result.status == 0, "\(result.stderr)")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o644)
        }

        @Test("A file or a directory that the daemon's user may not enter is named, and no other")
        func access() throws {
            let directory = try postfix()
            try setMode(0o600, "\(directory.path)/from.cf")
            let closed = "\(directory.path)/closed"
            try FileManager.default.createDirectory(atPath: closed, withIntermediateDirectories: false)
            try directory.write("closed/one.cf", "dbname = x\n")
            _ = try postconf(
                directory, ["-e", "relay_domains = pgsql:\(closed)/one.cf pgsql:/nonexistent.cf"])
            try setMode(0o700, closed)
            let result = try initialize(directory, ["--user", "nobody"])
            try setMode(0o755, closed)
            #expect(result.status == 0)
            let warnings = result.stderr.split(separator: "\n")
            #expect(warnings.filter { $0.contains("nobody can't read it") }.count == 3, "\(result.stderr)")
            #expect(result.stderr.contains("pgsql:\(directory.path)/from.cf: nobody can't read it"))
            #expect(result.stderr.contains("\(closed) has mode 700"))
            #expect(result.stderr.contains("/nonexistent.cf: stat: No such file"))
            #expect(warnings.contains { $0.contains("nobody can't make sockets in") })
            #expect(try initialize(directory, ["--user", "no-such-user"]).status == 78)
            #expect(!(try initialize(directory, ["--user", "root"]).stderr.contains("closed")))
        }

        private func setMode(_ mode: Int, _ path: String) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        @Test("No Postfix, a broken one, one without a table: each has its status and its reason")
        func failures() throws {
            let directory = try postfix()
            let missing = try initialize(directory, ["--postconf", "/nonexistent/postconf"])
            #expect(missing.status == 69)
            #expect(missing.stderr.contains("expected Postfix to be installed"))
            let nowhere = try MapmuxProcess.run(["init", "-c", "/nonexistent"])
            #expect(nowhere.status == 78)
            #expect(nowhere.stderr.contains("/nonexistent/main.cf"))
            try directory.write("main.cf", "not_used = unused-password\nno parameter\n")
            let broken = try initialize(directory)
            #expect(broken.status == 78)
            #expect(broken.stderr.contains("main.cf, line 2"), "\(broken.stderr)")
            #expect(!broken.stderr.contains("password"))
            try directory.write("main.cf", "compatibility_level = 3.6\nrelay_domains = pgsql:old\n")
            try directory.write("master.cf", "")
            let empty = try initialize(directory)
            #expect(empty.status == 78)
            #expect(empty.stdout.isEmpty)
            #expect(empty.stderr.contains("pgsql:old: "))
        }
    }
}
