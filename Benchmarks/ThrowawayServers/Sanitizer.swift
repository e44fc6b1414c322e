// What AddressSanitizer and the like report of the daemons that were started: see deploy/sanitize.sh.

import Foundation

package enum Sanitizer {
    /// Where the reports go, one file a process.
    private static let directory = ProcessInfo.processInfo.environment["MAPMUX_SANITIZER_REPORTS"]

    package static var isOn: Bool { directory != nil }

    /// The files of the reports so far; none where no sanitizer is at work.
    package static func reports() throws -> Set<String> {
        guard let directory else { return [] }
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: directory).map { "\(directory)/\($0)" })
    }
}
