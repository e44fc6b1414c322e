// The answers that a worker keeps, as its router and its pools' drivers share them.

package import AnswerCache

/// A worker's cache. The router asks it, the drivers keep their answers in it.
package final class AnswerKeeper {
    package var cache: AnswerCache

    package init() { cache = AnswerCache(seed: .random(in: .min ... .max)) }
}
