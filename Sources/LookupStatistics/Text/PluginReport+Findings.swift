// The findings of `mapmux status` on a daemon.

internal import LookupValues

extension PluginReport {
    struct Finding {
        let level: Level
        let text: String

        init(_ level: Level, _ text: String) {
            self.level = level
            self.text = text
        }
    }
}

extension StatisticsSnapshot {
    /// In the order in which equally bad ones are printed.
    var findings: [PluginReport.Finding] {
        if let trouble = process.configurationTrouble {
            return [.init(.critical, "each lookup fails temporarily: \(trouble)")]
        }
        var findings = targets.flatMap(\.findings)
        if maps.isEmpty { findings.append(.init(.critical, "there is no map")) }
        findings += maps.compactMap(\.finding)
        findings += maps.compactMap(\.bypassFinding)
        if let refusal = process.reloadRefusal {
            findings.append(.init(.warning, "the last reload was refused: \(refusal)"))
        }
        return findings + endpoints.flatMap(\.findings)
    }
}

extension MapStatistics {
    fileprivate var finding: PluginReport.Finding? {
        switch state {
        case .failing: return .init(.critical, "\(name) can't be served")
        case .current, .kept: break
        }
        if let lately, lately.temporary > 0, lately.temporary == lately.total {
            return .init(.critical, "each lookup in \(name) has failed")
        }
        return state == .kept ? .init(.warning, "\(name) is served as it was before") : nil
    }
}

extension MapStatistics {
    /// At the start, nothing is known for a moment.
    fileprivate var bypassFinding: PluginReport.Finding? {
        cache?.bypass == .unknown ? nil : bypassText.map { .init(.warning, $0) }
    }
}

extension TargetStatistics {
    fileprivate var findings: [PluginReport.Finding] {
        if pausedSeconds > 0 {
            return [.init(.warning, "\(name) is paused, for \(pausedSeconds) s more at most")]
        }
        let bad = hosts.filter { $0.state != .up }
        if isLive { return bad.map { .init(.warning, text(of: $0)) } }
        if isDormant { return [] }
        if !bad.isEmpty || waiting > 0 {
            let reasons = bad.compactMap { host in host.trouble.map { ": \(host.title): \($0)" } }
            let lack = !bad.isEmpty && bad.allSatisfy(\.isFull) ? "gets no connection" : lackText
            return [.init(.critical, "\(name) \(lack)\(reasons.first ?? "")")]
        }
        return hosts.contains { $0.connecting > 0 } ? [.init(.warning, "\(name) is being connected to")] : []
    }

    /// The finding on a host that is not up while some connection lives.
    private func text(of host: HostStatistics) -> String {
        let reason = host.trouble.map { ": \($0)" } ?? ""
        if host.isFull {
            let ready = hosts.reduce(0) { $0 &+ $1.ready }
            return "\(name) has \(ready) of \(poolSize) connections, "
                + "as host \(host.title) lets in no more\(reason)"
        }
        return "host \(host.title) of \(name) is \(host.state.rawValue)\(reason)"
    }
}

extension EndpointStatistics {
    fileprivate var findings: [PluginReport.Finding] {
        lateTroubles.map { .init($0.isTotal ? .critical : .warning, $0.text) }
    }

    /// What has gone wrong at its sockets lately, in words, and whether nothing goes well there.
    package var lateTroubles: [(text: String, isTotal: Bool)] {
        var troubles = wrongGreetings.map {
            (text: "clients of \($0) do otherwise than proxymap_greeting says", isTotal: false)
        }
        guard let lately else { return troubles }
        if lately.relayFailures > 0 {
            let all = max(lately.relayed, lately.relayFailures)
            let text =
                "\(Figure.count(lately.relayFailures)) of \(Figure.count(all)) requests for proxymap_relay have failed in the "
                + "last 5 minutes"
            troubles.append((text, lately.relayFailures >= lately.relayed))
        }
        if lately.unknownMaps > 0 {
            let requests =
                lately.unknownMaps == 1 ? "1 request" : "\(Figure.count(lately.unknownMaps)) requests"
            let text =
                "\(requests) for \(clientProtocol.nounForMaps) that are not configured in the last 5 minutes"
            troubles.append((text, false))
        }
        return troubles
    }
}
