// The status page's table of searches, and of what is read ahead. It is shown only if there are any.

extension StatusPage {
    static let searchesDocument = """
        <section class="panel" id="searching" hidden><h2>Searches</h2>
        <div class="scroll"><table id="searches"><thead><tr>
        <th scope="col">Map</th><th scope="col" class="number">Searches/s</th>
        <th scope="col" class="number wide">Keys each</th><th scope="col" class="number">First key</th>
        <th scope="col" class="number wide">Later key</th><th scope="col" class="number wide">None</th>
        <th scope="col" class="number">Ahead/s</th><th scope="col" class="number">Used</th>
        <th scope="col" class="number wide">Given up</th>
        </tr></thead><tbody></tbody></table></div>
        <p class="note">Rates are those of the last ten seconds, the rest counts since the start. Searches are those of
        socketmap clients. For proxymap clients, the next keys of their searches are read ahead.</p>
        </section>

        """

    static let searchesScript = #"""
        function share(part, all) { return all > 0 ? Math.round(100 * part / all) + " %" : "–"; }

        function showSearches(snapshot, recent) {
          const maps = snapshot.maps.filter(map => map.searches.asked > 0 || map.read_ahead.asked > 0);
          byId("searching").hidden = maps.length === 0;
          byId("searches").tBodies[0].replaceChildren(...maps.map(map => {
            const part = recent && recent.maps.get(map.name);
            const { asked, keys, hits } = map.searches, ahead = map.read_ahead;
            const later = hits.second + hits.third + hits.fourth + hits.later;
            const row = cells(element("tr"), [
              [map.name], [part && asked > 0 ? rate(part.searches) : "–", "number"],
              [asked > 0 ? short.format(keys / asked) : "–", "number wide"],
              [share(hits.first, asked), "number"], [share(later, asked), "number wide"],
              [share(asked - hits.first - later, asked), "number wide"],
              [part && ahead.asked > 0 ? rate(part.ahead) : "–", "number"],
              [share(ahead.used, ahead.used + ahead.thrown_away), "number"],
              [ahead.asked > 0 ? count(ahead.given_up) : "–", "number wide"]]);
            row.cells[4].title = [["2nd", hits.second], ["3rd", hits.third], ["4th", hits.fourth],
              ["later", hits.later]].map(([place, number]) => place + ": " + count(number)).join(", ");
            return row;
          }));
        }

        """#
}
