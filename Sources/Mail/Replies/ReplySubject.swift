// What the beginning of a subject says of a mail: some programs forward with nothing else to tell it from an answer.

/// The first prefix of a subject, such as `Fwd:`.
struct ReplySubject: Sendable {
    private let prefix: String

    /// How long a prefix may be, in bytes, with a number in brackets.
    private static let bytesMax = 16

    init(_ subject: String?) {
        let start = (subject ?? "").drop { $0.isWhitespace }
        let end = start.firstIndex { $0 == ":" || $0 == "：" } ?? start.startIndex
        let word = start[..<end].prefix { $0 != "[" && $0 != "(" && $0 != "^" }.lowercased()
        prefix = word.utf8.count <= Self.bytesMax ? word.filter { !$0.isWhitespace } : ""
    }

    /// Whether it says that the mail is forwarded.
    /// - Parameter isFinnish: `VS:` is a forward in Norwegian and Danish and an answer in Finnish.
    func forwards(isFinnish: Bool) -> Bool {
        Self.forwards.contains(prefix) && !(isFinnish && prefix == "vs")
    }

    private static let forwards: Set<String> = [
        "fw", "fwd", "wg", "vs", "vb", "vl", "tr", "rv", "enc", "doorst", "pd", "i", "הועבר", "fs", "transf",
        "videresendt",
        "reenv", "ynt-fw", "пересл", "转发", "továbbítás", "ilt", "yönlendirilmiş", "trs", "rl", "vid",
    ]
}
