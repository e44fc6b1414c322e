// Who may connect, and who may read what.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Permissions", .serialized)
    struct PermissionTests {
        @Test("allowed_users: others are turned away at once, after a reload too")
        func allowedUsers() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["socket_mode": "0666"])
            try mapmux.start()
            try waitForValue(mapmux)
            #expect(unsafe chmod(mapmux.directory.path, 0o755) == 0)
            /// Whether another user's request is answered.
            func isAnswered() throws -> Bool {
                let result = try run(
                    "runuser",
                    [
                        "-u", "nobody", "--", "postmap", "-q", "7",
                        "socketmap:unix:\(mapmux.socketPath):numbers",
                    ])
                return result.text == "box7@store.example.net\n"
            }
            #expect(try isAnswered())
            try mapmux.configure(maps: maps, parameters: ["socket_mode": "0666", "allowed_users": "daemon"])
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("reloaded")
            try waitUntil("nobody else is let in") { try !isAnswered() }
            try mapmux.waitForLog("a client was turned away")
            #expect(try mapmux.client().lookup("numbers", "7") == .ok("box7@store.example.net"))
            try mapmux.configure(
                maps: maps, parameters: ["socket_mode": "0666", "allowed_users": "daemon nobody"])
            mapmux.signal(SIGHUP)
            try waitUntil("the user is let in") { try isAnswered() }
        }

        @Test("The control socket obeys nobody but root and the daemon's user, whatever its mode")
        func controlSocket() throws {
            let directory = try TemporaryDirectory()
            let table = try directory.write(
                "nowhere.cf", "hosts = unix:/nowhere\ndbname = none\nquery = SELECT '%s'\n")
            let mapmux = try MapmuxProcess(maps: ["pgsql:\(table)"], isReplaceable: true)
            try mapmux.start()
            try waitUntil("commands are taken") { try mapmux.run("stats", []).status == 0 }
            #expect(unsafe chmod(mapmux.directory.path, 0o755) == 0)
            #expect(unsafe chmod(mapmux.controlPath, 0o666) == 0)
            let program = "\(mapmux.directory.path)/mapmux"
            let result = try run(
                "runuser", ["-u", "nobody", "--", program, "drain", "-c", mapmux.configurationPath])
            #expect(result.status != 0 && result.stderr.contains("was closed before an answer came"))
            try mapmux.waitForLog("a user was turned away from the control socket")
            #expect(mapmux.isRunning)
            #expect(try mapmux.run("stats", []).status == 0)
        }

        @Test("A password in a file that everybody may read: a warning, or an error where that is asked for")
        func passwords() throws {
            let scene = try Scene()
            let table = try scene.table("secret", query: "SELECT '%s'", more: "password = xyzzy")
            let path = String(table.dropFirst("pgsql:".count))
            #expect(unsafe chmod(path, 0o644) == 0)
            let mapmux = try MapmuxProcess(maps: [table])
            let lax = try mapmux.run("check", [])
            #expect(lax.status == 0 && lax.stderr.contains("\(path): found a password"), "\(lax.stderr)")
            let strict = try mapmux.run("check", ["-o", "strict_permissions=yes"])
            #expect(strict.status == 78 && strict.stderr.contains("\(path): found a password"))
            #expect(unsafe chmod(path, 0o640) == 0)
            let right = try mapmux.run("check", ["-o", "strict_permissions=yes"])
            #expect(right.status == 0)
            // The cluster's only login is one, and that is all there is to say.
            let complaints = right.stderr.split(separator: "\n")
            #expect(complaints.allSatisfy { $0.contains("is a superuser") }, "\(right.stderr)")
            for output in [lax.stderr, strict.stderr, lax.text, strict.text] {
                #expect(!output.contains("xyzzy"))
            }
        }

        @Test("The daemon's memory, with the passwords, is nobody else's to read, and goes into no core")
        func memory() throws {
            let scene = try Scene()
            let table = try scene.table("secret", query: "SELECT '%s'", more: "password = xyzzy")
            let mapmux = try MapmuxProcess(
                maps: [table], parameters: ["socket_mode": "0666"], isReplaceable: true)
            for path in [scene.directory.path, mapmux.directory.path] {
                #expect(unsafe chmod(path, 0o777) == 0)
            }
            try mapmux.start(as: "nobody")
            #expect(try mapmux.client().lookup("secret", "key") == .ok("key"))
            let process = "/proc/\(try mapmux.processID())"
            #expect(try readFile("\(process)/comm") == Array("mapmux\n".utf8))
            for file in ["mem", "environ", "maps"] {
                let reader = try run(
                    "runuser", ["-u", "nobody", "--", "head", "-c", "1", "\(process)/\(file)"])
                #expect(reader.status != 0 && reader.stderr.contains("Permission denied"), "\(reader.stderr)")
            }
            let title = String(decoding: try readFile("\(process)/cmdline"), as: UTF8.self)
            #expect(title.contains("serve") && !title.contains("xyzzy"))
            #expect(!mapmux.log().contains("xyzzy"))
        }

        @Test(
            "In a sandbox without chown(2): the group that a socket has is none to be set, and another one changes nothing"
        )
        func forbiddenGroup() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            let http = "\(mapmux.directory.path)/http"
            let own = ["socket_group": "root", "http_listen": "unix:\(http)", "socket_mode": "0640"]
            try mapmux.configure(maps: maps, parameters: own)
            let sandbox = [
                "strace", "-D", "-f", "-q", "-o", "\(mapmux.directory.path)/trace", "-e",
                "trace=chown,fchownat",
                "-e", "inject=chown,fchownat:error=EPERM",
            ]
            try mapmux.start(under: sandbox)
            try waitForValue(mapmux)
            let connection = try HTTPClient(to: .unix(http))
            func modes() -> [mode_t] {
                [mapmux.socketPath, http].map { path in
                    var status = stat()
                    return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
                }
            }
            #expect(modes() == [0o640, 0o640])
            // What stays, and a place that is new.
            for place in [http, "\(mapmux.directory.path)/elsewhere"] {
                try mapmux.configure(
                    maps: maps,
                    parameters: [
                        "socket_group": "daemon", "http_listen": "unix:\(place)", "socket_mode": "0666",
                    ])
                let result = try mapmux.run("reload", [])
                #expect(
                    result.status == 78 && result.stderr.contains("it can't be given to group daemon")
                        && result.stderr.contains("the old configuration stays"), "\(result.stderr)")
                #expect(modes() == [0o640, 0o640])
            }
            #expect(unsafe access("\(mapmux.directory.path)/elsewhere", F_OK) != 0)
            #expect(try connection.request("/readyz").status == 200)
            // Where only the page's socket can't be made, nothing else is changed either.
            try mapmux.configure(
                maps: maps,
                parameters: own.merging(["http_listen": "unix:/nonexistent/http", "pool_size": "2"]) { $1 })
            let result = try mapmux.run("reload", [])
            #expect(
                result.status == 78
                    && result.stderr.contains("the status can't be served at unix:/nonexistent/http"),
                "\(result.stderr)")
            #expect(try connection.request("/readyz").status == 200)
            try waitForValue(mapmux)

            try mapmux.configure(maps: maps, parameters: ["socket_group": "daemon"])
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            try mapmux.launch(under: sandbox)
            #expect(try mapmux.waitForExit() == 78)
            #expect(mapmux.log().contains("set-group-ID bit"), "\(mapmux.log())")
            // A directory gives its group to what is made in it.
            #expect(try run("chgrp", ["daemon", mapmux.directory.path]).status == 0)
            #expect(unsafe chmod(mapmux.directory.path, 0o2755) == 0)
            try mapmux.start(under: sandbox)
        }

        @Test("A reload that fails has changed no permission")
        func failedReload() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["socket_mode": "0600"])
            try mapmux.start()
            try mapmux.configure(
                maps: maps,
                parameters: [
                    "socket_mode": "0666", "proxymap_listen": "unix:\(mapmux.directory.path)/no/such/place",
                ])
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("the old configuration stays")
            var status = stat()
            #expect(unsafe stat(mapmux.socketPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }
}
