// `{settings.NAME}` inside a text, read once when the folder is loaded.

/// A text with places for settings.
package struct Template: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case text(String)
        case setting(String)
    }

    let pieces: [Piece]

    /// What is wrong with a template.
    package struct Mistake: Error, Hashable {
        package let problem: String
    }

    /// Reads a template: `{settings.NAME}` is a place, `{{` and `}}` are braces, a lone `}` is itself.
    package init(_ text: String) throws(Mistake) {
        var pieces: [Piece] = []
        var plain = ""
        var rest = Substring(text)
        while let next = rest.first {
            if rest.hasPrefix("{{") || rest.hasPrefix("}}") {
                plain.append(next)
                rest = rest.dropFirst(2)
            } else if next == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Mistake(problem: "a template's \"{\" has no \"}\"; a brace is written {{")
                }
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                guard let name = Self.name(inside) else {
                    throw Mistake(
                        problem: "\"{\(inside.prefix(40))}\": a template knows {settings.NAME} only; a brace is {{")
                }
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(.setting(name))
                rest = rest[rest.index(after: end)...]
            } else {
                plain.append(next)
                rest = rest.dropFirst()
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        self.pieces = pieces
    }

    /// The name of a place: a setting's own, or `auth.NAME.MEMBER` for what came with a token.
    private static func name(_ inside: Substring) -> String? {
        let words = inside.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.dropFirst().allSatisfy({ Shape.TextRule.identifier.accepts($0) }) else { return nil }
        if words.count == 2, words[0] == "settings" { return words[1] }
        return words.count == 3 && words[0] == "auth" ? String(inside) : nil
    }

    private var names: [String] {
        pieces.compactMap { if case .setting(let name) = $0 { name } else { nil } }
    }

    /// The names of the settings that it uses, in order.
    package var settings: [String] { names.filter { !$0.contains(".") } }

    /// What it uses of the auths, in order: the auth and the member.
    var granted: [(auth: String, member: String)] {
        names.map { $0.split(separator: ".").map(String.init) }.filter { $0.count == 3 }.map { ($0[1], $0[2]) }
    }

    /// Every text that it can become: one for each value of a setting with several. Empty when a setting that it uses
    /// has no value.
    package func values(_ settings: [String: [String]]) -> [String] {
        var texts = [""]
        for piece in pieces {
            switch piece {
            case .text(let text): texts = texts.map { $0 + text }
            case .setting(let name):
                let values = settings[name] ?? []
                texts = texts.flatMap { text in values.map { text + $0 } }
            }
        }
        return texts
    }

    /// The text with the first value of each setting; `nil` when a setting that it uses has no value.
    package func value(_ settings: [String: [String]]) -> String? {
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .setting(let name):
                guard let value = settings[name]?.first else { return nil }
                result += value
            }
        }
        return result
    }
}
