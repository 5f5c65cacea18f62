// Plain texts that only say that there is HTML.

/// Tells a text from an excuse for having none.
enum PlainStub {
    /// How long an excuse may be, in bytes; most have one sentence.
    private static let bytesMax = 600

    /// Whether a text is short enough for a look at the HTML.
    static func mayBe(_ plain: String) -> Bool { plain.utf8.count <= bytesMax }

    /// Whether the HTML, as text, says what the plain text does not.
    static func stands(_ plain: String, for html: String) -> Bool {
        let short = letters(plain)
        let long = letters(html)
        if short == 0 { return long > 0 || plain.isEmpty }
        // `Your mail program does not show HTML`: HTML is HTML in every language.
        if plain.lowercased().hasBytes("html"), long >= 2 * short, !html.hasBytes(plain) { return true }
        // `View this mail in your browser: https://…`, and nothing else.
        let words = plain.split { $0.isWhitespace }
        let links = words.count { $0.contains("://") }
        return links > 0 && words.count - links <= 12 && long >= 5 * short
    }

    /// Bytes that are no white space and belong to no link.
    private static func letters(_ text: String) -> Int {
        text.utf8.count { $0 > 0x20 }
    }
}
