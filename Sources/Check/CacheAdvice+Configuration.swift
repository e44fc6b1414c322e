// What to look at in a configuration's parameters about kept answers.

internal import Configuration
internal import TableAdvice

extension CacheAdvice {
    init(_ configuration: DaemonConfiguration) {
        let settings = configuration.settings
        func unknown(_ entries: [String: CacheSetting]) -> [String] {
            entries.keys.filter { settings.mapParameters[$0] == nil }.sorted()
        }
        self.init(
            kept: unknown(settings.cache), givenInOutages: unknown(settings.staleWhileDown),
            share: configuration.keptMaps.isEmpty ? nil : settings.cacheSize / settings.workers)
    }
}
