// Whose turn it is in a round of a comparison.

enum Turns {
    /// Nobody is always the first, or always behind the same one's leavings.
    static func order<Contender>(_ contenders: [Contender], round: Int) -> [Contender] {
        let order = contenders.indices.map { contenders[(round + $0) % contenders.count] }
        return round % 2 == 0 ? order : order.reversed()
    }

    /// An error as a cell of a table has it: its first line.
    static func obstacle(_ error: any Error) -> String {
        "\(error)".split(separator: "\n").first.map(String.init) ?? "failed"
    }
}
