import Testing

@testable import Mail

/// What must hold for any text.
@Suite("Nothing of a mail is lost")
struct ReplyPropertyTests {
    /// Numbers that are the same in every run (SplitMix64).
    struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Pieces that mean something to some rule.
    static let pieces = [
        "On Mon, Mar 3, 2025 at 10:04 AM Ann <ann@example.com> wrote:", "Am 03.03.25 um 10:04 schrieb Ann:", "> ", ">",
        "\n",
        "\r\n", "\r", "\n\n", "-- ", "--", "From: ", "Sent: 3 March 2025", "To: ann@example.com", "Subject: x",
        "Best regards",
        "Sent from my iPhone", "-----Original Message-----", "---------- Forwarded message ---------", "yes",
        "ja, takk", "\t",
        " ", "\u{A0}", "\u{200F}", "é", "🎉", "https://example.com/", "________________________________", "1. ", "- ",
        ":",
        "<div class=\"gmail_quote\">", "<blockquote type=cite>", "</div>", "</blockquote>", "<br>", "&amp;", "<",
        "&#x41;",
        "<div id=divRplyFwdMsg>", "<div id=Signature>", "<p>", "</p>", "<hr tabindex=-1>", "<style>", "</style>",
        "<!--", "-->",
    ]

    static func text(_ seed: UInt64) -> String {
        var numbers = Numbers(state: seed)
        return (0..<Int.random(in: 1...60, using: &numbers)).map { _ in
            pieces.randomElement(using: &numbers) ?? ""
        }.joined()
    }

    static func words(_ text: String) -> [Substring] {
        text.split { $0.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
    }

    /// What a text says but for its white space, in no order: pieces of one part may stand apart.
    static func said(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { !$0.properties.isWhitespace }.sorted()
    }

    @Test("The pieces of any text are the text, and all that it says is in one of the parts")
    func texts() {
        for seed in 0..<1000 {
            let text = Self.text(UInt64(seed))
            let reply = ReplySplitter.split(text: text)
            #expect(reply.pieces.map(\.text).joined() == text, "seed \(seed)")
            #expect(Self.said(reply.new + reply.quoted + reply.signature) == Self.said(text), "seed \(seed)")
            #expect(zip(reply.pieces, reply.pieces.dropFirst()).allSatisfy { $0.part != $1.part }, "seed \(seed)")
        }
    }

    @Test("The words of any HTML are all in one of the parts")
    func htmls() {
        for seed in 0..<1000 {
            let html = Self.text(UInt64(seed))
            let lines = HTMLLines.read(html)
            let reply = ReplySplitter.split(text: nil, html: html)
            #expect(reply.pieces.map(\.text).joined() == String(decoding: lines.bytes, as: UTF8.self), "seed \(seed)")
        }
    }

    @Test("Every word that a browser shows of a sample is in one of its parts")
    func samples() {
        for name in ReplySampleTests.names {
            guard let html = ReplySampleTests.bodies(name).html else { continue }
            // The samples have no script and no character reference within a word but `&lt;` and `&gt;`.
            var shown = ""
            var scanner = HTMLScanner(html)
            while let token = scanner.next() {
                guard case .text(let range) = token else {
                    shown += " "
                    continue
                }
                shown += String(decoding: CharacterReferences.decode(scanner.bytes[range]), as: UTF8.self)
            }
            let reply = ReplySplitter.split(text: nil, html: html)
            let said = Self.words([reply.new, reply.quoted, reply.signature].joined(separator: "\n")).joined()
            for word in Self.words(shown) { #expect(said.contains(word), "\(name)") }
        }
    }

    @Test(
        "A text made to be slow takes no longer than its length allows",
        arguments: [
            "On on on on 3 on 3 on 3 on 3 x wrote:\n", "On 3 Mar 2025 at 10:04 Ann <a@b.c> wrote:\n", "a:\n", ">",
            "> a\nb\n",
            "From: a\nTo: b\nCc: c\nCc: d\n", "wrote:\n\n", "-- \n", "\n", "Best regards\n",
            "<div class=\"gmail_quote\">", "<p></b>",
            "<i></p>", "<blockquote type=cite>a</blockquote>b", "<!--", "&#", "<div a=\"b",
            "<div class=signature>a</div>b",
        ])
    func hostile(piece: String) {
        // Ten times the length may take about ten times as long; squares would take a hundred times.
        let clock = ContinuousClock()
        let short = String(repeating: piece, count: 3000 / piece.utf8.count)
        let long = String(repeating: piece, count: 30_000 / piece.utf8.count)
        func time(_ text: String) -> Duration {
            (0..<2).map { _ in clock.measure { _ = ReplySplitter.split(text: text, html: text) } }.min() ?? .zero
        }
        #expect(time(long) < time(short) * 30 + .milliseconds(300), "\(piece)")
    }
}
