// Events as an adapter would make them.

package import Model

extension InboundEvent {
    /// A message of `author` on `thread`.
    /// - Parameter more: members added to it, or put in place of its own.
    package static func message(
        _ id: String, _ text: String = "Hello", by author: String = "ada", on thread: String = "t1",
        with more: [String: JSON] = [:]
    ) throws -> InboundEvent {
        try made(
            .message, id,
            [
                "text": .string(text), "thread": .string(thread),
                "author": ["id": .string(author), "name": .string(author.prefix(1).uppercased() + author.dropFirst())],
            ], more)
    }

    /// Our own words as the network shows them.
    package static func echo(
        _ id: String, _ text: String?, on thread: String = "t1", files: [JSON] = []
    ) throws -> InboundEvent {
        try made(.echo, id, ["text": JSON(text) ?? .null, "thread": .string(thread), "files": .array(files)])
    }

    package static func edit(_ id: String, _ text: String, at time: Timestamp? = nil) throws -> InboundEvent {
        try made(.edit, id, ["text": .string(text)], time.map { ["at": .string($0.rfc3339)] } ?? [:])
    }

    package static func deletion(_ id: String) throws -> InboundEvent { try made(.delete, id) }

    /// - Parameter reaction: `nil` when it was removed.
    package static func reaction(
        _ id: String, _ reaction: String?, by author: String = "ada"
    ) throws -> InboundEvent {
        try made(.reaction, id, ["author": ["id": .string(author)], "reaction": JSON(reaction) ?? .null])
    }

    package static func receipt(
        _ id: String, _ receipt: Receipt, reason: String? = nil
    ) throws -> InboundEvent {
        try made(.receipt, id, ["receipt": .string(receipt.rawValue), "reason": JSON(reason) ?? .null])
    }

    package static func receipt(
        _ id: String, _ receipt: Receipt, of thread: String, upTo time: Timestamp
    ) throws -> InboundEvent {
        try made(
            .receipt, id,
            ["receipt": .string(receipt.rawValue), "thread": .string(thread), "up_to": .string(time.rfc3339)])
    }

    package static func typing(_ thread: String = "t1") throws -> InboundEvent {
        try made(.typing, thread, ["thread": .string(thread)])
    }

    private static func made(
        _ kind: Kind, _ id: String, _ members: [String: JSON] = [:], _ more: [String: JSON] = [:]
    ) throws -> InboundEvent {
        var all = members.merging(more) { _, new in new }
        all["kind"] = .string(kind.rawValue)
        all["id"] = .string(id)
        return try InboundEvent(mapping: .object(all))
    }
}

extension Envelope {
    /// An envelope of `endpoint` with a body of no importance.
    package static func sample(
        _ endpoint: Endpoint = .channel("shop"), at time: Timestamp = TestClock.start, body: String = "{}"
    ) -> Envelope {
        Envelope(
            id: EnvelopeID(at: time), endpoint: endpoint, method: "POST",
            target: "/\(endpoint.side.rawValue)s/\(endpoint.name)",
            headers: [HeaderField("content-type", "application/json")], body: Array(body.utf8), receivedAt: time)
    }
}
