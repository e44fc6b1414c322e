// What to look at in how answers are kept.

/// The maps whose answers are kept, of which map_parameters does not say what they are for, and the room for all.
package struct CacheAdvice: Sendable {
    /// The maps in `cache` and in `stale_while_down` that are not in `map_parameters`.
    private let kept: [String]
    private let givenInOutages: [String]
    /// Each worker's share, in bytes; nil if nothing is kept.
    private let share: Int?

    package init(kept: [String], givenInOutages: [String], share: Int?) {
        self.kept = kept
        self.givenInOutages = givenInOutages
        self.share = share
    }

    /// In bytes: some ten thousand short answers.
    private static let smallShare = 2 << 20

    package var findings: [Finding] {
        let stale = givenInOutages.map { map in
            Finding(
                .unknownUse, .warning,
                "found `\(map)` in stale_while_down and not in map_parameters, expected its parameter of main.cf there: only what "
                    + "was found is given while no host can be asked, as nothing says that an old \"not found\" does no harm"
            )
        }
        let others = kept.filter { !givenInOutages.contains($0) }.map { map in
            Finding(
                .unknownUse, .note,
                "found `\(map)` in cache and not in map_parameters, expected its parameter of main.cf there: whether it decides "
                    + "who may send, so that what was taken back counts on, is not known")
        }
        var findings = stale + others
        if let share, share < Self.smallShare {
            findings.append(
                Finding(
                    .smallCache, .warning,
                    "found a cache_size that leaves a worker \(share >> 10) KiB, expected 2 MiB or more: what was asked for a moment "
                        + "ago may have had to make room already"))
        }
        return findings
    }
}
