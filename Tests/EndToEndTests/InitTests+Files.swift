// What `mapmux init` does with files that are there: its own of a run before, those that main.cf names, and those it may not read.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd.InitTests {
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
