// `limits` of a connector: what may stand there, and what it becomes.

package import Model

extension ConnectorSide {
    static var limits: Shape {
        let window = Shape.Key("window", .duration, about: "how long after the person last wrote a reply may be sent")
        let text = Shape.Key("text", TextLimit.shape, about: "how long a text may be")
        return .object([
            text, window,
            .init("public", .object([text, window]), about: "stands in place of text and window for public replies"),
            .init("rate", .list(of: rate), default: "[]", about: "how often the endpoint may be sent to"),
            .init("gauge", .list(of: gauge), default: "[]", about: "how much of an allowance is used, as answers tell"),
            .init("parallel", .integer(1...256), default: "4", about: "deliveries at one time"),
        ])
    }

    private static var rate: Shape {
        .object([
            .init(
                "per", .enumeration(RateScope.allCases.map(\.rawValue)), required: true, about: "what is counted"),
            .init("count", .integer(1...100_000), required: true, about: "how many deliveries"),
            .init("every", .duration, required: true, about: "in how long a time"),
            .init("burst", .integer(1...100_000), default: "1", about: "how many of them may go at once"),
        ])
    }
}

extension ConnectorSide {
    private static var gauge: Shape {
        .object([
            .init(
                "percent", .text(.anything), required: true,
                about: "jq over an answer: how much is used; null: it does not say"),
            .init("above", .integer(1...99), default: "90", about: "above this all to the endpoint waits"),
            .init("wait", .duration, required: true, about: "for so long"),
        ])
    }
}

/// How much of an allowance is used, as an answer tells, and what is done about it.
struct GaugeRule: Sendable {
    /// jq over the answer: percent.
    let percent: Snippet
    /// In percent.
    let above: Int
    let wait: Duration

    init?(_ fields: Fields) {
        guard let percent = Snippet(fields["percent"]), let wait = fields.duration("wait") else { return nil }
        self.percent = percent
        self.wait = wait
        above = fields.integer("above") ?? 90
    }
}

extension ReplyLimits {
    init(_ fields: Fields?) {
        self.init(text: fields?.fields("text").flatMap { TextLimit($0) }, window: fields?.duration("window"))
    }
}

extension RateLimit {
    init?(_ fields: Fields) {
        guard let scope = fields.choice("per", of: RateScope.self), let count = fields.integer("count"),
            let every = fields.duration("every")
        else { return nil }
        self.init(scope, count: count, every: every, burst: fields.integer("burst") ?? 1)
    }
}

extension ConnectorFolder {
    /// A declaration that says nothing.
    static func idempotencyMistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let idempotency = fields.fields("send")?.fields("idempotency"), idempotency["header"] == nil,
            idempotency.boolean("repeatable") != true
        else { return [] }
        return [.init(idempotency.position, "names neither a header nor \"repeatable: true\"")]
    }

    /// What a reply of this visibility may be.
    package func limits(of visibility: Visibility) -> ReplyLimits {
        visibility == .public ? publicLimits ?? limits : limits
    }
}
