// The status page's look at the daemon once a second, and the data of its charts.

extension StatusPage {
    static let lookingScript = #"""
        // Rows of the events from one look to the next, each with the daemon's time at its end, and the daemon's last hour.
        let looks = [], past = null, pastAt = 0, range = null;

        function keepRow(at, row) {
          looks.push({ at, row });
          if (looks.length > 2 * minutes.points) looks.shift();
        }

        // Puts each row in its place, by the time of its end and the seconds that it covers. The other places have no data.
        function placed(range, rows, now) {
          const places = Array(range.points).fill(null);
          const place = time => range.points - 1 - Math.round((now - time) / range.step);
          for (const { at, seconds, values } of rows) {
            const last = place(at);
            for (let index = Math.min(last, place(at - seconds) + 1); index <= last; index++) {
              if (index >= 0 && index < range.points) places[index] = values;
            }
          }
          return places;
        }

        async function lookBack() {
          const response = await fetch("/history.json", { cache: "no-store", signal: AbortSignal.timeout(8000) });
          if (!response.ok) throw new Error(response.status);
          past = await response.json();
          pastAt = Date.now();
          const names = past.maps.map(map => map.name), which = byId("which");
          if (JSON.stringify(names) !== JSON.stringify([...which.options].slice(1).map(option => option.value))) {
            const chosen = which.value;
            which.replaceChildren(which.options[0], ...names.map(name => {
              const option = element("option", name);
              option.value = name;
              return option;
            }));
            which.value = names.includes(chosen) ? chosen : "";
          }
          // After an incident the last hour shows it; a daemon that has just started has more to show live.
          if (range === null) range = location.hash === "#hour" || past.ended_at.length >= 12 ? hour : minutes;
        }

        function drawCharts() {
          const name = byId("which").value;
          byId("hour").setAttribute("aria-pressed", range === hour);
          byId("minutes").setAttribute("aria-pressed", range === minutes);
          const now = daemonTime();
          const show = (range, rows) => {
            const parts = placed(range, rows, now);
            rates.show(range, parts.map(part => part && part.slice(0, outcomes.length)), now);
            latencies.show(range, parts.map(part => part && part.slice(outcomes.length)), now);
          };
          if (range === hour && past) {
            const series = name === "" ? past.all : past.maps.find(map => map.name === name);
            show(hour, past.seconds.map((seconds, index) => ({ at: past.ended_at[index], seconds, values: [
              ...outcomes.map(outcome => series[outcome][index] / seconds),
              series.p50[index] || null, series.p99[index] || null] })));
          } else {
            show(minutes, looks.flatMap(({ at, row }) => {
              const part = name === "" ? row : row.maps.get(name);
              const buckets = part && (part.buckets || part.total);
              return part ? [{ at, seconds: row.seconds,
                values: [...part.rates, quantile(buckets, .5), quantile(buckets, .99)] }] : [];
            }));
          }
        }

        for (const [id, chosen] of [["hour", hour], ["minutes", minutes]]) {
          byId(id).addEventListener("click", () => { range = chosen; drawCharts(); });
        }
        byId("which").addEventListener("change", drawCharts);

        // The snapshots of the last ten seconds, the time of the last answer, and the daemon's time at a time here.
        let history = [], answeredAt = Date.now(), clock = { daemon: Date.now() / 1000, here: Date.now() };

        // The daemon's time.
        function daemonTime() { return clock.daemon + (Date.now() - clock.here) / 1000; }

        // The number of the present loop: an answer to an earlier one is of no use any more.
        let loop = 0;

        async function look(own) {
          try {
            const response = await fetch("/stats.json", { cache: "no-store", signal: AbortSignal.timeout(8000) });
            if (!response.ok) throw new Error(response.status);
            const snapshot = await response.json();
            if (own !== loop) return;
            clock = { daemon: snapshot.process.taken_at, here: Date.now() };
            if (history.length > 0 && history[0].process.started_at !== snapshot.process.started_at) history = [];
            const last = history[history.length - 1];
            // It may be a snapshot that this page has: the server gives one to all that ask at the same time.
            if (!last || snapshot.process.taken_at > last.process.taken_at) {
              history.push(snapshot);
              if (history.length > 11) history.shift();
              show(snapshot, last && difference(snapshot, last),
                history.length > 1 ? difference(snapshot, history[0]) : null);
            }
            if (Date.now() - pastAt >= 1000 * (past ? past.interval_seconds : 0)) await lookBack();
            answeredAt = Date.now();
            document.body.classList.remove("stale");
          } catch (error) {
            if (own !== loop) return;
            showState("no answer for " + span((Date.now() - answeredAt) / 1000), "failing");
            document.body.classList.add("stale");
          }
          drawCharts();
        }

        let timer = null;
        async function turn(own) {
          await look(own);
          if (own === loop) timer = setTimeout(turn, 1000, own);
        }
        document.addEventListener("visibilitychange", () => {
          clearTimeout(timer);
          loop++;
          // The time meanwhile is not the second between two looks.
          history = [];
          if (!document.hidden) turn(loop);
        });
        addEventListener("resize", () => { rates.draw(); latencies.draw(); });
        turn(loop);

        """#
}
