// The parameters about answers that are kept.

internal import LookupTables

extension DaemonParameter {
    static let cache: [DaemonParameter] = [
        DaemonParameter(
            name: "cache", defaultValue: "",
            expectation:
                "NAME=TIME, NAME=notified or NAME=notified/TIME of different maps, with a time such as 5s or 500ms, a day at most"
        ) { text, settings, _ in
            guard let value = CacheSetting.list(text) else { return false }
            settings.cache = value
            return true
        },
        DaemonParameter(
            name: "cache_size", defaultValue: "64M",
            expectation: "a number of bytes such as 64M or 1G, from 1M to 64G"
        ) { text, settings, _ in
            guard let value = ParameterValue.bytes(text), (1 << 20...64 << 30).contains(value) else {
                return false
            }
            settings.cacheSize = value
            return true
        },
        DaemonParameter(
            name: "cache_max_staleness", defaultValue: "2s",
            expectation: "a time such as 2s or 1500ms, from 1 to 60 seconds"
        ) { text, settings, _ in
            guard let value = ParameterValue.milliseconds(text), (1_000...60_000).contains(value) else {
                return false
            }
            settings.cacheMaxStaleness = value
            return true
        },
        DaemonParameter(
            name: "stale_while_down", defaultValue: "",
            expectation: "NAME=TIME of different maps, with a time such as 1h or 30m, a week at most"
        ) { text, settings, _ in
            guard let value = CacheSetting.staleList(text) else { return false }
            settings.staleWhileDown = value
            return true
        },
        DaemonParameter(name: "confirm_not_found", defaultValue: "no", expectation: "yes or no") {
            text, settings, _ in
            guard let value = ParameterValue.boolean(text) else { return false }
            settings.confirmsNotFound = value
            return true
        },
        DaemonParameter(
            name: "virtual_alias_domains", defaultValue: "$virtual_alias_maps",
            expectation: "Postfix's virtual_alias_domains, or nothing"
        ) { text, settings, _ in
            settings.hasVirtualAliasDomains = !ParameterValue.words(text).isEmpty
            return true
        },
    ]
}
