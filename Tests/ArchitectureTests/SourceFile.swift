// A Swift file as text: what it imports, declares and mentions.

import Foundation

/// It reads names, not types: a name that two files of a target declare, or that a local variable shares with a type, counts for
/// what it looks like.
struct SourceFile {
    /// From the repository's root.
    let path: String
    /// The modules that it imports.
    let imports: Set<String>
    /// What it declares at the left margin for other files of its target.
    let declared: Set<String>
    /// The words of its code, comments and literals apart, that are no member's name.
    let mentioned: Set<String>
    let lineCount: Int

    /// The target's name or the folder of other files: the second part of the path.
    var target: String { String(path.split(separator: "/")[1]) }

    /// The folder in the target, or the file itself where it is in none.
    var folder: String {
        let parts = path.split(separator: "/")
        return parts.count > 3 ? parts[1...2].joined(separator: "/") : path
    }

    init(path: String, text: String) {
        self.path = path
        lineCount = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let code = Self.code(of: text)
        imports = Set(
            code.matches(of: #/(?m)^(?:@\w+ )*(?:internal |package )?import (\w+)/#).map { String($0.1) })
        let declarations = code.matches(
            of:
                #/(?m)^(?:@\w+(?:\([^)\n]*\))? )*(?<access>package |internal |private |fileprivate )?(?:final |indirect )*(?:struct|class|enum|protocol|typealias|func|let|var) (?<name>\w+)/#
        )
        declared = Set(
            declarations.filter { !($0.access ?? "").hasSuffix("private ") }.map { String($0.name) })
        mentioned = Set(code.matches(of: #/(?:^|[^.\w])(\w+)/#).map { String($0.1) })
    }

    /// Without comments, and of literals only what is put into them.
    private static func code(of text: String) -> String {
        var code = text.replacing(#/(?m)//[^\n]*/#, with: "")
        code.replace(#/"""[\s\S]*?"""/#) { insertions(in: $0.0) }
        code.replace(#/"(?:\\.|[^"\\\n])*"/#) { insertions(in: $0.0) }
        return code
    }

    private static func insertions(in literal: Substring) -> String {
        literal.matches(of: #/\\\(([^"\n]*?)\)/#).map { String($0.1) }.joined(separator: " ")
    }
}
