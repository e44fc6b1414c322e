// Prints the command's output.

// For stdout and stderr, which C declares as variables.
@unsafe @preconcurrency internal import Glibc
internal import LookupValues

/// Writes a line to stderr, after the name of the program.
func complain(_ text: String) {
    unsafe fputs("mapmux: \(text.shown(upTo: longestLine))\n", stderr)
}

/// Writes a line to stdout, fit for a terminal. Tabs stay: it may be a line of a file.
func say(_ text: String) {
    let parts = text.split(separator: "\t", omittingEmptySubsequences: false)
    print(parts.map { String($0).shown(upTo: longestLine) }.joined(separator: "\t"))
}

/// Writes these bytes as a line to stdout, at once: a caller that asks one key after another waits for each line.
func printLine(_ bytes: [UInt8]) {
    let line = bytes + [UInt8(ascii: "\n")]
    _ = unsafe fwrite(line, 1, line.count, stdout)
    unsafe fflush(stdout)
}

/// In bytes. A query may be long, and comes from the administrator.
private let longestLine = 100_000
