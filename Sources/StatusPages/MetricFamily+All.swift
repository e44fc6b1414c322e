// Every metric: the one place that knows their names, types and help texts.

internal import LookupStatistics
internal import LookupValues

extension MetricFamily {
    /// In the order in which they are shown.
    package static let all =
        process + roomOfCache + endpoints + maps + cacheOfMaps + targets + cacheOfTargets + hosts

    private static let process = [
        MetricFamily(
            name: "mapmux_build_info", kind: .gauge,
            help: "The running version, and the instance where it is set; always 1."
        ) { snapshot in
            let process = snapshot.process
            var labels = [(name: "version", value: process.version)]
            // `instance` is Prometheus's own label.
            if !process.instance.isEmpty { labels.append(("instance_name", process.instance)) }
            return [Sample(labels: labels, value: .number(1))]
        },
        MetricFamily(
            .gauge, "mapmux_start_time_seconds", "When the process started, in seconds since 1970.",
            process: { .real($0.startedAt) }),
        MetricFamily(
            .gauge, "mapmux_workers", "Threads that serve lookups.", process: { .number($0.workers) }),
        MetricFamily(
            .gauge, "mapmux_configuration_loaded_timestamp_seconds",
            "When the configuration in use was read, in seconds since 1970.",
            process: { .real($0.configurationLoadedAt) }),
        MetricFamily(
            .gauge, "mapmux_configuration_usable",
            "Whether there is a configuration that can be used; without one each lookup fails temporarily.",
            process: { .number($0.configurationTrouble == nil ? 1 : 0) }),
        MetricFamily(
            name: "mapmux_reloads_total", kind: .counter,
            help:
                "Reloads by result; after a failed one the old configuration stays, after a partial one some tables."
        ) { snapshot in
            [
                Sample(.number(snapshot.process.reloadsSucceeded), ("result", "succeeded")),
                Sample(.number(snapshot.process.reloadsPartial), ("result", "partial")),
                Sample(.number(snapshot.process.reloadsFailed), ("result", "failed")),
            ]
        },
    ]

    private static let endpoints = [
        MetricFamily(.gauge, "mapmux_clients", "Clients that are connected.", endpoint: { $0.clients }),
        MetricFamily(
            .counter, "mapmux_clients_accepted_total", "Clients that have connected.",
            endpoint: { $0.accepted }),
        MetricFamily(
            .counter, "mapmux_clients_refused_total", "Clients that allowed_users has turned away.",
            endpoint: { $0.refused }),
        MetricFamily(
            .counter, "mapmux_protocol_violations_total",
            "Clients that were closed for what is not the protocol.", endpoint: { $0.violations }),
        MetricFamily(
            .counter, "mapmux_unknown_map_lookups_total",
            "Lookups in maps that are not configured, and requests for proxymap tables that are not, where there is no relay.",
            endpoint: { $0.unknownMaps }),
        MetricFamily(
            .counter, "mapmux_relayed_requests_total", "Requests passed on to proxymap_relay.",
            endpoint: { $0.relayed }),
        MetricFamily(
            .counter, "mapmux_relay_failures_total",
            "Those of them that have failed temporarily, as no reply could be had.",
            endpoint: { $0.relayFailures }),
        MetricFamily(
            .gauge, "mapmux_wrong_greetings",
            "Sockets whose clients do otherwise than proxymap_greeting says.",
            endpoint: { $0.wrongGreetings.count }),
    ]

    private static let maps = [
        MetricFamily(
            .gauge, "mapmux_map_state",
            "1 for how the map stands to its file: served as that says, kept as it was before, or failing.",
            map: { map in
                MapStatistics.State.allCases.map {
                    Sample(.number(map.state == $0 ? 1 : 0), ("state", $0.rawValue))
                }
            }),
        MetricFamily(
            .counter, "mapmux_lookups_total", "Lookups that were answered, by endpoint and outcome.",
            map: { map in
                ClientProtocol.allCases.flatMap { clientProtocol in
                    let counts = map[clientProtocol]
                    return [
                        ("found", counts.found), ("not_found", counts.notFound),
                        ("temporary_failure", counts.temporary), ("permanent_failure", counts.permanent),
                    ].map { outcome, count in
                        Sample(.number(count), ("endpoint", clientProtocol.rawValue), ("outcome", outcome))
                    }
                }
            }),
        MetricFamily(
            .counter, "mapmux_suppressed_lookups_total",
            "Lookups that were not found without a query: filtered by the table's domains, or not UTF-8.",
            map: { map in
                [
                    Sample(.number(map.suppressed.filtered), ("reason", "filtered")),
                    Sample(.number(map.suppressed.notUTF8), ("reason", "not_utf8")),
                ]
            }),
        MetricFamily(
            .counter, "mapmux_searches_total",
            "Searches for socketmap clients, by the place of the key that was found: 1, 2, 3, 4, later; none for those that "
                + "found no key or have failed.",
            map: { map in
                let hits = map.searches.hits
                return [
                    ("1", hits.first), ("2", hits.second), ("3", hits.third), ("4", hits.fourth),
                    ("later", hits.later), ("none", map.searches.withoutHit),
                ].map { place, count in Sample(.number(count), ("hit", place)) }
            }),
        MetricFamily(
            .counter, "mapmux_search_keys_total", "Keys that these searches have asked for.",
            map: { [Sample(.number($0.searches.keys))] }),
        MetricFamily(
            .counter, "mapmux_read_ahead_keys_total",
            "Keys that were asked for before a proxymap client came to them in its search.",
            map: { [Sample(.number($0.readAhead.asked))] }),
        MetricFamily(
            .counter, "mapmux_read_ahead_used_total", "Those of them that a client was answered with.",
            map: { [Sample(.number($0.readAhead.used))] }),
        MetricFamily(
            .counter, "mapmux_read_ahead_thrown_away_total",
            "Those of them that were of no use: not asked for in time, failed, or too large to be kept.",
            map: { [Sample(.number($0.readAhead.thrownAway))] }),
        MetricFamily(
            .counter, "mapmux_read_ahead_given_up_total",
            "How often reading ahead was given up for a minute, as too little of it was used.",
            map: { [Sample(.number($0.readAhead.givenUp))] }),
        MetricFamily(
            .histogram, "mapmux_lookup_duration_seconds",
            "From a lookup's arrival to its answer, failures included, suppressed lookups not.",
            map: { [Sample(.durations($0.total))] }),
        MetricFamily(
            .histogram, "mapmux_lookup_pool_seconds", "How long lookups waited until their query was sent.",
            map: { [Sample(.durations($0.inPool))] }),
        MetricFamily(
            .histogram, "mapmux_lookup_postgresql_seconds",
            "From sending a lookup's query to PostgreSQL's answer.",
            map: { [Sample(.durations($0.inPostgreSQL))] }),
    ]

    private static let targets = [
        MetricFamily(
            .gauge, "mapmux_target_up", "Whether the target has a live connection, or is dormant.",
            target: { [Sample(.number($0.isDown ? 0 : 1))] }),
        MetricFamily(
            .gauge, "mapmux_target_dormant",
            "Whether the target has no connection because nothing was asked for idle_interval.",
            target: { [Sample(.number($0.isDormant ? 1 : 0))] }),
        MetricFamily(
            .gauge, "mapmux_target_paused", "Whether lookups wait because somebody has paused the target.",
            target: { [Sample(.number($0.pausedSeconds > 0 ? 1 : 0))] }),
        MetricFamily(
            .gauge, "mapmux_lookups_waiting", "Lookups that wait for a connection.",
            target: { [Sample(.number($0.waiting))] }),
        MetricFamily(
            .gauge, "mapmux_queries_in_flight", "Queries that are sent and not answered.",
            target: { [Sample(.number($0.inFlight))] }),
        MetricFamily(
            .counter, "mapmux_shared_lookups_total", "Lookups that shared the query of an equal one.",
            target: { [Sample(.number($0.shared))] }),
        MetricFamily(
            .counter, "mapmux_query_retries_total",
            "Queries that were sent again after a lost connection or a failed statement.",
            target: { [Sample(.number($0.retries))] }),
        MetricFamily(
            .counter, "mapmux_reconnects_total", "Connections that were made in the place of a lost one.",
            target: { [Sample(.number($0.reconnects))] }),
        MetricFamily(
            .counter, "mapmux_failovers_total", "Reconnects to another host than before.",
            target: { [Sample(.number($0.failovers))] }),
        MetricFamily(
            .counter, "mapmux_queries_asked_elsewhere_total",
            "Queries that were asked at another host after one had refused them.",
            target: { [Sample(.number($0.askedElsewhere))] }),
        MetricFamily(
            .counter, "mapmux_session_resets_total",
            "Sessions that were made as new before they served another table.",
            target: { [Sample(.number($0.resets))] }),
        MetricFamily(
            .counter, "mapmux_renewals_total", "Connections that have taken an older one's place.",
            target: { [Sample(.number($0.renewals))] }),
        MetricFamily(
            .counter, "mapmux_single_queries_total", "Queries for one key, by the form of their statement.",
            target: { target in
                [
                    Sample(.number(target.prepared), ("form", "prepared")),
                    Sample(.number(target.unnamed), ("form", "unnamed")),
                    Sample(.number(target.literal), ("form", "literal")),
                ]
            }),
        MetricFamily(
            .histogram, "mapmux_batch_keys", "Keys in each statement for many keys.",
            target: { [Sample(.sizes($0.batches))] }),
        MetricFamily(
            .counter, "mapmux_query_errors_total",
            "Errors by class of SQLSTATE (appendix A of PostgreSQL's manual).",
            target: { $0.errors.map { Sample(.number($0.count), ("sqlstate_class", $0.class)) } }),
    ]

    private static let hosts = [
        MetricFamily(
            .gauge, "mapmux_host_state", "1 for the state that the host is in, 0 for the others.",
            host: { host in
                HostStatistics.State.allCases.map {
                    Sample(.number(host.state == $0 ? 1 : 0), ("state", $0.rawValue))
                }
            }),
        MetricFamily(
            .gauge, "mapmux_connections", "Connections to PostgreSQL, by state.",
            host: { host in
                [
                    Sample(.number(host.connecting), ("state", "connecting")),
                    Sample(.number(host.ready), ("state", "ready")),
                    Sample(.number(host.retiring), ("state", "retiring")),
                ]
            }),
        MetricFamily(
            .gauge, "mapmux_extra_connections",
            "Those of them beyond pool_size, for queries that another host has refused.",
            host: { [Sample(.number($0.extra))] }),
        MetricFamily(
            .counter, "mapmux_connects_total", "Connections that were made.",
            host: { [Sample(.number($0.connects))] }),
        MetricFamily(
            .counter, "mapmux_connect_failures_total", "Attempts to connect that have failed.",
            host: { [Sample(.number($0.connectFailures))] }),
        MetricFamily(
            .counter, "mapmux_disconnects_total", "Connections that were lost or given up.",
            host: { [Sample(.number($0.disconnects))] }),
    ]
}
