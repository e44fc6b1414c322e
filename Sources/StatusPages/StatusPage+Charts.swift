// The status page's live charts, in SVG.

extension StatusPage {
    static let chartScript = #"""
        // The ranges of a chart: the number of points, the seconds of each, and the labels below it by the part of its width.
        const minutes = { points: 120, step: 1,
          ticks: [[0, "start", "−120 s"], [.5, "middle", "−60 s"], [1, "end", "now"]] };
        const hour = { points: 360, step: 10,
          ticks: [[0, "start", "−60 min"], [.5, "middle", "−30 min"], [1, "end", "now"]] };

        function shape(name, attributes) {
          const element = document.createElementNS("http://www.w3.org/2000/svg", name);
          for (const key in attributes) element.setAttribute(key, attributes[key]);
          return element;
        }

        // The next even number with one significant digit, or power of ten, that is at least this.
        function roundUp(number) {
          const power = 10 ** Math.floor(Math.log10(number));
          return [1, 2, 4, 6, 8, 10].find(step => step * power >= number) * power;
        }

        // From 0 to the largest value: the place of each between 0 and 1, and the values with a line.
        function linearScale(values) {
          const most = roundUp(Math.max(1, ...values));
          return { place: value => value / most, lines: [0, most / 2, most] };
        }

        // By powers of ten, three of them at least: times differ by more than a scale from 0 could show.
        function logarithmicScale(values) {
          const known = values.filter(value => value > 0);
          const power = (value, round) => round(Math.log10(value));
          const least = known.length > 0 ? power(Math.min(...known), Math.floor) : 5;
          const most = Math.max(least + 3, ...known.map(value => power(value, Math.ceil)));
          const lines = [];
          for (let exponent = least; exponent <= most; exponent++) lines.push(10 ** exponent);
          return { place: value => (Math.log10(Math.max(value, 10 ** least)) - least) / (most - least), lines };
        }

        // A chart that ends now. Each series is {name, color}. There is a row for each point of the range: null (nothing known),
        // or a number or null for each series.
        class Chart {
          constructor(place, label, series, isStacked, write) {
            Object.assign(this, { series, isStacked, write, range: minutes, rows: [], now: 0, hovered: null });
            this.svg = shape("svg", { class: "chart", role: "img", "aria-label": label });
            this.legend = document.createElement("ul");
            this.legend.className = "legend";
            this.values = series.map(({ name, color }) => {
              const item = document.createElement("li");
              const patch = document.createElement("i");
              const value = document.createElement("b");
              patch.style.background = color;
              item.append(patch, name + " ", value);
              this.legend.append(item);
              return value;
            });
            place.append(this.svg, this.legend);
            const hover = event => {
              const box = this.svg.getBoundingClientRect();
              const part = (event.clientX - box.left - this.left) / (box.width - this.left);
              this.hovered = Math.round(part * (this.range.points - 1));
              this.draw();
            };
            this.svg.addEventListener("pointermove", hover);
            this.svg.addEventListener("pointerdown", hover);
            this.svg.addEventListener("pointerleave", () => { this.hovered = null; this.draw(); });
            this.left = 52;
          }

          // now: in seconds since 1970.
          show(range, rows, now) {
            Object.assign(this, { range, rows, now });
            this.draw();
          }

          draw() {
            const width = this.svg.clientWidth || 600, height = this.svg.clientHeight || 190;
            const top = 8, bottom = height - 18, points = this.range.points;
            const known = this.rows.filter(row => row !== null);
            const scale = this.isStacked ? linearScale(known.map(sum))
              : logarithmicScale(known.flat().filter(value => value !== null));
            const x = index => this.left + (width - this.left) * index / (points - 1);
            const y = value => bottom - (bottom - top) * scale.place(value);
            const parts = [];
            for (const value of scale.lines) {
              const line = y(value);
              parts.push(shape("line", { class: "grid", x1: this.left, x2: width, y1: line, y2: line }));
              const text = shape("text", { x: this.left - 8, y: line + 4, "text-anchor": "end" });
              text.textContent = value === 0 ? "0" : this.write(value);
              parts.push(text);
            }
            for (const [part, anchor, words] of this.range.ticks) {
              const place = this.left + (width - this.left) * part;
              const text = shape("text", { x: place, y: height - 3, "text-anchor": anchor });
              text.textContent = words;
              parts.push(text);
            }
            parts.push(...(this.isStacked ? this.areas(x, y) : this.curves(x, y)));
            // The values of a moment ago, if the latest are not known yet.
            let shown = points - 1;
            if (!this.rows[shown]) shown--;
            const index = this.hovered === null ? -1 : this.hovered;
            if (index >= 0 && index < this.rows.length) {
              shown = index;
              parts.push(shape("line", { class: "cursor", x1: x(index), x2: x(index), y1: top, y2: bottom }));
              const isLate = index > points / 2, time = this.now - (points - 1 - index) * this.range.step;
              const text = shape("text", { x: x(index) + (isLate ? -5 : 5), y: top + 6, "text-anchor": isLate ? "end" : "start" });
              text.textContent = new Date(time * 1000).toLocaleTimeString();
              parts.push(text);
            }
            this.svg.setAttribute("viewBox", "0 0 " + width + " " + height);
            this.svg.replaceChildren(...parts);
            const row = this.rows[shown];
            this.values.forEach((value, index) => {
              value.textContent = row && row[index] !== null ? this.write(row[index]) : "–";
            });
          }

          // One above the other, with gaps for points without data.
          areas(x, y) {
            const runs = [];
            this.rows.forEach((row, index) => {
              if (row === null) return;
              if (index === 0 || this.rows[index - 1] === null) runs.push([]);
              runs[runs.length - 1].push({ index, row, base: 0 });
            });
            return this.series.flatMap(({ color }, series) => runs.map(run => {
              const edge = () => run.flatMap(({ index, base }) => (run.length > 1 ? [index] : [index - .5, index + .5])
                .map(place => x(place).toFixed(1) + "," + y(base).toFixed(1)));
              const lower = edge().reverse();
              for (const part of run) part.base += part.row[series];
              const area = shape("polygon", { class: "area", points: [...edge(), ...lower].join(" ") });
              area.style.fill = color;
              return area;
            }));
          }

          // With gaps for points without data.
          curves(x, y) {
            return this.series.map(({ color }, series) => {
              let path = "", pen = "M";
              this.rows.forEach((row, index) => {
                if (row === null || row[series] === null) { pen = "M"; return; }
                // A point without a neighbour is drawn as a dot.
                path += pen + x(index).toFixed(1) + " " + y(row[series]).toFixed(1) + (pen === "M" ? "h.1" : "");
                pen = "L";
              });
              const curve = shape("path", { class: "curve", d: path });
              curve.style.stroke = color;
              return curve;
            });
          }
        }

        """#
}
