// Deliveries and attempts as the API and `samtal deliveries --json` show them.

package import Model

extension DeliveryRecord {
    /// Without the payload: lists are long, and payloads hold customers' words.
    package var json: JSON {
        .members([
            "id": .string(delivery.id.text), "destination": .string(delivery.destination.description),
            "conversation": .string(delivery.conversation.text), "kind": .string(delivery.kind.rawValue),
            "type": JSON(delivery.payload["type"].string), "state": .string(delivery.state.rawValue),
            "attempts": .integer(Int64(delivery.attempts)), "correlation": .string(delivery.correlation),
            "created_at": JSON(delivery.createdAt), "due_at": JSON(dueAt), "ended_at": JSON(endedAt),
            "original": JSON(delivery.original?.text), "outcome": JSON(outcome), "reason": JSON(reason),
            "external_id": JSON(externalID),
        ])
    }
}

extension AttemptRecord {
    package var json: JSON {
        .members([
            "number": .integer(number), "started_at": JSON(startedAt), "outcome": .string(outcome),
            "reason": JSON(reason), "connector": JSON(connector), "exchanges": exchanges,
        ])
    }
}
