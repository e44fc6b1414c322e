// A metric: its name, type and help, and its samples in a snapshot.

internal import LookupStatistics
internal import LookupValues

package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// A value, and the labels that tell it from the metric's other values.
    struct Sample {
        let labels: [(name: String, value: String)]
        let value: Value
    }

    enum Value {
        case number(Int)
        case real(Double)
        /// Times in nanoseconds, shown in seconds.
        case durations(Histogram)
        case sizes(Histogram)
    }

    package let name: String
    package let kind: Kind
    package let help: String
    let samples: @Sendable (StatisticsSnapshot) -> [Sample]

    // MARK: Samples

    /// One for the process.
    init(
        _ kind: Kind, _ name: String, _ help: String,
        process value: @escaping @Sendable (ProcessFacts) -> Value
    ) {
        self.init(name: name, kind: kind, help: help) { snapshot in
            [Sample(labels: [], value: value(snapshot.process))]
        }
    }

    /// One for each protocol that clients speak.
    init(
        _ kind: Kind, _ name: String, _ help: String,
        endpoint value: @escaping @Sendable (EndpointStatistics) -> Int
    ) {
        self.init(name: name, kind: kind, help: help) { snapshot in
            snapshot.endpoints.map {
                Sample(labels: [("endpoint", $0.clientProtocol.rawValue)], value: .number(value($0)))
            }
        }
    }

    /// Any number for each map, with labels of their own.
    init(
        _ kind: Kind, _ name: String, _ help: String,
        map samples: @escaping @Sendable (MapStatistics) -> [Sample]
    ) {
        self.init(name: name, kind: kind, help: help) { snapshot in
            snapshot.maps.flatMap { map in
                samples(map).map { Sample(labels: [("map", map.name)] + $0.labels, value: $0.value) }
            }
        }
    }

    /// Any number for each target, with labels of their own.
    init(
        _ kind: Kind, _ name: String, _ help: String,
        target samples: @escaping @Sendable (TargetStatistics) -> [Sample]
    ) {
        self.init(name: name, kind: kind, help: help) { snapshot in
            snapshot.targets.flatMap { target in
                samples(target).map {
                    Sample(labels: [("target", target.name)] + $0.labels, value: $0.value)
                }
            }
        }
    }

    /// Any number for each host of each target, with labels of their own.
    init(
        _ kind: Kind, _ name: String, _ help: String,
        host samples: @escaping @Sendable (HostStatistics) -> [Sample]
    ) {
        self.init(kind, name, help) { (target: TargetStatistics) in
            target.hosts.flatMap { host in
                samples(host).map { Sample(labels: [("host", host.name)] + $0.labels, value: $0.value) }
            }
        }
    }

    init(
        name: String, kind: Kind, help: String,
        samples: @escaping @Sendable (StatisticsSnapshot) -> [Sample]
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }
}

extension MetricFamily.Sample {
    init(_ value: MetricFamily.Value, _ labels: (name: String, value: String)...) {
        self.init(labels: labels, value: value)
    }
}
