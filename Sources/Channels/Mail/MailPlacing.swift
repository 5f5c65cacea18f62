// Where a mail belongs: what it claims, held against what the store knows. Asked in the transaction that appends it.

import Conversations
import Mail
import Model
import Storage

/// Places mails. A stranger never enters a conversation by naming it: docs/decisions/0039.
struct MailPlacing: Placing {
    /// Whose tickets a subject may name.
    let contracts: [String]

    func place(
        _ event: InboundEvent, on channel: String, network: String, in transaction: any Transaction
    ) throws -> Placement {
        let claims = event.fields?["claims"] ?? .null
        var event = try settled(event, digest: event.fields?["digest"].string, on: channel, in: transaction)
        let evidence = ThreadEvidence(claims: (claims["threads"].array ?? []).compactMap { ThreadClaim(json: $0) })
        let store = ThreadLookups(
            transaction, Sender(address: event.author?.id ?? "", isDoubted: claims["doubted"] == true),
            channel: channel, network: network, contracts: contracts)
        let decision = ThreadDecision.decide(evidence, store.lookups)
        if let error = store.error { throw error }
        var placement: Placement
        switch decision {
        case .join(let conversation, let role, let rule):
            event.note(rule)
            if let thread = try store.participation(in: conversation) { event.thread = thread }
            placement = Placement(event, conversation: conversation)
            placement.isGuest = role == .newcomer
        case .new(let related, let rule):
            event.note(rule)
            let reason = related == nil ? nil : "the sender takes no part in the conversation that the mail speaks of"
            placement = Placement(event, related: related, reason: reason)
        }
        return placement
    }

    /// A mail whose Message-ID another mail has already is a message of its own: some programs give all mails one.
    private func settled(
        _ event: InboundEvent, digest: String?, on channel: String, in transaction: any Transaction
    ) throws -> InboundEvent {
        guard let digest, let known = try transaction.message(channel: channel, externalID: event.id),
            known.direction == .inbound, let other = known.fields?["digest"].string, other != digest
        else { return event }
        var event = event
        event.id += "#\(digest.prefix(16))"
        event.thread = event.id
        return event
    }
}

/// Who a mail says that it is from.
private struct Sender {
    let address: String
    /// Whether it may be somebody else.
    let isDoubted: Bool
}

/// The store as the rules ask it. Errors wait until the rules are through.
private final class ThreadLookups {
    private let transaction: any Transaction
    private let sender: Sender
    private let channel: String
    private let network: String
    private let contracts: [String]
    private(set) var error: (any Error)?

    init(
        _ transaction: any Transaction, _ sender: Sender, channel: String, network: String, contracts: [String]
    ) {
        self.transaction = transaction
        self.sender = sender
        self.channel = channel
        self.network = network
        self.contracts = contracts
    }

    var lookups: ThreadDecision.Lookups {
        ThreadDecision.Lookups(
            conversation: { id in self.ask { try self.transaction.conversation(id)?.id } },
            message: { id in
                self.ask { try self.transaction.message(channel: self.channel, externalID: id)?.conversation }
            },
            tag: { tag in self.ask { try self.conversation(ofTicket: tag) } },
            takesPart: { conversation in
                guard !self.sender.isDoubted else { return false }
                return self.ask { try self.participation(in: conversation) } != nil
            }, isVerified: !sender.address.hasPrefix(MailMapping.unverified))
    }

    /// The thread on which the sender takes part in a conversation; `nil`: not at all.
    func participation(in conversation: ConversationID) throws -> String? {
        try transaction.participation(of: sender.address, network: network, channel: channel, in: conversation)
    }

    private func conversation(ofTicket tag: String) throws -> ConversationID? {
        for contract in contracts {
            if let found = try transaction.conversation(contract: contract, ticket: tag) { return found }
        }
        return nil
    }

    private func ask<Value>(_ question: () throws -> Value?) -> Value? {
        do {
            return try question()
        } catch {
            self.error = error
            return nil
        }
    }
}

extension InboundEvent {
    /// Keeps the rule that decided, for `explain`, and no claims.
    fileprivate mutating func note(_ rule: ThreadDecision.Rule) {
        guard case .object(var members) = fields else { return }
        members["claims"] = nil
        members["placed"] = .string(rule.rawValue)
        fields = .object(members)
    }
}

extension ThreadClaim {
    /// As the event carries it from the reading to the commit.
    var json: JSON {
        switch target {
        case .conversation(let id): ["source": .string(source.rawValue), "conversation": .string(id.text)]
        case .message(let id): ["source": .string(source.rawValue), "message": .string(id)]
        case .tag(let tag): ["source": .string(source.rawValue), "tag": .string(tag)]
        }
    }

    init?(json: JSON) {
        guard let source = json["source"].string.flatMap(Source.init(rawValue:)) else { return nil }
        if let id = json["conversation"].string.flatMap(ConversationID.init(_:)) {
            self.init(source: source, target: .conversation(id))
        } else if let id = json["message"].string {
            self.init(source: source, target: .message(id))
        } else if let tag = json["tag"].string {
            self.init(source: source, target: .tag(tag))
        } else {
            return nil
        }
    }
}
