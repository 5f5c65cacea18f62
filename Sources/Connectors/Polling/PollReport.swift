// What a run of a poll gave: batches on the way, a report at the end.

package import Model

/// One thing that was fetched, in our vocabulary or with the reason why not.
package struct PolledItem: Sendable {
    package enum Content: Sendable {
        case mapped(Mapped)
        /// It could not be mapped; the text says where and why, for the connector's author.
        case quarantined(String)
    }

    /// What it is known by.
    package let key: String
    /// The journal's copy: method POLL, the item as its body.
    package let envelope: Envelope
    package let content: Content
}

/// Items to commit together with the state that stands after them.
package struct PollBatch: Sendable {
    /// What stood before it.
    private let before: PollState
    /// The oldest first; may be empty when only the state moves.
    package let items: [PolledItem]
    package let state: PollState

    init(_ items: [PolledItem], from before: PollState, to state: PollState) {
        self.before = before
        self.items = items
        self.state = state
    }

    /// A batch for each item, in order: all but the last one only remember its key, the last one ends where this one
    /// does. So a run that ends between two of them is gone on with and nothing is passed over.
    package var singles: [PollBatch] {
        var known = before
        return items.enumerated().map { index, item in
            let start = known
            known.remember([item.key])
            return PollBatch([item], from: start, to: index == items.count - 1 ? state : known)
        }
    }

    /// The same batch with all of its items in quarantine.
    package func quarantined(_ reason: String) -> PollBatch {
        let items = items.map { PolledItem(key: $0.key, envelope: $0.envelope, content: .quarantined(reason)) }
        return PollBatch(items, from: before, to: state)
    }
}

/// Why a run of a poll ended early. What was yielded before stands.
package struct PollFailure: Sendable, Hashable {
    package let outcome: OutcomeClass
    /// Without secrets.
    package let reason: String
    /// How long the other side asks to wait; `nil`: it does not say.
    package let wait: Duration?
}

/// How a run of a poll ended.
package struct PollReport: Sendable {
    /// Answers that were read.
    package var pages = 0
    /// Items that were yielded.
    package var taken = 0
    /// The page cap was reached and what lies behind it will not be asked for again.
    package var hasGap = false
    /// The page cap was reached; the next run goes on from there.
    package var hasMore = false
    /// How long to wait because an allowance is nearly used up; `nil`: no longer than ever.
    package var pause: Duration?
    /// `nil`: it ended well.
    package var failure: PollFailure?
    /// What the connector's author should know; at most a few.
    package var complaints: [String] = []

    mutating func complain(_ text: String) {
        if complaints.count < 5, !complaints.contains(text) { complaints.append(text) }
    }
}
