// An analysed query as PostgreSQL writes it down (pg_node_tree, debug_print_rewritten), read as a tree.

/// A value in a tree: see outfuncs.c and read.c.
indirect enum NodeTree: Equatable {
    case node(Node)
    case list([NodeTree])
    /// A number, a name, a quoted string, `true`; escaped as PostgreSQL writes it.
    case word(String)
    /// A list of words with a letter for their kind before them: `(b 8 9)` is a bitmapset.
    case words(kind: String, [String])
    /// `<>`
    case none

    struct Node: Equatable {
        let name: String
        let fields: [String: NodeTree]
    }

    /// - Returns: nil for a text of another form, or one that nests too deeply.
    init?(_ text: String) {
        var reader = NodeReader(text)
        guard let tree = reader.readValue(depth: 0), reader.isAtEnd else { return nil }
        self = tree
    }

    var node: Node? { if case .node(let node) = self { node } else { nil } }
    var word: String? { if case .word(let word) = self { word } else { nil } }
    var isNone: Bool { self == .none }

    /// The node, if it is of this kind.
    func node(_ name: String) -> Node? { node.flatMap { $0.name == name ? $0 : nil } }

    /// The elements of a list, for which `<>` stands if it is empty.
    var elements: [NodeTree]? {
        switch self {
        case .list(let elements): elements
        case .none: []
        case .node, .word, .words: nil
        }
    }

    /// The members of a bitmapset.
    var bits: [Int]? {
        guard case .words("b", let words) = self else { return nil }
        let bits = words.compactMap { Int($0) }
        return bits.count == words.count ? bits : nil
    }
}

extension NodeTree.Node {
    subscript(name: String) -> NodeTree { fields[name] ?? .none }

    /// A field that is a number; nil if there is none, or something else.
    func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
        fields[name]?.word.flatMap { Number($0) }
    }
}

/// Reads one value after the other.
private struct NodeReader {
    private let text: [UInt8]
    private var position = 0
    /// Each level takes some of the stack.
    private static let greatestDepth = 400

    init(_ text: String) { self.text = Array(text.utf8) }

    var isAtEnd: Bool {
        mutating get { nextToken() == nil }
    }

    mutating func readValue(depth: Int) -> NodeTree? {
        guard depth < Self.greatestDepth, let token = nextToken() else { return nil }
        switch token {
        case "(": return readList(depth: depth)
        case "<>": return NodeTree.none
        case ")", "}": return nil
        case _ where token.hasPrefix("{"): return readNode(String(token.dropFirst()), depth: depth)
        default: return .word(token)
        }
    }

    private mutating func readList(depth: Int) -> NodeTree? {
        var elements: [NodeTree] = []
        while let next = peek() {
            if next == ")" {
                _ = nextToken()
                if case .word(let kind) = elements.first, ["b", "i", "o", "x"].contains(kind) {
                    let words = elements.dropFirst().compactMap(\.word)
                    return words.count == elements.count - 1 ? .words(kind: kind, words) : nil
                }
                return .list(elements)
            }
            guard let element = readValue(depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return nil
    }

    /// A field is a label and a value. A label begins with a colon; so may a value, which is a name.
    private mutating func readNode(_ name: String, depth: Int) -> NodeTree? {
        var fields: [String: NodeTree] = [:]
        while let token = nextToken() {
            if token == "}" { return .node(NodeTree.Node(name: name, fields: fields)) }
            guard token.hasPrefix(":"), let value = readValue(depth: depth + 1),
                fields.updateValue(value, forKey: String(token.dropFirst())) == nil
            else { return nil }
            // The bytes of a constant: `4 [ 1 0 0 0 ]`.
            if peek() == "[" {
                while let byte = nextToken(), byte != "]" {}
            }
        }
        return nil
    }

    private mutating func peek() -> String? {
        let start = position
        defer { position = start }
        return nextToken()
    }

    /// `(`, `)`, `}`, or a word, which may begin with `{`. A backslash takes its meaning from the next character.
    private mutating func nextToken() -> String? {
        while position < text.count, Self.isSpace(text[position]) { position += 1 }
        guard position < text.count else { return nil }
        let start = position
        if Self.ends(text[position]) && text[position] != UInt8(ascii: "{") {
            position += 1
        } else {
            repeat {
                position += text[position] == UInt8(ascii: "\\") ? 2 : 1
            } while position < text.count && !Self.isSpace(text[position]) && !Self.ends(text[position])
            position = min(position, text.count)
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
    }

    private static func ends(_ byte: UInt8) -> Bool { "(){}".utf8.contains(byte) }
}
