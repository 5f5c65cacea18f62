// A reply by API: its body, its idempotency key, and the one transaction that remembers the answer.

import Conversations
import HTTPTypes
import Model
import Signing
import Storage

/// One call of `POST /v1/conversations/{id}/replies`.
struct ReplyOrder: Sendable {
    private let token: String
    private let key: String
    /// Of the conversation and the body: another request with the same key is refused.
    private let digest: String
    private let body: JSON
    private let correlation: String

    init(_ call: APICall) throws {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = call.headers[name],
            (1...255).contains(key.utf8.count)
        else {
            throw Problem(
                .badRequest, "idempotency-key-missing",
                "the header Idempotency-Key names this reply, 1 to 255 characters")
        }
        do {
            body = try JSON(parsing: call.body)
        } catch {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
        token = call.token.name
        self.key = key
        correlation = call.correlation
        let subject = Array((call.path["id"] ?? "").utf8) + [0] + body.bytes
        digest = BinaryText.hex.encode(Digest.hash(.sha256, subject))
    }

    /// Carries the reply out, or gives the answer that its key was given before.
    /// - Throws: ``Problem``; nothing is remembered then, so the same key may be tried again.
    func carryOut(
        on conversation: ConversationID, by replies: Replies, at time: Timestamp, in transaction: any Transaction
    ) throws -> CallRecord {
        if let known = try transaction.call(token: token, key: key) {
            guard known.digest == digest else {
                throw Problem(.conflict, "idempotency-key-reused", "this key was used for another request")
            }
            return known
        }
        guard try transaction.conversation(conversation) != nil else { throw Problem.notFound }
        let command = try command(on: conversation)
        let result: CommandResult
        do {
            result = try replies.perform(
                command, from: .token(token), correlation: correlation, at: time, in: transaction)
        } catch let refusal as CommandRefusal {
            throw Problem(refusal)
        }
        guard case .message(let message) = result else { throw Problem(.conflict, "idempotency-key-reused") }
        let record = CallRecord(
            digest: digest, status: 202,
            answer: [
                "message": .string(message.text), "conversation": .string(conversation.text), "state": "pending",
                "correlation": .string(correlation),
            ])
        try transaction.insertCall(token: token, key: key, record: record, at: time)
        return record
    }

    private func command(on conversation: ConversationID) throws -> Command {
        var members = body.object ?? [:]
        for name in ["kind", "id", "ticket", "conversation", "at"] where members[name] != nil {
            throw Problem(.badRequest, "bad-body", ".\(name): no such member in a reply")
        }
        members["kind"] = "reply"
        members["id"] = .string(key)
        members["conversation"] = .string(conversation.text)
        do {
            return try Command(mapping: body.object == nil ? body : .object(members))
        } catch {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
    }
}
