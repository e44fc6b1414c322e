// Asks postconf(1) for the configuration of a Postfix.

internal import ArgumentParser
internal import EventLoop
internal import PostfixInventory

struct PostfixReader {
    /// Nil for Postfix's default.
    let configurationDirectory: String?
    /// Nil for the first postconf(1) found.
    let postconf: String?

    /// Why a configuration can't be read.
    struct Failure: Error {
        /// The lines to complain with.
        let lines: [String]
        /// 69 if there is no Postfix.
        let exitCode: ExitCode
    }

    /// Complains if reading fails, and throws the exit code.
    func readOrComplain() throws(ExitCode) -> PostconfOutput {
        do throws(Failure) {
            return try read()
        } catch {
            for line in error.lines { complain(line) }
            throw error.exitCode
        }
    }

    func read() throws(Failure) -> PostconfOutput {
        var outputs: [String] = []
        for options in PostconfOutput.options { outputs.append(try run(options)) }
        return PostconfOutput(
            x: outputs[0], n: outputs[1], userNames: outputs[2], Px: outputs[3], P: outputs[4], M: outputs[5],
            readFile: { path in (try? readFile(at: path)).map { String(decoding: $0, as: UTF8.self) } },
            hosts: HostAddresses(interfaces: interfaceAddresses(), resolve: addresses(ofHost:)))
    }

    /// Whether there is a Postfix with a configuration that can be read.
    var isInstalled: Bool { programs.contains { (try? runProgram($0, ["mail_version"]))?.status == 0 } }

    // postconf(1) often lies in a directory that is only on root's PATH.
    private var programs: [String] { postconf.map { [$0] } ?? ["postconf", "/usr/sbin/postconf"] }

    private func run(_ options: [String]) throws(Failure) -> String {
        let arguments = (configurationDirectory.map { ["-c", $0] } ?? []) + options
        var failure: SystemError?
        for program in programs {
            let result: ProgramResult
            do throws(SystemError) {
                result = try runProgram(program, arguments)
            } catch {
                failure = error
                continue
            }
            if result.status == 0 { return String(decoding: result.output, as: UTF8.self) }
            // Its warnings are not shown: they contain values of unused parameters, possibly passwords.
            let lines = String(decoding: result.error, as: UTF8.self).split(separator: "\n").filter {
                !$0.contains("postconf: warning:")
            }
            let command = ([program] + arguments).joined(separator: " ")
            throw Failure(
                lines: lines.map(String.init) + ["\(command): ended with status \(result.status)"],
                exitCode: .configurationError)
        }
        throw Failure(
            lines: [
                "can't run \(postconf ?? "postconf"): \(failure!); expected Postfix to be installed here"
            ],
            exitCode: .unavailable)
    }
}
