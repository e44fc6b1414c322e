// Prints the command's output.

// For stderr, which C declares as a variable.
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

/// In bytes. A query may be long, and comes from the administrator.
private let longestLine = 100_000
