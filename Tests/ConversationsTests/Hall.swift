import Conversations
import Foundation
import Model
import Storage
import TestSupport
import Testing

/// The hall with a fresh store, two channels and two contracts, and hands to work it.
struct Hall: Sendable {
    let fresh: FreshStore
    let wiring: Wiring
    let intake: Intake
    let callbacks: CommandIntake
    let replies: Replies
    let reports: SendReports

    let store: any Store
    var clock: TestClock { fresh.clock }

    init(
        textLimit: TextLimit? = nil, window: Duration? = nil, publicLimits: ReplyLimits? = nil,
        reopenWithin: Duration = .seconds(3600), archive: Set<String>? = nil, files: FileLimits? = nil,
        placing: (any Placing)? = nil
    ) async throws {
        let limits = ReplyLimits(text: textLimit, window: window)
        let fresh = try await Backend.chosen.make()
        let all = Set(ContractEventType.allCases)
        let wiring = Wiring(
            channels: [
                ChannelProfile(name: "shop", adapter: "chat", files: files) { visibility in
                    visibility == .public ? publicLimits ?? limits : limits
                },
                ChannelProfile(name: "forum", adapter: "board") { _ in ReplyLimits() },
            ],
            contracts: [
                ContractProfile(name: "desk", events: all, channels: nil),
                ContractProfile(name: "archive", events: all, channels: archive),
            ], reopenWithin: reopenWithin)
        self.init(fresh, fresh.store, wiring, placing)
    }

    /// A hall with no limits on this engine.
    init(on backend: Backend) async throws {
        let all = Set(ContractEventType.allCases)
        let wiring = Wiring(
            channels: [ChannelProfile(name: "shop", adapter: "chat") { _ in ReplyLimits() }],
            contracts: [ContractProfile(name: "desk", events: all, channels: nil)], reopenWithin: .seconds(3600))
        let fresh = try await backend.make()
        self.init(fresh, fresh.store, wiring)
    }

    private init(
        _ fresh: FreshStore, _ store: any Store, _ wiring: Wiring, _ placing: (any Placing)? = nil
    ) {
        (self.fresh, self.store, self.wiring) = (fresh, store, wiring)
        intake = Intake(store: store, wiring: wiring, placing: placing)
        callbacks = CommandIntake(store: store, wiring: wiring)
        replies = Replies(wiring: wiring)
        reports = SendReports(wiring: wiring)
    }

    /// The same hall as another node has it: on the same store, through its own connections.
    func another() async throws -> Hall {
        Hall(fresh, try await fresh.another(), wiring)
    }

    /// Lets events in on a channel, in one envelope.
    @discardableResult
    func receive(_ events: InboundEvent..., on channel: String = "shop") async throws -> EnvelopeOutcome {
        try await intake.commit(
            Arrival(
                envelope: .sample(.channel(channel), at: clock.now), verifiedBy: "none", content: .events(events)))
    }

    /// Carries out commands of a contract's callback.
    @discardableResult
    func command(_ commands: Command..., from contract: String = "desk") async throws -> CallbackOutcome {
        try await callbacks.commit(
            .sample(.contract(contract), at: clock.now), verifiedBy: "hmac", commands: commands)
    }

    /// Carries out one command of a token of the API.
    func order(_ command: Command, as token: String = "crm") async throws -> CommandResult {
        let (replies, now) = (replies, clock.now)
        return try await store.write { transaction in
            try replies.perform(command, from: .token(token), correlation: "call", at: now, in: transaction)
        }
    }

    /// A person's first message, and the conversation that it made.
    func greeted(_ more: [String: JSON] = [:]) async throws -> Conversation {
        try await receive(.message("m1", with: more))
        return try #require(try await conversations().first)
    }

    /// All conversations, the oldest first.
    func conversations() async throws -> [Conversation] {
        try await store.read { try $0.conversations(before: nil, status: nil, limit: 100).reversed() }
    }

    /// The messages of all conversations, in order within each.
    func messages() async throws -> [Message] {
        try await store.read { transaction in
            try transaction.conversations(before: nil, status: nil, limit: 100).reversed().flatMap { conversation in
                try transaction.messages(of: conversation.id, after: nil, limit: 1000)
            }
        }
    }

    func message(_ externalID: String, on channel: String = "shop") async throws -> Message {
        try #require(try await store.read { try $0.message(channel: channel, externalID: externalID) })
    }

    /// What `send` would get to answer in a conversation.
    func context(of conversation: Conversation) async throws -> JSON? {
        let now = clock.now
        return try await store.read { try $0.legs(of: conversation.id).first?.context(at: now) }
    }

    /// The deliveries to a destination, the oldest first.
    func deliveries(to destination: Endpoint) async throws -> [DeliveryRecord] {
        try await store.read { transaction in
            try transaction.deliveries(matching: DeliveryQuery(destination: destination), limit: 1000).reversed()
        }
    }

    /// What a contract is told, in order, without "samtal.".
    func told(_ contract: String = "desk") async throws -> [String] {
        try await deliveries(to: .contract(contract)).compactMap { record in
            record.delivery.payload["type"].string.map { String($0.dropFirst("samtal.".count)) }
        }
    }

    /// The number of rows of a table.
    func count(_ table: String) async throws -> Int64? {
        try await store.read { try $0.row("SELECT count(*) FROM \(table)", [])?.integer(0) }
    }

    /// The account of what an endpoint received.
    func balance(_ endpoint: Endpoint = .channel("shop")) async throws -> [Counter: Int64] {
        let balances = try await store.read { try $0.balances() }
        var counts: [Counter: Int64] = [:]
        for balance in balances where balance.endpoint == endpoint.description {
            let name = balance.counter.prefix { $0 != "/" }
            counts[try #require(Counter(rawValue: String(name))), default: 0] += balance.count
        }
        counts[.enqueued] = nil
        return counts.filter { $0.value != 0 }
    }

    /// What must be true of every store at every time, whatever happened.
    func checkAlways(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for channel in ["shop", "forum"] {
            let count = try await balance(.channel(channel))
            let sum = [Counter.messages, .changes, .duplicates, .filtered, .parked, .quarantined]
                .reduce(0) { $0 + (count[$1] ?? 0) }
            #expect(count[.received] ?? 0 == sum, "the account of \(channel)", sourceLocation: sourceLocation)
            #expect(count.values.allSatisfy { $0 > 0 }, "the account of \(channel)", sourceLocation: sourceLocation)
        }
        for contract in ["desk", "archive"] {
            let records = try await deliveries(to: .contract(contract))
            for record in records {
                let mistakes = try EventSchemas.mistakes(in: record.delivery)
                #expect(mistakes.isEmpty, "\(mistakes)", sourceLocation: sourceLocation)
            }
        }
        let destinations = try await store.read { try DestinationAccount.all(in: $0) }
        for account in destinations {
            #expect(account.unaccounted == 0, "\(account)", sourceLocation: sourceLocation)
        }
        #expect(try await store.orphans() == 0, sourceLocation: sourceLocation)
    }

    /// Reports a part of a reply as sent.
    func sent(_ message: MessageID, part: Int64 = 1, of count: Int64 = 1, as externalID: String?) async throws {
        let (reports, now) = (reports, clock.now)
        var answer = AttemptResult(.ok, done: 1)
        answer.id = externalID
        let result = answer
        try await store.write { transaction in
            try reports.partWasSent(
                ReplyPart(message: message, number: part, count: count), result, begun: now, at: now,
                correlation: "c", in: transaction)
        }
    }

    /// Reports a part of a reply as failed.
    func failed(_ message: MessageID, part: Int64 = 1, of count: Int64 = 1, _ reason: String = "no") async throws {
        try await ended(message, part: part, of: count, AttemptResult(.permanent, reason: reason, done: 0))
    }

    /// Reports that nobody knows whether a part of a reply went out.
    /// - Parameter id: what an earlier request of the attempt was told that the network calls it.
    func lost(_ message: MessageID, part: Int64 = 1, of count: Int64 = 1, told id: String? = nil) async throws {
        var result = AttemptResult(.unknownOutcome, reason: "timeout: no answer", done: 0)
        result.id = id
        try await ended(message, part: part, of: count, result)
    }

    /// Records the last attempt of a part, as the courier does.
    private func ended(
        _ message: MessageID, part: Int64, of count: Int64, _ result: AttemptResult
    ) async throws {
        let (reports, now) = (reports, clock.now)
        try await store.write { transaction in
            let sent = try #require(try transaction.message(message))
            let delivery = try #require(try transaction.carrier(of: part, of: sent)).delivery
            try transaction.insertAttempt(
                AttemptRecord(
                    number: Int64(delivery.attempts + 1), startedAt: now, outcome: result.outcome.rawValue,
                    reason: result.reason, exchanges: []), of: delivery.id)
            try transaction.updateDelivery(
                DeliveryUpdate(
                    id: delivery.id, state: .failed, isFailure: true, progress: 0, endedAt: now,
                    outcome: result.outcome.rawValue, reason: result.reason, externalID: result.id))
            try reports.partFailed(
                ReplyPart(message: message, number: part, count: count), result, begun: now, at: now,
                correlation: "c", in: transaction)
        }
    }

    /// The state of each delivery of a reply, by part.
    func states(of message: MessageID) async throws -> [DeliveryState] {
        try await deliveries(to: .channel("shop"))
            .filter { $0.delivery.payload["message"].string == message.text }.map(\.delivery.state)
    }
}

extension Command {
    static func reply(
        _ id: String = "c1", _ text: String = "Good day", to conversation: Conversation, leg: LegID? = nil,
        replyTo: String? = nil, visibility: Visibility? = nil, files: [FileReference] = []
    ) -> Command {
        Command(
            kind: .reply, id: id, conversation: conversation.id, text: text, files: files,
            agent: Author(id: "1", name: "Kim"), replyTo: replyTo, leg: leg, visibility: visibility)
    }

    static func close(_ conversation: Conversation, _ id: String = "c1", at time: Timestamp? = nil) -> Command {
        Command(kind: .close, id: id, conversation: conversation.id, at: time)
    }

    static func reopen(_ conversation: Conversation, _ id: String = "c1", at time: Timestamp? = nil) -> Command {
        Command(kind: .reopen, id: id, conversation: conversation.id, at: time)
    }
}

extension CommandResult {
    /// The message that was made.
    var made: MessageID? { if case .message(let id) = self { id } else { nil } }
}

extension CallbackOutcome {
    /// The one result of a callback with one command.
    var only: CommandResult? { if results.count == 1, case .success(let result) = results[0] { result } else { nil } }
    /// The one refusal of a callback with one command.
    var refusal: CommandRefusal.Code? {
        if results.count == 1, case .failure(let refusal) = results[0] { refusal.code } else { nil }
    }
}

/// The JSON Schemas under contracts/schema.
enum EventSchemas {
    /// What is wrong with a delivery's event, were it sent now.
    static func mistakes(in delivery: Delivery) throws -> [String] {
        let payload = delivery.payload
        let type = try #require(payload["type"].string.flatMap(ContractEventType.init(rawValue:)))
        let event = ContractEvent(
            type: type, conversation: delivery.conversation,
            at: try #require(payload["at"].string.flatMap(Timestamp.init(rfc3339:))),
            correlation: delivery.correlation, data: payload["data"])
        let schema = try JSON(parsing: Repository.text("contracts/schema/\(type.rawValue).json"))
        let definitions = try JSON(parsing: Repository.text("contracts/schema/definitions.json"))
        return SchemaCheck(schema, others: ["definitions.json": definitions])
            .mistakes(in: event.cloudEvent(id: delivery.id.text, source: "https://gw.example"))
            .map { "\(type.rawValue) \($0)" }
    }
}
