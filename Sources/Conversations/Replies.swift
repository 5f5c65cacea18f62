// Step 7 of the hallway: what a CRM, an agent or our API asks of a conversation, checked and committed with its
// deliveries.

package import Model
package import Storage

/// Carries out commands. The same command (by its origin and id) twice is carried out once.
package struct Replies: Sendable {
    let wiring: Wiring

    package init(wiring: Wiring) {
        self.wiring = wiring
    }

    /// Who gives a command.
    package enum Origin: Sendable, Hashable {
        case contract(String)
        /// A token of our API, by its name.
        case token(String)

        /// As messages remember it: `contract:desk`, `api:crm`.
        package var endpoint: String {
            switch self {
            case .contract(let name): Endpoint.contract(name).description
            case .token(let name): "api:\(name)"
            }
        }
    }

    /// Carries out one command.
    /// - Parameter correlation: the envelope or the call that brought it.
    /// - Throws: ``CommandRefusal`` when it may not or can not be done; ``StoreError``.
    package func perform(
        _ command: Command, from origin: Origin, correlation: String, at time: Timestamp,
        in transaction: any Transaction
    ) throws -> CommandResult {
        let source = CommandSource(endpoint: origin.endpoint, id: command.id)
        if let known = try known(source, from: origin, in: transaction) { return known }
        let conversation = try conversation(of: command, from: origin, in: transaction)
        // Whoever held the conversation may have been the one that made it known.
        if let known = try known(source, from: origin, in: transaction) { return known }
        let order = Order(
            command: command, origin: origin, source: source, conversation: conversation, correlation: correlation,
            at: time)
        switch command.kind {
        case .reply: return try reply(order, in: transaction)
        case .note: return try note(order, in: transaction)
        case .close: return try set(.closed, order, in: transaction)
        case .reopen: return try set(.open, order, in: transaction)
        case .override: return try override(order, in: transaction)
        }
    }

    /// What was carried out before, or is what we ourselves wrote at a CRM.
    private func known(
        _ source: CommandSource, from origin: Origin, in transaction: any Transaction
    ) throws -> CommandResult? {
        if let known = try transaction.message(source: source) { return .known(known.id) }
        guard case .contract(let name) = origin, try transaction.isEcho(source.id, of: .contract(name)) else {
            return nil
        }
        return .echo
    }

    /// A command with what it is about.
    struct Order {
        let command: Command
        let origin: Origin
        let source: CommandSource
        let conversation: Conversation
        let correlation: String
        let at: Timestamp
    }

    private func conversation(
        of command: Command, from origin: Origin, in transaction: any Transaction
    ) throws -> Conversation {
        var id = command.conversation
        if id == nil, let ticket = command.ticket, case .contract(let contract) = origin {
            id = try transaction.conversation(contract: contract, ticket: ticket)
            if id == nil {
                throw CommandRefusal(.unknownTicket, "ticket \(ticket.prefix(40)) stands for no conversation here")
            }
        }
        guard let id else { throw CommandRefusal(.unknownConversation, "there is no such conversation") }
        try transaction.lock([.conversation(id)])
        guard let conversation = try transaction.conversation(id),
            try isVisible(conversation, to: origin, in: transaction)
        else { throw CommandRefusal(.unknownConversation, "there is no such conversation") }
        return conversation
    }

    /// A contract that gets some channels only knows of no other conversations.
    private func isVisible(
        _ conversation: Conversation, to origin: Origin, in transaction: any Transaction
    ) throws -> Bool {
        guard case .contract(let name) = origin,
            let channels = wiring.contracts.first(where: { $0.name == name })?.channels
        else { return true }
        return try transaction.legs(of: conversation.id).contains { channels.contains($0.channel) }
    }

    private func set(
        _ status: ConversationStatus, _ order: Order, in transaction: any Transaction
    ) throws -> CommandResult {
        guard try transaction.insertCommand(order.source, on: order.conversation.id, at: order.at) else {
            return .known(nil)
        }
        // A clock that goes ahead must not keep later commands from being carried out.
        let said = min(order.command.at ?? order.at, order.at)
        if order.command.at != nil, try isOutdated(said, order.conversation, in: transaction) { return .outdated }
        guard order.conversation.status != status else {
            try transaction.confirmStatus(of: order.conversation.id, said: said)
            return .done
        }
        try transaction.setConversation(order.conversation.id, status: status, at: order.at, said: said)
        var conversation = order.conversation
        conversation.status = status
        conversation.closedAt = status == .closed ? order.at : nil
        try announce(
            status == .closed ? .conversationClosed : .conversationReopened, conversation, order, in: transaction)
        return .done
    }

    /// Whether what was done there at this time was done before the conversation got the status that it has. A time in
    /// whole seconds may be any within its second.
    private func isOutdated(
        _ said: Timestamp, _ conversation: Conversation, in transaction: any Transaction
    ) throws -> Bool {
        guard let since = try transaction.statusTime(of: conversation.id) else { return false }
        let latest = said.milliseconds % 1000 == 0 ? said + .milliseconds(999) : said
        return latest < since
    }

    private func override(_ order: Order, in transaction: any Transaction) throws -> CommandResult {
        guard try transaction.insertCommand(order.source, on: order.conversation.id, at: order.at) else {
            return .known(nil)
        }
        guard let priority = order.command.priority, order.conversation.priority != priority else { return .done }
        try transaction.setConversation(order.conversation.id, priority: priority)
        try transaction.audit(
            actor: order.source.endpoint, action: "conversation.priority.\(priority.rawValue)",
            subject: order.conversation.id.text, at: order.at)
        var conversation = order.conversation
        conversation.priority = priority
        try announce(.conversationUpdated, conversation, order, in: transaction)
        return .done
    }

    /// Tells the other contracts what one of them, or our API, did to a conversation.
    private func announce(
        _ type: ContractEventType, _ conversation: Conversation, _ order: Order, in transaction: any Transaction
    ) throws {
        guard let person = try transaction.person(conversation.person),
            let leg = try transaction.legs(of: conversation.id).first
        else { throw StoreError(.corrupt, "conversation \(conversation.id) has no person or no leg") }
        let cause = JSON.members([
            "endpoint": .string(order.source.endpoint), "id": .string(order.source.id),
            "agent": order.command.agent?.json,
        ])
        let matter = Matter(
            conversation: conversation, person: person, channel: leg.channel, cause: cause,
            correlation: order.correlation)
        var contract: Endpoint?
        if case .contract(let name) = order.origin { contract = .contract(name) }
        try wiring.announce(type, matter, at: order.at, except: contract, in: transaction)
    }
}

/// What a command came to.
package enum CommandResult: Sendable, Hashable {
    /// A message was made: it is on its way, or, as a note, in its place.
    case message(MessageID)
    case done
    /// Carried out before; the message is the one it made then, if it made one.
    case known(MessageID?)
    /// The CRM tells us of what we wrote there ourselves.
    case echo
    /// It tells of a time before the conversation got the status that it has: that one stands.
    case outdated
}

/// Why a command is not carried out. `message` is for the one who asked.
package struct CommandRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case unknownTicket = "unknown-ticket"
        case unknownConversation = "unknown-conversation"
        case unknownLeg = "unknown-leg"
        case unknownChannel = "unknown-channel"
        /// The network takes no reply so long after the person last wrote.
        case windowClosed = "window-closed"
        case contextExpired = "context-expired"
        case textTooLong = "text-too-long"
        /// The channel takes no files, or not such ones.
        case filesRefused = "files-refused"
        /// No file of this id was uploaded by the one who asks.
        case unknownFile = "unknown-file"
        /// A private answer was asked for where only public ones are possible, or the other way round.
        case visibility
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
