// Queries on calls of our own API: idempotency keys and the audit.

package import Model

/// The answer that was given to a call with an idempotency key.
package struct CallRecord: Sendable {
    /// SHA-256 of the request that the key was first used for.
    package let digest: String
    package let status: Int
    package let answer: JSON

    package init(digest: String, status: Int, answer: JSON) {
        self.digest = digest
        self.status = status
        self.answer = answer
    }
}

extension Transaction {
    /// The call that a token made with this key, if it did.
    package func call(token: String, key: String) throws(StoreError) -> CallRecord? {
        try row(
            "SELECT digest, status, answer FROM calls WHERE token = ? AND idempotency_key = ?",
            [.text(token), .text(key)]
        ).map { (row) throws(StoreError) in
            CallRecord(digest: try row.text(0), status: Int(try row.integer(1)), answer: try row.json(2))
        }
    }

    /// Remembers the answer to a call, in the transaction that carries it out.
    package func insertCall(
        token: String, key: String, record: CallRecord, at time: Timestamp
    ) throws(StoreError) {
        try run(
            "INSERT INTO calls (token, idempotency_key, digest, status, answer, made_at) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(token), .text(key), .text(record.digest), .integer(Int64(record.status)), .json(record.answer),
                .time(time),
            ])
    }

    /// Notes that a command that makes no message is carried out.
    /// - Returns: whether it is the first time.
    package func insertCommand(
        _ source: CommandSource, on conversation: ConversationID, at time: Timestamp
    ) throws(StoreError) -> Bool {
        try run(
            """
            INSERT INTO commands (source_endpoint, source_id, conversation_id, carried_out_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (source_endpoint, source_id) DO NOTHING
            """, [.text(source.endpoint), .text(source.id), .id(conversation), .time(time)]) > 0
    }

    /// Notes who did what; notes are never changed.
    package func audit(
        actor: String, action: String, subject: String, details: JSON? = nil, at time: Timestamp
    ) throws(StoreError) {
        try run(
            "INSERT INTO audit (at, actor, action, subject, details) VALUES (?, ?, ?, ?, ?)",
            [.time(time), .text(actor), .text(action), .text(subject), .optional(details)])
    }
}
