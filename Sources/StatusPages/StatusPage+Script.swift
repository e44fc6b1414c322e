// The status page's tables and its badge. Text from the daemon is put in as text only.

extension StatusPage {
    static let pageScript = #"""
        const byId = id => document.getElementById(id);

        function element(name, text, className) {
          const made = document.createElement(name);
          if (text !== undefined) made.textContent = text;
          if (className) made.className = className;
          return made;
        }

        const rates = new Chart(byId("rates"), "Lookups a second, by outcome", [
          { name: "found", color: "var(--found)" }, { name: "not found", color: "var(--absent)" },
          { name: "failed for now", color: "var(--temporary)" },
          { name: "failed for good", color: "var(--permanent)" }], true, rate);
        const latencies = new Chart(byId("latencies"), "Time to the answer", [
          { name: "median", color: "var(--found)" }, { name: "p99", color: "var(--temporary)" }],
          false, duration);

        function cells(row, texts) {
          for (const [text, className] of texts) row.append(element("td", text, className));
          return row;
        }

        function showMaps(snapshot, recent) {
          byId("maps").tBodies[0].replaceChildren(...snapshot.maps.map(map => {
            const part = recent && recent.maps.get(map.name);
            const all = part ? sum(part.rates) : 0;
            const counts = outcomeCounts(map), failed = counts[2] + counts[3];
            const row = cells(element("tr"), [
              [map.name], [part ? rate(all) : "–", "number"],
              [all > 0 ? Math.round(100 * part.rates[0] / all) + " %" : "–", "number"],
              [count(failed), failed > 0 ? "number failed" : "number"],
              [part ? duration(quantile(part.total, .5)) : "–", "number wide"],
              [part ? duration(quantile(part.total, .99)) : "–", "number"],
              [part ? duration(quantile(part.inside, .5)) : "–", "number wide"],
              [count(sum(counts)), "number wide"]]);
            row.cells[0].title = map.file + ", " + map.target;
            if (map.state !== "current") {
              const mark = element("span", map.state, "state " + (map.state === "kept" ? "avoided" : "failing"));
              row.cells[0].append(" ", mark);
              row.cells[0].title = map.trouble;
            }
            return row;
          }));
        }

        function showTargets(snapshot) {
          byId("targets").replaceChildren(...snapshot.targets.map(target => {
            const part = element("div", undefined, "target");
            const isLive = target.hosts.some(host => host.ready > 0);
            const title = element("h3", target.name);
            title.append(target.paused_seconds > 0
              ? element("span", "paused for " + span(target.paused_seconds) + " more at most", "state avoided")
              : target.is_dormant ? element("span", "dormant", "state idle")
              : element("span", isLive ? "live" : "no connection", "state " + (isLive ? "up" : "failing")));
            if (outageText(target)) title.append(element("span", "last answers are given", "state avoided"));
            const facts = [count(target.waiting) + " waiting", count(target.in_flight) + " in flight"];
            for (const [number, what] of [[target.shared, "shared"], [target.retries, "sent again"],
              [target.reconnects, "reconnects"], [target.failovers, "failovers"],
              [target.asked_elsewhere, "asked at another host"], [target.resets, "sessions reset"],
              [target.renewals, "connections renewed"]]) {
              if (number > 0) facts.push(count(number) + " " + what);
            }
            if (target.lease_age_seconds !== undefined) {
              facts.push("all changes known up to " + duration(1e9 * target.lease_age_seconds) + " ago");
            }
            for (const error of target.errors) {
              facts.push(count(error.count) + (error.class === "none" ? " errors without SQLSTATE"
                : " errors of class " + error.class));
            }
            const table = element("table"), head = element("tr");
            for (const [text, className] of [["Host"], ["State"], ["Ready", "number"], ["Connecting", "number wide"],
              ["Extra", "number wide"], ["Made", "number wide"], ["Failed", "number"], ["Lost", "number"]]) {
              const cell = element("th", text, className);
              cell.scope = "col";
              head.append(cell);
            }
            table.createTHead().append(head);
            const body = table.createTBody();
            for (const host of target.hosts) {
              const row = cells(element("tr"), [[host.name], [], [count(host.ready), "number"],
                [count(host.connecting), "number wide"], [count(host.extra), "number wide"],
                [count(host.connects), "number wide"], [count(host.connect_failures), "number"],
                [count(host.disconnects), "number"]]);
              row.cells[1].append(element("span", host.is_full ? "full" : host.state, "state " + host.state));
              if (host.trouble) row.cells[1].title = host.trouble;
              body.append(row);
            }
            const scroll = element("div", undefined, "scroll");
            scroll.append(table);
            part.append(title, element("p", facts.join(" · "), "note"), scroll);
            return part;
          }));
        }

        function showErrors(snapshot) {
          const errors = [...snapshot.recent_errors].reverse();
          byId("quiet").hidden = errors.length > 0;
          byId("errors").replaceChildren(...errors.map(error => {
            const item = element("li"), text = element("div"), at = new Date(error.time * 1000);
            const time = element("time", span(snapshot.process.taken_at - error.time) + " ago");
            time.dateTime = at.toISOString();
            time.title = at.toLocaleString();
            text.append(element("p", error.message), element("p", error.place, "place"));
            item.append(time, text, element("span", error.count > 1 ? "× " + count(error.count) : "", "count"));
            return item;
          }));
        }

        function showState(text, className) {
          byId("state").textContent = text;
          byId("state").className = className;
        }

        function show(snapshot, latest, recent) {
          const { process, targets, maps } = snapshot;
          const paused = targets.filter(target => target.paused_seconds > 0).length;
          const down = targets.filter(target => target.paused_seconds === 0 && !target.is_dormant &&
            !target.hosts.some(host => host.ready > 0)).length;
          const bad = targets.flatMap(target => target.hosts).filter(host => host.state !== "up").length;
          const failing = maps.filter(map => map.state === "failing"), kept = maps.filter(map => map.state === "kept");
          const unusable = process.configuration_trouble;
          // For the last five minutes.
          const relay = { all: 0, failed: 0 }, strays = [];
          for (const { endpoint, lately, wrong_greetings } of snapshot.endpoints) {
            const what = endpoint === "socketmap" ? "maps" : "tables";
            if (lately.unknown_maps > 0) strays.push(count(lately.unknown_maps) + " requests for " + what +
              " that are not configured in the last five minutes");
            strays.push(...wrong_greetings.map(path => "clients of " + path + " do otherwise than proxymap_greeting says"));
            relay.all += lately.relayed;
            relay.failed += lately.relay_failures;
          }
          if (relay.failed > 0) strays.push(count(relay.failed) + " of " + count(Math.max(relay.all, relay.failed)) +
            " requests for proxymap_relay have failed in the last five minutes");
          if (process.reload_refusal && !unusable) strays.push("the last reload was refused: " + process.reload_refusal);
          byId("troubles").replaceChildren(
            ...(unusable ? [element("li", "each lookup fails temporarily: " + unusable)] : []),
            ...failing.concat(kept).map(map => element("li", map.name +
            (map.state === "failing" ? " fails temporarily: " : " is served as it was before: ") + map.trouble)),
            ...targets.filter(outageText).map(target => element("li", target.name + " " + outageText(target))),
            ...maps.filter(map => map.cache && map.cache.bypass).map(map => element("li", map.name +
            " is not answered by notification: " + bypasses[map.cache.bypass])),
            ...strays.map(text => element("li", text)));
          // Maps that were asked in the last five minutes, and of which every lookup failed temporarily.
          const hopeless = maps.filter(({ lately }) => lately.temporary > 0 &&
            lately.found + lately.not_found + lately.permanent === 0);
          const hasNoRelay = relay.failed > 0 && relay.failed >= relay.all;
          if (unusable) showState("the configuration can't be used", "failing");
          else if (failing.length > 0) showState(failing.length === 1 ? "a map can't be served"
            : failing.length + " maps can't be served", "failing");
          else if (down > 0) showState((down === 1 ? "a database has no connection"
            : down + " databases have no connection") + (targets.some(outageText) ? ", last answers are given" : ""),
            "failing");
          else if (hopeless.length > 0) showState(hopeless.length === 1 ? "every lookup of " + hopeless[0].name + " fails"
            : "every lookup of " + hopeless.length + " maps fails", "failing");
          else if (hasNoRelay) showState("proxymap_relay does not answer", "failing");
          else if (paused > 0) showState(paused === 1 ? "a database is paused" : paused + " databases are paused",
            "avoided");
          else if (kept.length > 0) showState(kept.length === 1 ? "a map's file can't be used"
            : kept.length + " maps' files can't be used", "avoided");
          else if (bad > 0) showState(bad === 1 ? "a host is not up" : bad + " hosts are not up", "avoided");
          else if (recent && recent.elsewhere > 0) showState("a host refuses queries", "avoided");
          else if (strays.length > 0) showState(strays.length === 1 ? "there is a warning" : "there are warnings", "avoided");
          else if (targets.some(target => target.is_dormant)) showState("all databases that are asked are live", "up");
          else showState("all databases are live", "up");
          document.title = (byId("state").className === "failing" ? "✕ " : "") + "mapmux" +
            (process.instance ? " " + process.instance : "");
          byId("instance").textContent = process.instance;
          byId("about").textContent = "version " + process.version + " · up " +
            span(process.taken_at - process.started_at) + " · " +
            (process.workers === 1 ? "1 worker" : process.workers + " workers");
          byId("configuration").textContent = "Configuration read " +
            span(process.taken_at - process.configuration_loaded_at) + " ago · " + process.reloads_succeeded +
            " reloads, " + (process.reloads_partial > 0 ? process.reloads_partial + " in part, " : "") +
            process.reloads_failed + " refused";
          const waiting = sum(targets.map(target => target.waiting));
          byId("waiting").textContent = count(waiting);
          byId("flight").textContent = count(sum(targets.map(target => target.in_flight)));
          byId("clients").textContent = count(sum(snapshot.endpoints.map(endpoint => endpoint.clients)));
          if (latest) {
            const p50 = quantile(latest.buckets, .5), p99 = quantile(latest.buckets, .99);
            byId("rate").textContent = rate(sum(latest.rates));
            byId("p50").textContent = duration(p50);
            byId("p99").textContent = duration(p99);
            byId("temporary").textContent = rate(latest.rates[2]);
            byId("temporary").closest(".tile").classList.toggle("alarm", latest.rates[2] > 0);
          }
          if (latest) keepRow(process.taken_at, latest);
          showMaps(snapshot, recent);
          showSearches(snapshot, recent);
          showKept(snapshot, recent);
          showTargets(snapshot);
          showErrors(snapshot);
        }

        """#
}
