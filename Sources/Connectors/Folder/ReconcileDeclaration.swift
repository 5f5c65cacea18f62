// `reconcile` of a contract: how it is found out which of our tickets the CRM has.

import Model

/// How a CRM is asked which tickets it has.
struct ReconcileDeclaration: Sendable {
    enum Way: String, Sendable, CaseIterable {
        /// For all tickets of a time range, page by page.
        case range
        /// For ours, a few at a time.
        case tickets
    }

    let way: Way
    /// jq over what is sought: the request.
    let request: Snippet
    /// jq over the answer: an output for each ticket that is there.
    let found: Snippet
    /// jq over the answer: the tickets that were asked for are not there, which is no error.
    let missing: Snippet?
    /// jq over the answer: what leads to the next page; `nil`: one page.
    let next: Snippet?
    /// How many pages are asked for at most.
    let pages: Int
    /// How many tickets one request asks for.
    let batch: Int

    init?(_ fields: Fields) {
        guard let way = fields.choice("by", of: Way.self), let request = Snippet(fields["request"]),
            let found = Snippet(fields["found"])
        else { return nil }
        self.way = way
        self.request = request
        self.found = found
        missing = Snippet(fields["missing"])
        next = Snippet(fields["next"])
        pages = fields.integer("pages") ?? 100
        batch = fields.integer("batch") ?? 1
    }
}

extension ConnectorSide {
    /// `reconcile`; contracts only.
    static var reconcile: Shape {
        let request = Shape.Key("request", .text(.anything), required: true, about: "jq: the request; GET by default")
        let found = Shape.Key(
            "found", .text(.anything), required: true,
            about: "jq over the answer: an id, or {id, state}, for each ticket that is there")
        return .oneOf(
            by: "by",
            [
                .init(
                    "range", about: "the CRM is asked for all tickets of a time range",
                    [
                        request, found,
                        .init("next", .text(.anything), about: "jq: what leads to the next page; null on the last one"),
                        .init("pages", .integer(1...10_000), default: "100", about: "pages at most"),
                    ]),
                .init(
                    "tickets", about: "the CRM is asked for our tickets",
                    [
                        request, found,
                        .init("missing", .text(.anything), about: "jq over the answer: none is there, no error"),
                        .init("batch", .integer(1...1000), default: "1", about: "how many tickets a request asks for"),
                    ]),
            ])
    }
}

extension ConnectorFolder {
    /// What no shape can see in `reconcile`.
    static func reconcileMistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let reconcile = fields["reconcile"] else { return [] }
        if fields["send"] == nil {
            return [.init(reconcile.position, "\"reconcile\" needs \"send\", which does not stand here")]
        }
        if fields.fields("send")?.fields("result")?["ticket"] == nil {
            return [.init(reconcile.position, "\"reconcile\" needs \"send.result.ticket\": no ticket is known without")]
        }
        return []
    }
}

/// `reconcile` with its jq ready to run.
struct BoundReconcile: Sendable {
    let declaration: ReconcileDeclaration
    let request: JQProgram
    let found: JQProgram
    let missing: JQProgram?
    let next: JQProgram?

    init(_ declaration: ReconcileDeclaration, bind: (Snippet) -> JQProgram) {
        self.declaration = declaration
        request = bind(declaration.request)
        found = bind(declaration.found)
        missing = declaration.missing.map(bind)
        next = declaration.next.map(bind)
    }

    var programs: [JQProgram] { [request, found, missing, next].compactMap(\.self) }
}
