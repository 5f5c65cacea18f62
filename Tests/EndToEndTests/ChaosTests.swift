// The promise of the hallway under the worst: what was acknowledged reaches the CRM, in order, once in effect.

import Model
import Testing

extension EndToEnd {
    @Suite("Under load")
    struct Chaos {
        static let customers = 24
        static let rate = 500

        @Test("A gateway killed three times under load, with a flaky CRM, loses, repeats and reorders nothing")
        func killed() async throws {
            let (ledger, dice) = (Ledger(), Dice())
            let house = try House(logLevel: "notice", crm: Self.flaky(ledger, dice))
            let doorway = Doorway()
            let load = Load(customers: Self.customers, rate: Self.rate, through: doorway)
            var gateway = try await house.open()
            doorway.open(gateway)
            let start = ContinuousClock.now
            load.start()
            for _ in 0..<3 {
                let mark = load.acknowledged.items.count + 300 + dice.roll(700)
                try await load.acknowledged.wait(for: "\(mark) acknowledged messages") { $0.count >= mark }
                try await gateway.kill()
                gateway = try await house.open()
                doorway.open(gateway)
            }
            let mark = load.acknowledged.items.count + 500
            try await load.acknowledged.wait(for: "\(mark) acknowledged messages") { $0.count >= mark }
            let took = ContinuousClock.now - start
            print("chaos: \(load.acknowledged.items.count) acknowledged in \(took), three restarts included")
            try await expectAll(of: load, in: ledger, house, "seed \(dice.seed)")
            #expect(ledger.repeats > 0, "the CRM has to see repeats for this to prove anything")
            _ = try await gateway.stop()
        }

        @Test("A gateway told to stop under load ends well and soon; what it acknowledged goes out after the restart")
        func stopped() async throws {
            let ledger = Ledger()
            let house = try House(
                logLevel: "notice",
                crm: { request in
                    ledger.take(request)
                    return House.nameTicket(request)
                })
            let doorway = Doorway()
            let load = Load(customers: Self.customers, rate: Self.rate, through: doorway)
            var gateway = try await house.open()
            doorway.open(gateway)
            load.start()
            for _ in 0..<2 {
                let mark = load.acknowledged.items.count + 300
                try await load.acknowledged.wait(for: "\(mark) acknowledged messages") { $0.count >= mark }
                #expect(try await gateway.stop(within: .seconds(10)) == 0)
                gateway = try await house.open()
                doorway.open(gateway)
            }
            try await expectAll(of: load, in: ledger, house, "")
            #expect(try await gateway.stop() == 0)
        }

        /// One event in six goes wrong: refused before it took effect, lost before, or answered to nobody after.
        private static func flaky(_ ledger: Ledger, _ dice: Dice) -> PeerServer.Script {
            { request in
                switch dice.roll(24) {
                case 0, 1: return .answer(500)
                case 2: return .reset
                case 3:
                    ledger.take(request)
                    return .reset
                default:
                    ledger.take(request)
                    return House.nameTicket(request)
                }
            }
        }

        private func expectAll(
            of load: Load, in ledger: Ledger, _ house: House, _ note: String
        ) async throws {
            #expect(try await load.finish() == [])
            let acknowledged = load.acknowledged.items
            try await ledger.wait(for: acknowledged)
            let counts = Dictionary(grouping: acknowledged) { $0.prefix { $0 != "/" } }.mapValues(\.count)
            #expect(counts.count == Self.customers)
            for customer in 0..<Self.customers {
                let author = Load.author(customer)
                let took = ledger.messages(of: author)
                #expect(took == (0..<took.count).map { Load.message(customer, $0) }, "\(author) \(note)")
                #expect(took.count >= counts[author[...]] ?? 0, "\(author) \(note)")
                #expect(ledger.conversations(of: author).count == 1, "\(author) \(note)")
            }
            let store = StoreInspection(house)
            #expect(try await store.number("SELECT count(*) FROM conversations") == Self.customers)
            #expect(try await store.number("SELECT count(*) FROM deliveries WHERE state = 'failed'") == 0)
            #expect(try await store.damage() == [])
        }
    }
}
