import Model
import Storage

/// One delivery, told to a person: what it carries, each attempt, and whether the connector was edited since.
struct DeliveryStory {
    let record: DeliveryRecord
    /// In order.
    let attempts: [AttemptRecord]
    /// The version of the connector as its files are now; `nil`: the endpoint is not configured, or nobody knows.
    let connector: String?

    var json: JSON {
        var members = record.json.object ?? [:]
        members["payload"] = record.delivery.payload
        members["attempt_log"] = .array(attempts.map(\.json))
        if let connector { members["connector_now"] = .string(connector) }
        return .object(members)
    }

    var text: String {
        let delivery = record.delivery
        let facts = [
            ("to", "\(delivery.destination), \(delivery.conversation)"),
            ("what", delivery.payload["type"].string ?? delivery.kind.rawValue),
            ("state", ([stand] + [record.reason].compactMap(\.self)).joined(separator: ": ")),
            ("made", "\(delivery.createdAt.rfc3339), correlation \(delivery.correlation)"),
            ("connector", standing),
        ]
        let head = facts.map { name, value in
            "  \(name)\(String(repeating: " ", count: 11 - name.count))\(value)"
        }
        let payload = delivery.payload.prettyText.split(separator: "\n").map { "    \($0)" }
        return ([delivery.id.text] + head + ["  attempts"] + attempts.flatMap(lines) + ["  payload"] + payload)
            .joined(separator: "\n")
    }

    private var stand: String {
        let state = record.delivery.state
        return switch (state, record.endedAt) {
        case (_, let time?): "\(state.rawValue) since \(time.rfc3339)"
        case (.snoozed, nil), (.pending, nil): "\(state.rawValue), due \(record.dueAt.rfc3339)"
        case (_, nil): state.rawValue
        }
    }

    /// The connector of the last attempt, beside the one of now.
    private var standing: String {
        switch (attempts.last?.connector, connector) {
        case (nil, nil): "not known"
        case (nil, let now?): now
        case (let last?, nil): "\(last) at the last attempt"
        case (let last?, let now?) where last == now: "\(now), as at the last attempt"
        case (let last?, let now?): "\(now), edited since the last attempt by \(last)"
        }
    }

    private func lines(of attempt: AttemptRecord) -> [String] {
        let head = [
            "    \(attempt.number)", attempt.startedAt.rfc3339, attempt.outcome, attempt.connector ?? "",
            attempt.reason ?? "",
        ]
        let exchanges = (attempt.exchanges.array ?? []).flatMap { exchange in
            let status = exchange["status"].integer.map { "\($0)" } ?? "no answer"
            let told = exchange["milliseconds"].integer.map { ", \($0) ms" } ?? ""
            return ["       \(exchange["request"].string ?? "") -> \(status)\(told)"]
                + (exchange["excerpt"].string.map { ["       \($0.replacing("\n", with: " "))"] } ?? [])
        }
        return [head.filter { !$0.isEmpty }.joined(separator: "  ")] + exchanges
    }
}
