// The status page's table of kept answers. It is shown only if any map is kept.

extension StatusPage {
    static let keptDocument = """
        <section class="panel" id="keeping" hidden><h2>Kept answers</h2>
        <div class="scroll"><table id="kept"><thead><tr>
        <th scope="col">Map</th><th scope="col">Given</th><th scope="col" class="number">Hits/s</th>
        <th scope="col" class="number">Of lookups</th><th scope="col" class="number wide">Not found</th>
        <th scope="col" class="number wide">Refused</th><th scope="col" class="number wide">Changes</th>
        <th scope="col" class="number wide">Evicted</th><th scope="col" class="number">Entries</th>
        <th scope="col" class="number">In outages</th>
        </tr></thead><tbody></tbody></table></div>
        <p class="note"><span id="room"></span>Hits/s are those of the last ten seconds, Of lookups those of the last five
        minutes, the rest counts since the start. Maps on one table have the figures of the table.</p>
        </section>

        """

    static let keptScript = #"""
        const bases = { time: "by time", notification: "by notification", outage: "in outages only" };
        const bypasses = {
          unknown: "it is not known yet what the query depends on",
          triggers: "the triggers are missing, or differ from what they should be",
          untellable: "triggers can't tell of all that the query depends on",
          unheard: "no primary can be listened to",
          late: "no sign of life has come for cache_max_staleness" };

        function hits(cache) { return cache ? cache.hits_found + cache.hits_not_found : 0; }

        function showKept(snapshot, recent) {
          const maps = snapshot.maps.filter(map => map.cache);
          byId("keeping").hidden = maps.length === 0;
          byId("kept").tBodies[0].replaceChildren(...maps.map(map => {
            const part = recent && recent.maps.get(map.name), cache = map.cache, lately = cache.lately;
            const row = cells(element("tr"), [
              [map.name], [], [part ? rate(part.hits) : "–", "number"],
              [lately ? share(lately.hits + lately.stale, lately.hits + lately.misses) : "–", "number"],
              [share(cache.hits_not_found, hits(cache)), "number wide"],
              [count(cache.too_large + cache.overtaken + cache.unproven + cache.unlikely), "number wide"],
              [count(cache.changed_keys + cache.changed_tables), "number wide"],
              [count(cache.evicted), "number wide"], [count(cache.entries), "number"],
              [count(cache.stale), "number"]]);
            row.cells[1].append(cache.bypass
              ? element("span", "not by notification", "state avoided") : bases[cache.basis] || "");
            if (cache.bypass) row.cells[1].title = bypasses[cache.bypass];
            row.cells[5].title = "too large: " + count(cache.too_large) + ", a change, a flush or a reload meanwhile: " +
              count(cache.overtaken) + ", not known to be current: " + count(cache.unproven) +
              ", of keys that hardly come again: " + count(cache.unlikely);
            row.cells[6].title = "of keys: " + count(cache.changed_keys) + ", of all: " + count(cache.changed_tables);
            return row;
          }));
          const all = snapshot.cache, size = snapshot.process.cache_size;
          byId("room").textContent = all && size ? share(all.bytes, size) + " of cache_size, " + brief.format(size) +
            " bytes, is taken. " : "";
        }

        // The answers that are given while no host of a target can be asked; nothing if none are.
        function outageText({ outage }) {
          if (!outage || outage.given_maps === 0) return "";
          return "can't be asked for " + span(outage.seconds) + ": the last answers of " +
            (outage.given_maps === outage.maps ? "" : outage.given_maps + " of ") +
            (outage.maps === 1 ? "its map" : "its " + outage.maps + " maps") + " are given";
        }

        """#
}
