// What is answered of a target's maps while none of its hosts can be asked.

internal import AnswerCache

/// The maps that ask a target, and those of them whose last answers are given in an outage.
package struct OutagePlan: Equatable, Sendable {
    package fileprivate(set) var maps = 0
    package fileprivate(set) var givenMaps = 0
    /// How many nanoseconds old the answers of each of these may be at least; 0 if there are none.
    package fileprivate(set) var bound: Int64 = 0

    package init() {}
}

extension DaemonConfiguration {
    /// A map of several tables is given if each of them that is asked here is.
    func outagePlan(ofPool pool: Int) -> OutagePlan {
        var bounds: [String: Int64?] = [:]
        for map in maps where map.place?.pool == pool {
            let bound = cacheOptions(ofFile: map.file).staleBound
            if let other = bounds[map.name] {
                bounds.updateValue(other.flatMap { known in bound.map { min(known, $0) } }, forKey: map.name)
            } else {
                bounds.updateValue(bound, forKey: map.name)
            }
        }
        let given = bounds.values.compactMap(\.self)
        var plan = OutagePlan()
        plan.maps = bounds.count
        plan.givenMaps = given.count
        plan.bound = given.min() ?? 0
        return plan
    }
}
