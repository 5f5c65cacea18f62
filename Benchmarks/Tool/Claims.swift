// What it costs to find the next deliveries when few wait and when very many do.

import ArgumentParser
import Foundation
import Model
import Storage

/// `bench claims`: claims lanes of a store in which so many deliveries wait, and gives them back.
struct Claims: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Claim lanes of a fresh store with many pending deliveries, each in a lane of its own.",
        discussion: """
            With --store it is a store that is there, and what waits in it for the contract crm. Every round claims \
            lanes as the courier does, in one commit, and gives them back, due again, in another. \
            Prints medians in milliseconds: the claim with its commit, its queries alone, and the giving back.
            """)

    @Option(help: "How many deliveries wait in a fresh store.") var pending = 10_000
    @Option(help: "A store that is there and that nobody serves: sqlite: and a path, or postgresql://…")
    var store: StoreAddress?
    @Option(help: "How many rounds.") var rounds = 500
    @Option(help: "How many lanes a round claims.") var lanes = 4
    @Option(help: "Where the store is made, for as long as this runs; default the system's temporary directory.")
    var directory: String?

    private static let crm = Endpoint.contract("crm")
    private static let batch = 10_000
    private static let lease = Duration.seconds(60)

    func validate() throws {
        guard pending > 0, rounds > 0, lanes > 0 else {
            throw ValidationError("--pending, --rounds and --lanes are 1 or more")
        }
    }

    func run() async throws {
        guard let address = self.store else { return try await runFresh() }
        let store = try await address.open()
        let waiting = try await store.read { try $0.deliveryCounts() }
            .filter { $0.destination == Self.crm.description && $0.state == .pending }.reduce(0) { $0 + $1.count }
        let result = try await measure(store, pending: Int(waiting))
        await store.close()
        print(result.text)
    }

    private func runFresh() async throws {
        let parent = directory.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
        let place = parent.appendingPathComponent("samtal-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: place.appendingPathComponent("bench.db").path)
        let result: Result<JSON, any Error>
        do {
            try await fill(store)
            result = .success(try await measure(store, pending: pending))
        } catch {
            result = .failure(error)
        }
        await store.close()
        try FileManager.default.removeItem(at: place)
        print(try result.get().text)
    }

    /// Puts the deliveries in, the oldest first, each due a millisecond after the one before.
    private func fill(_ store: SQLiteStore) async throws {
        let first = WallClock.system.now - .milliseconds(pending)
        let person = Person(id: PersonID(at: first), name: "Ada", handle: nil, phone: nil, email: nil)
        try await store.write { try $0.insertPerson(person, at: first) }
        for start in stride(from: 0, to: pending, by: Self.batch) {
            let end = min(start + Self.batch, pending)
            try await store.write { transaction in
                for number in start..<end {
                    let time = first + .milliseconds(number)
                    try Self.enqueue(for: person.id, at: time, in: transaction)
                }
            }
        }
    }

    private static func enqueue(for person: PersonID, at time: Timestamp, in transaction: any Transaction) throws {
        let conversation = Conversation(
            id: ConversationID(at: time), person: person, subject: Load.text, openedAt: time, reason: "a benchmark")
        try transaction.insertConversation(conversation)
        try transaction.enqueue(
            NewDelivery(
                destination: crm, conversation: conversation.id, kind: .event,
                payload: [
                    "type": "samtal.message.received", "at": .string(time.rfc3339),
                    "data": ["text": .string(Load.text)],
                ],
                correlation: EnvelopeID(at: time).text), at: time)
    }

    private func measure(_ store: any Store, pending: Int) async throws -> JSON {
        var (claims, queries, returns): ([Duration], [Duration], [Duration]) = ([], [], [])
        for _ in 0..<rounds {
            let began = ContinuousClock.now
            let now = WallClock.system.now
            let limit = ClaimLimit(lanes)
            let (claimed, inside) = try await store.write { transaction in
                let began = ContinuousClock.now
                let claimed = try transaction.claimLanes(
                    of: Self.crm, owner: "bench", limit: limit, lease: Self.lease, now: now)
                _ = try transaction.nextDue(of: [Self.crm], after: now)
                return (claimed, ContinuousClock.now - began)
            }
            let between = ContinuousClock.now
            try await store.write { transaction in
                for lane in claimed { try transaction.release(lane.id, claim: lane.claim, dueAt: now) }
            }
            claims.append(between - began)
            queries.append(inside)
            returns.append(ContinuousClock.now - between)
        }
        return [
            "pending": .integer(Int64(pending)), "claim": .median(claims), "queries": .median(queries),
            "giving_back": .median(returns),
        ]
    }
}
