// What went wrong while servers were prepared or driven, as one readable sentence.

import Foundation
import Glibc

package struct SupportError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Asks `condition` again and again until it holds.
///
/// - Parameter seconds: a generous bound; it ends what hangs and measures nothing.
/// - Throws: `SupportError` naming `what` when the bound is reached.
package func waitUntil(
    _ what: @autoclosure () -> String, within seconds: Double = 60, _ condition: () throws -> Bool
) throws {
    let seconds = seconds * patience
    let end = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < end else {
            throw SupportError("waited \(seconds) s in vain: \(what())")
        }
        usleep(2000)
    }
}

/// How many times longer than usual everything may take: MAPMUX_PATIENCE.
private let patience = ProcessInfo.processInfo.environment["MAPMUX_PATIENCE"].flatMap(Double.init) ?? 1
