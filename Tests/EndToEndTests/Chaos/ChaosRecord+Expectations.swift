// What must be true after every fault.

import Model
import Storage
import Testing

extension ChaosRecord {
    /// Nothing lost, doubled or out of order; each writer's texts in one conversation; nobody was refused.
    /// - Parameter writers: how many people wrote.
    func expectWhole(_ traffic: Traffic, _ outcome: Traffic.Outcome, writers: Int = Traffic.customers) {
        let seed: Comment = "seed \(traffic.dice.seed)"
        #expect(outcome.complaints == [], seed)
        #expect(lost == 0, seed)
        #expect(doubled == 0, seed)
        #expect(disordered == 0, seed)
        #expect(traffic.crm.ledger.texts.count == writers, seed)
        for (name, conversations) in traffic.crm.ledger.conversations {
            #expect(conversations.count == 1, "\(name) \(seed)")
        }
        #expect(!outcome.replies.isEmpty, seed)
    }

    /// `samtal account` closes, nothing is dead, and the store is whole.
    /// - Parameter store: as `--store` takes it.
    static func expectAccount(
        of store: StoreAddress, named name: String, in place: Place, _ outcome: Traffic.Outcome,
        writers: Int = Traffic.customers
    ) async throws {
        let account = try await Program.run("account", "--json", "--store", name, in: place.path)
        #expect(account.status == 0, "\(account.errors)")
        let lines = try JSON(parsing: account.output)
        for destination in lines["destinations"].array ?? [] {
            #expect(destination["dead"] == 0, "\(destination)")
            #expect(destination["unaccounted"] == 0, "\(destination)")
        }
        let inspection = StoreInspection(store)
        let messages = try await inspection.number("SELECT count(*) FROM messages WHERE direction = 'inbound'")
        #expect(messages >= outcome.messages.count)
        #expect(try await inspection.number("SELECT count(*) FROM conversations") == writers)
        #expect(try await inspection.damage() == [])
    }
}
