// The status page's arithmetic: what happened between two snapshots, and how numbers are written.

extension StatusPage {
    static let figuresScript = #"""
        "use strict";
        const outcomes = ["found", "not_found", "temporary", "permanent"];

        // Each list of things by their names.
        function named(list) { return new Map(list.map(one => [one.name, one])); }

        function outcomeCounts(map) {
          return outcomes.map(outcome => map.socketmap[outcome] + map.proxymap[outcome]);
        }

        // A histogram's counts since an earlier state of it: [largest number, count] for each bucket.
        function bucketsSince(now, before) {
          const earlier = new Map(before.buckets);
          return now.buckets.map(([upTo, count]) => [upTo, count - (earlier.get(upTo) || 0)])
            .filter(([, count]) => count > 0);
        }

        // The number that this part of all did not exceed; null if there are none.
        function quantile(buckets, part) {
          const sums = new Map();
          for (const [upTo, count] of buckets) sums.set(upTo, (sums.get(upTo) || 0) + count);
          const sorted = [...sums].sort((one, other) => one[0] - other[0]);
          let left = Math.ceil(part * sorted.reduce((sum, [, count]) => sum + count, 0));
          for (const [upTo, count] of sorted) {
            left -= count;
            if (left <= 0) return upTo;
          }
          return null;
        }

        // What happened between two snapshots of one process.
        function difference(now, before) {
          const seconds = now.process.taken_at - before.process.taken_at;
          const earlier = named(before.maps);
          const result = { seconds, rates: outcomes.map(() => 0), buckets: [], maps: new Map(), elsewhere: 0 };
          const pools = named(before.targets);
          for (const target of now.targets) {
            result.elsewhere += target.asked_elsewhere - (pools.get(target.name) || target).asked_elsewhere;
          }
          for (const map of now.maps) {
            // A map that was configured meanwhile has no past.
            const old = earlier.get(map.name) || map;
            const past = outcomeCounts(old);
            const rates = outcomeCounts(map).map((count, index) => (count - past[index]) / seconds);
            const total = bucketsSince(map.total, old.total);
            const inside = bucketsSince(map.in_postgresql, old.in_postgresql);
            rates.forEach((rate, index) => { result.rates[index] += rate; });
            result.buckets.push(...total);
            const searches = (map.searches.asked - old.searches.asked) / seconds;
            const ahead = (map.read_ahead.asked - old.read_ahead.asked) / seconds;
            const kept = (hits(map.cache) - hits(old.cache)) / seconds;
            result.maps.set(map.name, { rates, total, inside, searches, ahead, hits: kept });
          }
          return result;
        }

        function sum(numbers) { return numbers.reduce((one, other) => one + other, 0); }

        const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
        const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
        const brief = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

        function count(number) { return number < 100000 ? whole.format(number) : brief.format(number); }

        function rate(number) { return number < 10 ? short.format(number) : count(number); }

        // Nanoseconds, in a fitting unit.
        function duration(nanoseconds) {
          if (nanoseconds === null) return "–";
          const [value, unit] = nanoseconds < 1e6 ? [nanoseconds / 1e3, "µs"]
            : nanoseconds < 1e9 ? [nanoseconds / 1e6, "ms"] : [nanoseconds / 1e9, "s"];
          return value.toLocaleString("en", { maximumSignificantDigits: 3 }) + " " + unit;
        }

        // Seconds, as people write them.
        function span(seconds) {
          const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
          const [size, name] = units.find(([size]) => seconds >= size * 2) || units[3];
          return Math.max(0, Math.floor(seconds / size)) + " " + name;
        }

        """#
}
