// What a comparison of our tickets with a CRM's came to.

package import Model
import Storage

/// The tickets of a time, each with whether the CRM has it, and the conversations of that time that have none.
package struct Reconciliation: Sendable {
    /// Where a conversation stands at the CRM.
    package enum Standing: Sendable, Hashable {
        /// The CRM has its ticket, in this state; empty when it does not say.
        case there(String)
        /// The CRM knows nothing of its ticket.
        case missing
        /// It has no ticket yet: what makes it is to be delivered.
        case waiting
        /// It has no ticket: what makes it is a dead letter, or was cancelled; the text says why.
        case undelivered(String)
        /// It has no ticket although everything was delivered: no answer told of one.
        case untold

        package var name: String {
            switch self {
            case .there: "there"
            case .missing: "missing"
            case .waiting: "waiting"
            case .undelivered: "undelivered"
            case .untold: "untold"
            }
        }

        /// The state of a ticket, or why there is none; `nil`: there is nothing to say.
        package var detail: String? {
            switch self {
            case .there(let state): state.isEmpty ? nil : state
            case .undelivered(let reason): reason
            case .missing, .waiting, .untold: nil
            }
        }

        /// Whether the CRM lacks what it should have.
        package var isMissed: Bool {
            switch self {
            case .there, .waiting: false
            case .missing, .undelivered, .untold: true
            }
        }
    }

    package struct Line: Sendable {
        package let conversation: ConversationID
        /// `nil`: none is known.
        package let ticket: Ticket?
        package let standing: Standing

        var json: JSON {
            .members([
                "conversation": .string(conversation.text), "ticket": JSON(ticket?.externalID),
                "url": JSON(ticket?.url), "standing": .string(standing.name), "detail": JSON(standing.detail),
            ])
        }
    }

    package let contract: String
    package let since: Timestamp
    package let until: Timestamp
    /// The tickets in order of their making, then the conversations without one in order of theirs.
    package let lines: [Line]

    /// What the CRM lacks.
    package var missed: [Line] { lines.filter(\.standing.isMissed) }

    package func count(_ name: String) -> Int { lines.count { $0.standing.name == name } }

    package var json: JSON {
        let names = ["there", "missing", "waiting", "undelivered", "untold"]
        let counts = names.map { ($0, JSON.integer(Int64(count($0)))) }
        return [
            "contract": .string(contract), "since": .string(since.rfc3339), "until": .string(until.rfc3339),
            "ours": .integer(Int64(lines.count)), "counts": .object(Dictionary(counts) { $1 }),
            "missed": .integer(Int64(missed.count)), "conversations": .array(lines.map(\.json)),
        ]
    }
}

extension Reconciliation.Standing {
    /// Where a conversation without a ticket stands.
    init(_ conversation: Unticketed) {
        if conversation.waiting > 0 {
            self = .waiting
        } else if let dead = conversation.dead {
            self = .undelivered("\(dead.outcome): \(dead.reason)")
        } else {
            self = conversation.delivered > 0 ? .untold : .undelivered("cancelled")
        }
    }
}
