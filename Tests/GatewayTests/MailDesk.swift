import Channels
import Conversations
import Mail
import Model
import Storage
import TestSupport
import Transports

/// An e-mail channel with a store of its own, and hands to bring it mails.
struct MailDesk: Sendable {
    static let secret = "a secret of the tests, thirty-two bytes and more"

    let fresh: FreshStore
    let settings: MailSettings
    let channel: MailChannel
    let marks: ThreadMarks
    let wiring: Wiring

    var store: any Store { fresh.store }

    /// - Parameter trusted: the names of mail servers whose findings are believed.
    init(trusted: [String] = [], tickets: Set<String> = []) async throws {
        fresh = try await Backend.chosen.make()
        let server = MailServer(host: "localhost", port: 1, security: .tls)
        settings = MailSettings(
            name: "support", address: "support@shop.test", displayName: "Shop", aliases: ["info@shop.test"],
            secrets: [Self.secret], trusted: trusted, tickets: tickets, mailbox: nil,
            relay: MailSettings.Relay(server: server, identity: .none))
        guard let marks = settings.marks else { throw StoreError(.corrupt, "the secret is too short") }
        self.marks = marks
        wiring = Wiring(
            channels: [MailChannel.profile(of: settings)],
            contracts: [ContractProfile(name: "desk", events: Set(ContractEventType.allCases), channels: nil)],
            reopenWithin: .seconds(3600))
        channel = MailChannel(
            settings, marks: marks, store: fresh.store, wiring: wiring, reading: MailReading(), clock: fresh.clock.wall)
    }

    /// Brings a mail as text; `{…}` are its header fields, the rest its body.
    @discardableResult
    func receive(
        _ id: String, from sender: String = "Ada <ada@cust.test>", to recipient: String = "support@shop.test",
        subject: String = "Order 17", _ body: String = "Where is it?", more: [String] = []
    ) async throws -> EnvelopeOutcome {
        let lines =
            more + [
                "From: \(sender)", "To: \(recipient)", "Subject: \(subject)", "Message-ID: <\(id)>",
                "Date: Fri, 02 Jan 2026 03:00:00 +0000", "", body, "",
            ]
        return try await bring(lines.joined(separator: "\r\n"))
    }

    @discardableResult
    func bring(_ mail: String) async throws -> EnvelopeOutcome {
        try await channel.take(Array(mail.utf8), .lmtp(from: "", to: "support@shop.test"))
    }

    func message(_ id: String) async throws -> Message? {
        try await store.read { try $0.message(channel: "support", externalID: id) }
    }

    func conversation(of id: String) async throws -> Conversation? {
        try await store.read { transaction in
            try transaction.message(channel: "support", externalID: id)
                .flatMap { try transaction.conversation($0.conversation) }
        }
    }

    /// An agent answers, and the answer goes out.
    /// - Returns: the answer and the Message-ID under which it went.
    func answer(_ conversation: ConversationID, _ text: String = "It left today.") async throws -> (Message, String) {
        let now = fresh.clock.now
        let replies = Replies(wiring: wiring)
        let command = Command(kind: .reply, id: "c-\(text)", conversation: conversation, text: text)
        let result = try await store.write { transaction in
            try replies.perform(command, from: .token("crm"), correlation: "env_1", at: now, in: transaction)
        }
        guard case .message(let id) = result, let message = try await store.read({ try $0.message(id) }) else {
            throw StoreError(.corrupt, "there is no answer")
        }
        let name = marks.messageID(conversation, id)
        var sent = AttemptResult(.ok, done: 1)
        sent.id = name
        let part = ReplyPart(message: id, number: 1, count: 1)
        let outcome = sent
        try await store.write { [wiring] transaction in
            try SendReports(wiring: wiring).partWasSent(
                part, outcome, begun: now, at: now, correlation: "env_1", in: transaction)
        }
        return (message, name)
    }
}
