// Which conversation a mail belongs to. A stranger enters none by guessing an id or a subject: docs/decisions/0039.

package import Model

/// Where a mail goes, and which rule says so.
package enum ThreadDecision: Sendable, Hashable {
    /// As what the sender comes in.
    package enum Role: String, Sendable, Hashable {
        /// The sender takes part already.
        case participant
        /// Somebody whom a participant gave a mail of ours, such as a colleague in copy. What he writes belongs to the
        /// conversation, but an answer must not go to him unless an agent says so.
        case newcomer
    }

    case join(ConversationID, role: Role, rule: Rule)
    /// A new conversation opens; it points to the one that the mail speaks of, if there is one.
    case new(related: ConversationID?, rule: Rule)

    /// The rule that decided, as `explain` shows it.
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The mail was sent to an address that we signed.
        case signedAddress = "signed-address"
        /// It answers a mail of ours whose Message-ID we signed.
        case signedReference = "signed-reference"
        /// It carries a marker that we signed, and the sender takes part.
        case signedMarker = "signed-marker"
        /// It answers a known mail, and the sender takes part.
        case knownReference = "known-reference"
        /// The subject names a conversation, and the sender takes part in it and is vouched for.
        case subjectTag = "subject-tag"
        /// A marker of ours came from somebody who does not take part: a quote shows only that he saw the text.
        case strangersMarker = "strangers-marker"
        /// Somebody who does not take part answers a mail whose id he cannot have signed.
        case strangersReference = "strangers-reference"
        /// Somebody who does not take part, or may be anybody, names a conversation in the subject.
        case strangersTag = "strangers-tag"
        /// The mail names no conversation that is known.
        case noEvidence = "no-evidence"
    }

    /// What the store knows.
    package struct Lookups {
        /// The conversation that an id stands for now: itself, or the one that it was merged into; `nil`: it is gone.
        let conversation: (ConversationID) -> ConversationID?
        /// The conversation of the message with this Message-ID; `nil`: it is not known.
        let message: (String) -> ConversationID?
        /// The conversation of a subject's tag; `nil`: it is not known.
        let tag: (String) -> ConversationID?
        /// Whether the sender takes part in a conversation, as far as anybody can say who the sender is.
        let takesPart: (ConversationID) -> Bool
        /// Whether our server vouches for the From address (``FromTrust``). Where it does not, a tag opens nothing: it
        /// can be guessed, and so can the address of a participant. An id can not.
        let isVerified: Bool

        package init(
            conversation: @escaping (ConversationID) -> ConversationID?, message: @escaping (String) -> ConversationID?,
            tag: @escaping (String) -> ConversationID?, takesPart: @escaping (ConversationID) -> Bool, isVerified: Bool
        ) {
            self.isVerified = isVerified
            self.conversation = conversation
            self.message = message
            self.tag = tag
            self.takesPart = takesPart
        }
    }

    /// The first claim that opens a conversation decides; the first that only names one makes it the related one.
    package static func decide(_ evidence: ThreadEvidence, _ lookups: Lookups) -> ThreadDecision {
        var refused: (ConversationID, Rule)?
        for claim in evidence.claims {
            guard let conversation = conversation(claim, lookups) else { continue }
            let takesPart = lookups.takesPart(conversation)
            if let rule = rule(claim, takesPart: takesPart, isVerified: lookups.isVerified) {
                return .join(conversation, role: takesPart ? .participant : .newcomer, rule: rule)
            }
            if refused == nil { refused = (conversation, refusal(claim)) }
        }
        return .new(related: refused?.0, rule: refused?.1 ?? .noEvidence)
    }

    private static func conversation(_ claim: ThreadClaim, _ lookups: Lookups) -> ConversationID? {
        switch claim.target {
        case .conversation(let id): lookups.conversation(id)
        case .message(let id): lookups.message(id).flatMap(lookups.conversation)
        case .tag(let tag): lookups.tag(tag).flatMap(lookups.conversation)
        }
    }

    /// The rule by which a claim opens its conversation; `nil` when it does not.
    private static func rule(_ claim: ThreadClaim, takesPart: Bool, isVerified: Bool) -> Rule? {
        switch (claim.source, claim.isSigned) {
        case (.address, true): .signedAddress
        case (.reference, true): .signedReference
        case (.marker, true): takesPart ? .signedMarker : nil
        case (.reference, false): takesPart ? .knownReference : nil
        case (.subject, _): takesPart && isVerified ? .subjectTag : nil
        // Neither is ever made without a signature.
        case (.address, false), (.marker, false): nil
        }
    }

    private static func refusal(_ claim: ThreadClaim) -> Rule {
        switch claim.source {
        case .marker: .strangersMarker
        case .subject: .strangersTag
        case .address, .reference: .strangersReference
        }
    }
}
