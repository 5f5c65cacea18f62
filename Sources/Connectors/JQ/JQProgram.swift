// A jq program of a connector: its text, what it is called in errors, and the text that libjq compiles in its place.
// Reading it here, once, finds the refused words and tells whether `$req` and `$now` have to be handed over at all.

package import Model
import Synchronization

/// A jq program. Copies are cheap and share one identity; a ``JQMachine`` compiles each identity once per thread.
package struct JQProgram: Sendable, Identifiable {
    /// Unique in this process: two programs with equal text are two programs.
    package let id: UInt64
    private let content: Content

    /// The name that errors bear: `adapters/x/receive.jq`.
    package var name: String { content.name }

    /// - Parameters:
    ///   - settings: bound as `$settings`, `$vocab` and `$self` when the program is compiled; give no secrets.
    ///   - firstLine: the line of the author's file on which `source` begins, for programs that stand inside a file.
    ///
    /// Nothing is compiled yet: ``JQMachine/check(_:)`` does it and tells what is wrong.
    package init(name: String, source: String, settings: JQBindings = [:], firstLine: Int = 1) {
        id = Self.counter.add(1, ordering: .relaxed).newValue
        content = Content(name: name, source: source, settings: settings, firstLine: firstLine)
    }

    private static let counter = Atomic<UInt64>(0)
}

extension JQProgram {
    /// What the copies of one program share.
    private final class Content: Sendable {
        let name: String
        let source: String
        let settings: JQBindings
        let firstLine: Int
        let lastLine: Int
        let defect: JQError?
        let wantsContext: Bool
        let requestLine: Int?
        let prelude: String

        init(name: String, source: String, settings: JQBindings, firstLine: Int) {
            self.name = name
            self.source = source
            self.settings = settings
            self.firstLine = firstLine
            lastLine = firstLine + source.utf8.count { $0 == 0x0A } - (source.utf8.last == 0x0A ? 1 : 0)
            var lexer = JQLexer(source, firstLine: firstLine)
            lexer.run()
            defect = lexer.defect(program: name)
            wantsContext = lexer.tokens.contains { $0.kind == .variable && ($0.text == "req" || $0.text == "now") }
            requestLine = lexer.tokens.first { $0.kind == .variable && $0.text == "req" }?.line
            prelude = JQPrelude.text(for: Set(lexer.tokens.lazy.filter { $0.kind == .word }.map(\.text)))
        }
    }

    /// What `$settings`, `$vocab` and `$self` are bound to.
    var settings: JQBindings { content.settings }
    var firstLine: Int { content.firstLine }
    /// The last line of the author's text; libjq counts on into what stands behind it.
    var lastLine: Int { content.lastLine }
    /// What is wrong with the text before libjq sees it.
    var defect: JQError? { content.defect }
    /// Whether the input is `[input, req, now]` and not the bare input: only for programs that read one of the two.
    var wantsContext: Bool { content.wantsContext }

    /// The line on which it first reads `$req`; `nil`: it does not.
    var requestLine: Int? { content.requestLine }

    /// The text for libjq. What is put before the author's text stays on its first line, so that lines stay right.
    var wrapped: String { wrap(content.source, marks: "") }

    /// The same program, telling through `debug` where it is: see ``JQMarks``.
    var traced: String {
        wrap(JQMarks.insert(into: content.source, firstLine: content.firstLine), marks: JQMarks.definition)
    }

    private func wrap(_ source: String, marks: String) -> String {
        let context = wantsContext ? ".[1] as $req | .[2] as $now | .[0] | " : ""
        return marks + content.prelude + context + "(" + source + "\n)"
    }
}

/// What a program works on.
package enum JQInput: Sendable {
    /// JSON text from outside: it is checked strictly, and integers beyond 2^53 become strings of digits.
    case bytes([UInt8])
    /// A value of ours; integers beyond 2^53 become strings of digits.
    case json(JSON)
}
