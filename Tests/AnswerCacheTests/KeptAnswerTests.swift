// What is kept for a key, as people are shown it.

import AnswerCache
import LookupStatistics
import LookupValues
import Testing

@Suite("Looks at what is kept")
struct KeptAnswerTests {
    /// Found or not, when it was verified, and whether it is given; nil: nothing is kept.
    private func look(_ scene: borrowing CacheScene, _ key: String, at now: Int64) -> String? {
        let bytes = Array(key.utf8)
        return scene.cache.look(1, bytes.span, now: Instant(nanoseconds: now)).map {
            "\($0.isFound ? "found" : "not found") \($0.verifiedAt.nanoseconds)\($0.isGiven ? "" : " not given")"
        }
    }

    @Test("A look tells what is kept, when it was verified, and whether it is given, and counts for nothing")
    func byTime() {
        var options = CacheOptions()
        options.bound = 10
        options.staleBound = 100
        var scene = CacheScene(options)
        scene.keep("a", "value", sentAt: 5)
        scene.keep("b", nil, sentAt: 6)
        #expect(look(scene, "a", at: 15) == "found 5" && look(scene, "b", at: 15) == "not found 6")
        #expect(look(scene, "a", at: 16) == "found 5 not given")
        #expect(look(scene, "c", at: 15) == nil)
        #expect(scene.cache.statistics(of: 1).hits == 0 && scene.cache.statistics(of: 1).misses == 0)
        scene.flush("a", at: 17)
        #expect(look(scene, "a", at: 18) == nil)
    }

    @Test("Nothing is told of a table that is not kept")
    func unknown() {
        let scene = CacheScene()
        #expect(look(scene, "a", at: 1) == nil)
    }
}
