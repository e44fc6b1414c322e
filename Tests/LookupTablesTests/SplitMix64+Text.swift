// Random texts for the templates.

import LookupValues

extension SplitMix64 {
    /// Up to `count` of these texts, one after the other.
    mutating func text(of pieces: [String], upTo count: Int) -> String {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in pieces.randomElement(using: &self)! }
            .joined()
    }
}
