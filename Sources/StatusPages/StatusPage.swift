// The page at /. All that it needs is in it, except the figures, which it gets from /stats.json.

package enum StatusPage {
    /// - Parameter nonce: letters and digits that can't be guessed; scripts and styles that carry them may run.
    package static func text(nonce: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>mapmux</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">
        \(style)</style>
        </head>
        <body>
        \(document)<script nonce="\(nonce)">
        \(figuresScript)\(chartScript)\(pageScript)\(searchesScript)\(keptScript)\(lookingScript)</script>
        </body>
        </html>

        """
    }

    /// The page's Content-Security-Policy.
    package static func policy(nonce: String) -> String {
        "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    private static let document = """
        <header>
        <h1>mapmux <span id="instance"></span></h1>
        <p id="state" role="status" class="idle">connecting …</p>
        <p id="about"></p>
        </header>
        <main>
        <noscript><p class="panel">The figures need JavaScript; <a href="/metrics">/metrics</a> does not.</p>
        </noscript>
        <section class="tiles" aria-label="Now">
        <div class="tile"><h2>Lookups</h2><p><b id="rate">–</b> <small>/s</small></p></div>
        <div class="tile"><h2>Median</h2><p><b id="p50">–</b></p></div>
        <div class="tile"><h2>p99</h2><p><b id="p99">–</b></p></div>
        <div class="tile"><h2>Failing</h2><p><b id="temporary">–</b> <small>/s</small></p></div>
        <div class="tile"><h2>Waiting</h2><p><b id="waiting">–</b>
        <small><span id="flight">–</span> in flight</small></p></div>
        <div class="tile"><h2>Clients</h2><p><b id="clients">–</b></p></div>
        </section>
        <p class="choice" role="group" aria-label="The charts">
        <button type="button" id="hour" aria-pressed="false">Last hour</button>
        <button type="button" id="minutes" aria-pressed="true">Two minutes</button>
        <label>of <select id="which"><option value="">all maps</option></select></label></p>
        <section class="charts">
        <figure class="panel"><figcaption><h2>Lookups a second</h2></figcaption>
        <div id="rates"></div></figure>
        <figure class="panel"><figcaption><h2>Time to the answer</h2></figcaption>
        <div id="latencies"></div></figure>
        </section>
        <section class="panel"><h2>Maps</h2><div class="scroll"><table id="maps"><thead><tr>
        <th scope="col">Map</th><th scope="col" class="number">Lookups/s</th>
        <th scope="col" class="number">Found</th><th scope="col" class="number">Failed</th>
        <th scope="col" class="number wide">Median</th><th scope="col" class="number">p99</th>
        <th scope="col" class="number wide">In PostgreSQL</th><th scope="col" class="number wide">Since start</th>
        </tr></thead><tbody></tbody></table></div>
        <ul id="troubles"></ul>
        <p class="note">Rates and times are those of the last ten seconds, Failed counts since the start.</p>
        </section>
        \(searchesDocument)\(keptDocument)<section class="panel"><h2>Databases</h2><div id="targets"></div></section>
        <section class="panel"><h2>Recent warnings and errors</h2><ul id="errors"></ul>
        <p id="quiet" class="note">None.</p></section>
        </main>
        <footer><p id="configuration"></p><p><a href="/metrics">/metrics</a>
        <a href="/stats.json">/stats.json</a> <a href="/history.json">/history.json</a> <a href="/readyz">/readyz</a></p></footer>

        """
}
