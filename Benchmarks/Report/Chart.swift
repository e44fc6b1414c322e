// A comparison as a picture: a rate over the number of those who ask at a time, a panel for each workload.

package struct Chart {
    package struct Series: Sendable {
        package let label: String
        /// One a size; nil where nothing could be measured.
        package let values: [Spread?]

        package init(label: String, values: [Spread?]) {
            self.label = label
            self.values = values
        }
    }

    package struct Panel: Sendable {
        package let title: String
        package let series: [Series]

        package init(title: String, series: [Series]) {
            self.title = title
            self.series = series
        }
    }

    private static let panelWidth = 660.0
    private static let height = 486.0
    private static let top = 128.0
    private static let bottom = 416.0
    private static let left = 74.0
    private static let right = 392.0
    private static let lineHeight = 17.0
    /// Okabe and Ito's colours, which the colour-blind can tell apart; dark enough on white, light enough on black.
    private static let colours = [
        "#0a84c6", "#2f9e77", "#8a8f98", "#d55e00", "#c9871f", "#b8639a", "#7a6ff0", "#6d5a3f",
    ]

    private let title: String
    private let subtitle: String
    private let sizeLabel: String
    private let unit: String
    private let sizes: [Int]
    private let panels: [Panel]

    /// - Parameters:
    ///   - sizeLabel: what the sizes count.
    ///   - unit: what the values are, as `lookups/s`.
    ///   - sizes: how many there are at a time; that many values has each series.
    package init(
        title: String, subtitle: String, sizeLabel: String, unit: String, sizes: [Int], panels: [Panel]
    ) {
        precondition(panels.allSatisfy { $0.series.allSatisfy { $0.values.count == sizes.count } })
        self.title = title
        self.subtitle = subtitle
        self.sizeLabel = sizeLabel
        self.unit = unit
        self.sizes = sizes
        self.panels = panels
    }

    /// The chart as an SVG document, light or dark as the reader's system is.
    package var svg: String {
        let width = Self.panelWidth * Double(panels.count)
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(Self.height))" \
            width="\(number(width))" height="\(number(Self.height))" role="img" font-family="sans-serif" \
            font-size="13">
            """,
            "<title>\(escaped(title))</title>", Self.style,
            #"<rect class="paper" width="100%" height="100%"/>"#,
            text(title, x: 20, y: 32, extra: #"font-size="19" font-weight="bold""#),
            text(subtitle, x: 20, y: 54, extra: #"class="quiet""#),
        ]
        // One scale for all, so that the panels can be compared.
        let most = panels.flatMap(\.series).flatMap(\.values).compactMap { $0?.most }.max() ?? 1
        let step = Self.step(upTo: most)
        let limit = (most / step).rounded(.up) * step
        for (index, panel) in panels.enumerated() {
            lines.append(#"<g transform="translate(\#(number(Double(index) * Self.panelWidth)) 0)">"#)
            lines += draw(panel, step: step, limit: limit)
            lines.append("</g>")
        }
        lines.append("</svg>\n")
        return lines.joined(separator: "\n")
    }

    private static let style = """
        <style>
        text { fill: #1c1f24 } .quiet { fill: #5b626d } .paper { fill: #ffffff } .grid { stroke: #d9dce1 }
        .axis { stroke: #5b626d }
        @media (prefers-color-scheme: dark) {
        text { fill: #e8eaed } .quiet { fill: #a3aab5 } .paper { fill: #15181d } .grid { stroke: #343a44 }
        .axis { stroke: #a3aab5 }
        }
        </style>
        """

    private func draw(_ panel: Panel, step: Double, limit: Double) -> [String] {
        var lines = [text(panel.title, x: 20, y: 84, extra: #"font-weight="bold""#)]
        var value = 0.0
        while value <= limit {
            let y = place(value, limit)
            lines.append(line(Self.left, y, Self.right, y, #"class="\#(value == 0 ? "axis" : "grid")""#))
            lines.append(
                text(label(value), x: Self.left - 8, y: y + 4, extra: #"class="quiet" text-anchor="end""#))
            value += step
        }
        for (index, size) in sizes.enumerated() {
            lines.append(
                text(
                    MarkdownTable.grouped(size), x: x(index), y: Self.bottom + 20,
                    extra: #"class="quiet" text-anchor="middle""#))
        }
        lines.append(
            text(
                sizeLabel, x: (Self.left + Self.right) / 2,
                y: Self.bottom + 44, extra: #"class="quiet" text-anchor="middle""#))
        lines.append(
            text(unit, x: 20, y: Self.top - 20, extra: #"class="quiet""#))
        for (index, series) in panel.series.enumerated() {
            lines += draw(series, colour: Self.colours[index % Self.colours.count], limit)
        }
        return lines + labels(panel, limit)
    }

    private func draw(_ series: Series, colour: String, _ limit: Double) -> [String] {
        var lines: [String] = []
        var path = ""
        for (index, value) in series.values.enumerated() {
            guard let value else { continue }
            let (x, y) = (x(index), place(value.median, limit))
            path += "\(path.isEmpty ? "M" : "L")\(number(x)) \(number(y))"
            lines.append(
                line(x, place(value.least, limit), x, place(value.most, limit), #"stroke="\#(colour)""#))
            lines.append(
                #"<circle cx="\#(number(x))" cy="\#(number(y))" r="3.5" fill="\#(colour)"/>"#)
        }
        if path.isEmpty { return [] }
        return [#"<path d="\#(path)" fill="none" stroke="\#(colour)" stroke-width="2.5"/>"#] + lines
    }

    /// Each series' name and last value, beside the end of its line, moved apart where they would overlap.
    private func labels(_ panel: Panel, _ limit: Double) -> [String] {
        var places: [(y: Double, wanted: Double, series: Int, last: Int)] = []
        for (index, series) in panel.series.enumerated() {
            guard let last = series.values.lastIndex(where: { $0 != nil }) else { continue }
            let y = place(series.values[last]!.median, limit)
            places.append((y, y, index, last))
        }
        places.sort { $0.y < $1.y }
        for index in places.indices.dropFirst() {
            places[index].y = max(places[index].y, places[index - 1].y + Self.lineHeight)
        }
        if let lowest = places.indices.last, places[lowest].y > Self.bottom {
            places[lowest].y = Self.bottom
            for index in places.indices.dropLast().reversed() {
                places[index].y = min(places[index].y, places[index + 1].y - Self.lineHeight)
            }
        }
        return places.flatMap { place in
            let colour = Self.colours[place.series % Self.colours.count]
            let value = panel.series[place.series].values[place.last]!.median
            let end = x(place.last)
            // A line that ends early says where.
            let size =
                place.last == sizes.count - 1 ? "" : " (at \(MarkdownTable.grouped(sizes[place.last])))"
            return [
                #"<polyline points="\#(number(end + 5)),\#(number(place.wanted)) \#(number(Self.right + 4)),"#
                    + #"\#(number(place.y)) \#(number(Self.right + 12)),\#(number(place.y))" fill="none" "#
                    + #"stroke="\#(colour)" stroke-dasharray="2 3"/>"#,
                text(
                    "\(panel.series[place.series].label) \(label(value))\(size)", x: Self.right + 16,
                    y: place.y + 4,
                    extra: #"style="fill:\#(colour)""#),
            ]
        }
    }

    // MARK: Places

    private func x(_ index: Int) -> Double {
        let inset = 18.0
        let width = Self.right - Self.left - 2 * inset
        return Self.left + inset + (sizes.count < 2 ? 0.5 : Double(index) / Double(sizes.count - 1)) * width
    }

    private func place(_ value: Double, _ limit: Double) -> Double {
        Self.bottom - value / limit * (Self.bottom - Self.top)
    }

    /// A round step that makes about five of the whole.
    static func step(upTo most: Double) -> Double {
        var power = 1.0
        while power * 10 <= most / 5 { power *= 10 }
        while power > most / 5 { power /= 10 }
        return [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= most / 5 } ?? power * 10
    }

    // MARK: Elements

    private func label(_ value: Double) -> String {
        value >= 10_000
            ? "\(Int((value / 1_000).rounded()))k"
            : value >= 1_000
                ? "\(MarkdownTable.decimal(value / 1_000, digits: 1))k" : "\(Int(value.rounded()))"
    }

    private func number(_ value: Double) -> String {
        MarkdownTable.decimal(value, digits: 1).filter { $0 != "," }
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ extra: String) -> String {
        #"<line x1="\#(number(x1))" y1="\#(number(y1))" x2="\#(number(x2))" y2="\#(number(y2))" \#(extra)/>"#
    }

    private func text(_ text: String, x: Double, y: Double, extra: String) -> String {
        #"<text x="\#(number(x))" y="\#(number(y))" \#(extra)>\#(escaped(text))</text>"#
    }

    private func escaped(_ text: String) -> String {
        String(
            text.flatMap { character in
                switch character {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                default: String(character)
                }
            })
    }
}
