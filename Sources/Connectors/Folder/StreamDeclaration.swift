// `stream` of a connector: an answer that never ends, with one event after the other in it.

import Model

/// One stream.
struct StreamDeclaration: Sendable {
    /// How events stand in the answer.
    enum Format: String, Sendable, CaseIterable {
        /// Server-sent events (WHATWG HTML section 9.2).
        case sse
        /// A JSON value on each line; empty lines keep the connection alive.
        case ndjson
    }

    /// Unique among the connector's streams and polls.
    let id: String
    let format: Format
    /// jq over `{cursor, session}`: what is asked for.
    let request: Snippet
    /// jq over an event: what is mapped. `nil`: the data of a server-sent event, the value of a line.
    let items: Snippet?
    /// jq over an item: what it is known by. `nil`: a digest of it.
    let key: Snippet?
    /// jq over an event: from where to go on when the connection is made again. `nil`: the event's id, if it has one.
    let cursor: Snippet?
    /// Look-ups made before receive.jq gets an item.
    let calls: [CallUse]
    /// How long the other side may say nothing.
    let idle: Duration

    init?(_ fields: Fields) {
        guard let id = fields.string("id"), let request = Snippet(fields["request"]),
            let format = fields.choice("format", of: Format.self)
        else { return nil }
        self.id = id
        self.format = format
        self.request = request
        items = Snippet(fields["items"])
        key = Snippet(fields["key"])
        cursor = Snippet(fields["cursor"])
        calls = fields.list("calls").compactMap { $0.fields.flatMap { CallUse($0) } }
        idle = fields.duration("idle") ?? .seconds(90)
    }
}

extension ConnectorSide {
    static var stream: Shape {
        .list(
            of: .object([
                .init("id", .text(.identifier), required: true, about: "what receive.jq sees as $req.poll"),
                .init(
                    "format", .enumeration(StreamDeclaration.Format.allCases.map(\.rawValue)), required: true,
                    about: "how events stand in the answer"),
                .init("request", .text(.anything), required: true, about: "jq: what is asked for"),
                .init("items", .text(.anything), about: "jq over an event: what is mapped"),
                .init("key", .text(.anything), about: "jq: what an item is known by; default a digest of it"),
                .init("cursor", .text(.anything), about: "jq over an event: from where to go on; default its id"),
                .init(
                    "calls", .list(of: callUse), default: "[]", about: "look-ups made before receive.jq gets an item"),
                .init("idle", .duration, default: "90s", about: "how long the other side may say nothing"),
            ]))
    }
}

/// A stream with its jq ready to run.
struct BoundStream: Sendable {
    let declaration: StreamDeclaration
    let request: JQProgram
    let items: JQProgram?
    let key: JQProgram?
    let cursor: JQProgram?

    init(_ declaration: StreamDeclaration, bind: (Snippet) -> JQProgram) {
        self.declaration = declaration
        request = bind(declaration.request)
        items = declaration.items.map(bind)
        key = declaration.key.map(bind)
        cursor = declaration.cursor.map(bind)
    }

    var programs: [JQProgram] { [request, items, key, cursor].compactMap(\.self) }
}
