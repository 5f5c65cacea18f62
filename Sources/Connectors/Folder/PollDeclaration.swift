// The polling part of a connector's YAML, read into values.

import Model

/// One thing that a connector asks for again and again, because nobody sends it.
struct PollDeclaration: Sendable {
    let id: String
    /// From the end of one run to the beginning of the next.
    let every: Duration
    /// jq that tells the texts, each with a cursor of its own; `nil`: one cursor.
    let each: Snippet?
    let request: Snippet
    /// `nil`: what `send.result.ok` says.
    let ok: Snippet?
    let items: Snippet?
    /// `nil`: a digest of the item.
    let key: Snippet?
    /// `nil`: an answer is a page by itself.
    let next: Snippet?
    /// Look-ups made before receive.jq gets an item.
    let calls: [CallUse]
    /// Pages that a run asks for at most.
    let pages: Int
    let strategy: PollStrategy
    /// The value of an item, or with `token` of an answer, that the cursor takes.
    let value: Snippet?
    /// How much of the time before the cursor is asked for again.
    let margin: Duration
    /// Whether an answer lists its newest item first.
    let isNewestFirst: Bool
    /// Whether the first run takes what is there; else it only remembers it.
    let takesFirst: Bool
    let isConditional: Bool
    let decoding: BodyDecoding

    init?(_ fields: Fields) {
        guard let id = fields.string("id"), let request = Snippet(fields["request"]),
            let every = fields.duration("every")
        else { return nil }
        self.id = id
        self.request = request
        self.every = every
        each = Snippet(fields["each"])
        ok = Snippet(fields["ok"])
        items = Snippet(fields["items"])
        key = Snippet(fields["key"])
        next = Snippet(fields["next"])
        calls = fields.list("calls").compactMap { $0.fields.flatMap { CallUse($0) } }
        pages = fields.integer("pages") ?? 10
        let cursor = fields.fields("cursor")
        strategy = cursor?.choice("strategy", of: PollStrategy.self) ?? .none
        value = Snippet(cursor?["value"])
        margin = cursor?.duration("overlap") ?? cursor?.duration("lag") ?? .zero
        isNewestFirst = fields.string("order").map { $0 == "newest_first" } ?? strategy.isNewestFirst
        takesFirst = fields.string("first") == "take"
        isConditional = fields.boolean("conditional") ?? false
        decoding = BodyDecoding(fields["decode"]) ?? .json
    }
}

/// How a poll knows what it has taken before.
enum PollStrategy: String, Sendable, CaseIterable {
    /// The provider filters by the cursor and gives the newest first.
    case since
    /// Ascending from the cursor.
    case forward
    /// The provider cannot filter: from the newest back to the cursor.
    case watermark
    /// From some time before the cursor on, ascending.
    case window
    /// A token that the answer gives.
    case token
    /// Only keys tell what is new.
    case none

    /// Whether the first page is the newest.
    var isNewestFirst: Bool { self == .since || self == .watermark }
}
