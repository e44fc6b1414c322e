// What clients have had in a simulation of slow tables.

import LookupValues
import PoolHealth

@testable import LookupPool

extension SlowTableSimulation {
    // MARK: What came of it

    /// The least that the quick tables had in a second of trouble, the first apart, as a part of what they have in the seconds
    /// after it.
    var leastShare: Double {
        let length = Int((scene.end.nanoseconds - scene.begin.nanoseconds) / SlowTableScene.second)
        let least = (1..<length).map { quickAnswers[$0, default: 0] }.min()!
        let usual = (length + 2..<length + 7).reduce(0) { $0 + quickAnswers[$1, default: 0] } / 5
        return Double(least) / Double(usual)
    }

    /// The least that the tables in trouble had in one of its seconds, the first two apart, as a part of what they have after it.
    var leastTroubledShare: Double {
        let length = Int((scene.end.nanoseconds - scene.begin.nanoseconds) / SlowTableScene.second)
        let least = (2..<length).map { troubledAnswers[$0, default: 0] }.min()!
        let usual = (length + 2..<length + 7).reduce(0) { $0 + troubledAnswers[$1, default: 0] } / 5
        return Double(least) / Double(usual)
    }

    /// Whether the tables that were in trouble have answers again in each second, once the last query is over that began in it.
    var isServedAfterwards: Bool {
        let length = Int((scene.end.nanoseconds - scene.begin.nanoseconds) / SlowTableScene.second)
        return (length + 5..<length + 7).allSatisfy { troubledAnswers[$0, default: 0] > 20 }
    }

    var summary: String {
        let length = Int((scene.end.nanoseconds - scene.begin.nanoseconds) / SlowTableScene.second)
        let begin = scene.begin.nanoseconds
        return """
            \(scene.limits.connections) connections, \(scene.tables.count) tables: longest \(longest.taken / SlowTableScene.millisecond) ms, answered at \
            \((longest.at.nanoseconds - begin) / SlowTableScene.millisecond) ms; \(failures) failures, \(givenUp) \
            given up; quick \((0..<length + 7).map { quickAnswers[$0, default: 0] }), in trouble \
            \((0..<length + 7).map { troubledAnswers[$0, default: 0] })
            """
    }
}
