// A private, running Postfix with its own configuration, queue and port, beside the system's and unknown to it.

import Foundation
import Glibc

package final class PostfixInstance: Sendable {
    /// Holds everything: `conf`, `queue`, `data`, `mail` and the log.
    package let directory: TemporaryDirectory
    /// Where smtpd listens on 127.0.0.1.
    package let port: Int

    package var configurationDirectory: String { "\(directory.path)/conf" }
    package var queueDirectory: String { "\(directory.path)/queue" }
    package var logPath: String { "\(directory.path)/log" }

    /// Writes the configuration and makes the queue; `start` starts the instance.
    ///
    /// - Parameters:
    ///   - parameters: lines of main.cf, instead of or beyond those that make the instance private.
    ///   - chroot: whether the services that Debian runs in a chroot'ed environment run in one here.
    ///   - services: lines of master.cf beyond those that each instance has.
    ///   - isInMemory: whether queue and log take memory instead of a disk.
    package init(
        parameters: [String: String], chroot: Bool = true, services more: String = "",
        isInMemory: Bool = false
    ) throws {
        directory = try TemporaryDirectory(isInMemory: isInMemory)
        port = try freeLoopbackPort()
        try makeDirectories()
        try Guard.shared.get().atExit(
            """
            p=$(tr -d ' ' <'\(queueDirectory)/pid/master.pid') && grep -qx master "/proc/$p/comm" \
            && kill -s KILL -- "-$p"
            """)
        let all = privateParameters.merging(parameters) { $1 }
        try directory.write("conf/main.cf", all.map { "\($0.key) = \($0.value)\n" }.sorted().joined())
        try directory.write("conf/master.cf", services(chroot: chroot) + more)
        try directory.write("conf/sink.sh", Self.sinkScript)
        // Makes the queue's directories with their owners and modes; touches nothing outside a private instance's own.
        try postfix("check")
    }

    deinit {
        try? stop()
    }

    /// The path of a socket that clients name by its service's name.
    package func privateSocket(_ service: String) -> String { "\(queueDirectory)/private/\(service)" }

    /// Writes a file beside main.cf and returns its path.
    @discardableResult
    package func write(_ name: String, _ contents: String) throws -> String {
        try directory.write("conf/\(name)", contents)
    }

    /// Returns when the instance accepts mail.
    package func start() throws {
        try directory.write("queue/quick-start", "")
        try postfix("start")
    }

    package func stop() throws {
        guard masterPid != nil else { return }
        try postfix("stop")
        try waitUntil("Postfix ends: \(log().suffix(2000))") { masterPid == nil }
    }

    /// The process that all daemons of the instance are children of; nil where it does not run.
    package var masterPid: Int32? {
        guard let text = try? readFile("\(queueDirectory)/pid/master.pid"),
            let pid = Int32(
                String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)),
            // Empty once it has ended, even where nobody has waited for it yet.
            let command = try? readFile("/proc/\(pid)/cmdline"),
            String(decoding: command, as: UTF8.self).contains("/master\0")
        else { return nil }
        return pid
    }

    /// The instance's daemons of one program, `proxymap` for instance.
    package func daemons(_ program: String) throws -> [Int32] {
        guard let masterPid else { return [] }
        let children = try readFile("/proc/\(masterPid)/task/\(masterPid)/children")
        return String(decoding: children, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
            .filter { (try? readFile("/proc/\($0)/comm")) == Array("\(program)\n".utf8) }
    }

    private func postfix(_ verb: String) throws {
        let result = try run("postfix", ["-c", configurationDirectory, verb])
        guard result.status == 0 else {
            throw SupportError(
                "postfix \(verb): status \(result.status), \(result.stderr) \(log().suffix(2000))")
        }
    }

    /// Everything the instance has logged so far.
    package func log() -> String {
        (try? readFile(logPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Hands a message to sendmail(1).
    package func inject(from sender: String, to recipients: [String], subject: String) throws {
        let message = "From: \(sender)\nSubject: \(subject)\n\nA line.\n"
        let result = try run(
            "sendmail", ["-C", configurationDirectory, "-i", "-f", sender, "--"] + recipients,
            stdin: Array(message.utf8))
        guard result.status == 0 else {
            throw SupportError("sendmail: status \(result.status), \(result.stderr)")
        }
    }

    /// Asks for everything to be tried now that waits for its next attempt: what sendmail left, and what was deferred.
    package func retryEverything() throws {
        // A pickup(8) that ends just now takes postkick with it, by SIGPIPE: callers try again anyway.
        _ = try run("postkick", ["-c", configurationDirectory, "public", "pickup", "W"])
        try command("postqueue", "-f")
    }

    /// Lets mail go on that an access table's HOLD has stopped.
    package func releaseHeldMail() throws {
        try command("postsuper", "-H", "ALL")
    }

    private func command(_ program: String, _ arguments: String...) throws {
        let result = try run(program, ["-c", configurationDirectory] + arguments)
        guard result.status == 0 else {
            throw SupportError("\(program): status \(result.status), \(result.stderr)")
        }
    }

    package func queueIsEmpty() throws -> Bool {
        let result = try run("postqueue", ["-c", configurationDirectory, "-p"])
        guard result.status == 0 else { throw SupportError("postqueue: \(result.stderr)") }
        return result.text.hasPrefix("Mail queue is empty")
    }
}

extension PostfixInstance {
    /// Where virtual(8) and pipe(8) put what they deliver.
    package var virtualDirectory: String { "\(directory.path)/mail/virtual" }
    package var sinkDirectory: String { "\(directory.path)/mail/sink" }
    package var spoolDirectory: String { "\(directory.path)/mail/spool" }

    private func makeDirectories() throws {
        for (name, owner, mode) in [
            ("conf", "root", 0o755), ("queue", "root", 0o755), ("data", "postfix", 0o755),
            ("mail", "root", 0o755),
            ("mail/virtual", "nobody", 0o755), ("mail/sink", "nobody", 0o755), ("mail/spool", "root", 0o1777),
        ] {
            let path = "\(directory.path)/\(name)"
            guard unsafe mkdir(path, 0o700) == 0, unsafe chmod(path, mode_t(mode)) == 0 else {
                throw SupportError("mkdir \(path): \(errorText())")
            }
            guard try run("chown", [owner, path]).status == 0 else {
                throw SupportError("cannot make \(owner) own \(path): Postfix's tests need root")
            }
        }
    }

    private var privateParameters: [String: String] {
        [
            "compatibility_level": "3.6", "queue_directory": queueDirectory,
            "data_directory": "\(directory.path)/data", "maillog_file": logPath,
            "maillog_file_prefixes": directory.path, "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "myhostname": "mail.test", "myorigin": "local.test", "mydestination": "local.test",
            "append_dot_mydomain": "no", "biff": "no", "notify_classes": "",
            // No test waits for a name server.
            "smtpd_peername_lookup": "no", "smtp_host_lookup": "native", "disable_dns_lookups": "yes",
            // Clients choose their addresses, and make as many mistakes and connections as they like.
            "smtpd_authorized_xclient_hosts": "127.0.0.1", "smtpd_error_sleep_time": "0",
            "smtpd_soft_error_limit": "1000000", "smtpd_hard_error_limit": "1000000",
            "smtpd_client_connection_count_limit": "0", "smtpd_junk_command_limit": "1000000",
            "virtual_mailbox_base": virtualDirectory, "mail_spool_directory": "\(spoolDirectory)/",
            "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
            // pipe(8) demands it of a service that says in the message whom it is for.
            "ledger_destination_recipient_limit": "1",
        ]
    }

    /// Debian's master.cf without what sends mail to other hosts, unless a transport says `out`. smtpd may have as many
    /// processes as it has clients.
    private func services(chroot: Bool) -> String {
        let y = chroot ? "y" : "n"
        return """
            127.0.0.1:\(port) inet n - \(y) - 0 smtpd
            pickup unix n - \(y) 60 1 pickup
            cleanup unix n - \(y) - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - \(y) - - trivial-rewrite
            bounce unix - - \(y) - 0 bounce
            defer unix - - \(y) - 0 bounce
            trace unix - - \(y) - 0 bounce
            verify unix - - \(y) - 1 verify
            flush unix n - \(y) 1000? 0 flush
            proxymap unix - - n - - proxymap
            proxywrite unix - - n - 1 proxymap
            showq unix n - \(y) - - showq
            error unix - - \(y) - - error
            retry unix - - \(y) - - error
            discard unix - - \(y) - - discard
            local unix - n n - - local
            virtual unix - n n - - virtual
            anvil unix - - \(y) - 1 anvil
            postlog unix-dgram n - n - 1 postlogd
            sink unix - n n - - pipe
                user=nobody argv=/bin/sh \(configurationDirectory)/sink.sh \(sinkDirectory) ${nexthop}
            ledger unix - n n - - pipe
                flags=DOR user=nobody argv=/bin/sh \(configurationDirectory)/sink.sh \(sinkDirectory)
                ${nexthop}:${user}:${extension}
            out unix - - \(y) - - smtp

            """
    }

    /// Puts a message into a file that is named after its next hop; of `ledger`, after local part and extension, too.
    private static let sinkScript = """
        umask 022
        exec cat >"$(mktemp "$1/$2.XXXXXX")"

        """
}
