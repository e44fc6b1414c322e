// `mapmux query`: looks keys up as the daemon would, without one.

internal import ArgumentParser
// For stdin, stdout and stderr, which C declares as variables.
@unsafe @preconcurrency internal import Glibc
internal import Logging
internal import LookupTables
internal import MapmuxDaemon

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look up a key, or the keys on stdin, and print what is found.",
        discussion: """
            Prints the value, or a line key<TAB>value for each key of stdin that is found. Exits 0 if anything was \
            found, 1 if nothing was, 75 if a lookup failed temporarily, 78 if the configuration has errors or \
            not this map.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The name of a map in the configuration.")
    var map: String

    @Argument(help: "The key; - reads keys from stdin, one a line.")
    var key: String

    func run() throws {
        var logger = Logger(label: "mapmux") { _ in StandardErrorLog() }
        logger.logLevel = .error
        let runner: QueryRunner
        do {
            runner = try QueryRunner(source: options.source, logger: logger) { diagnostic in
                complain(diagnostic.description)
            }
        } catch {
            complain("\(error)")
            throw ExitCode(error)
        }
        var keys = key == "-" ? nil : [CommandLine.bytes(of: key)]
        let readsStandardInput = keys == nil
        var hasFound = false
        var failure: ExitCode?
        runner.run(
            map: map, next: { readsStandardInput ? readKey() : keys!.popLast() },
            answer: { key, answer in
                switch answer {
                case .found(let value):
                    hasFound = true
                    printBytes(
                        (readsStandardInput ? key + [UInt8(ascii: "\t")] : []) + value + [UInt8(ascii: "\n")])
                case .notFound:
                    break
                case .temporaryFailure(let reason):
                    failure = failure ?? .temporaryFailure
                    complain("\(map): \(reason)")
                case .permanentFailure(let reason):
                    failure = .configurationError
                    complain("\(map): \(reason)")
                }
            })
        leave(failure ?? (hasFound ? .success : .notFound))
    }

    /// The next line of stdin without its end, whatever its bytes; nil at the end.
    private func readKey() -> [UInt8]? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { unsafe free(line) }
        let count = unsafe getline(&line, &capacity, stdin)
        guard count >= 0 else { return nil }
        // getline(3) has filled `count` bytes.
        var bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: line, count: count))
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    private func printBytes(_ bytes: [UInt8]) {
        _ = unsafe fwrite(bytes, 1, bytes.count, stdout)
    }
}

extension CommandLine {
    /// The bytes of an argument, which need not be UTF-8 as a String's are.
    fileprivate static func bytes(of argument: String) -> [UInt8] {
        for index in (0..<Int(argc)).reversed() {
            // argv holds argc C strings.
            guard let raw = unsafe unsafeArgv[index] else { continue }
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: raw, count: strlen(raw)))
            if String(decoding: bytes, as: UTF8.self) == argument { return bytes }
        }
        return Array(argument.utf8)
    }
}
