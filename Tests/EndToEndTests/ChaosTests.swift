// The promises of docs/delivery.md under the worst. One run for each fault: customers write on three channels, agents
// answer, things break; afterwards everything that was acknowledged is looked for on the other side. `make test` runs a
// short form, `make chaos` (SAMTAL_CHAOS=long) a long one.

import Foundation
import Model
import Testing

extension EndToEnd {
    @Suite("Chaos")
    struct Chaos {
        static let isLong = ProcessInfo.processInfo.environment["SAMTAL_CHAOS"] == "long"

        @Test(
            "Whatever breaks, what was acknowledged arrives, once in effect, in order, and the account closes",
            arguments: Fault.all)
        func strike(_ fault: Fault) async throws {
            let stage: Stage
            do {
                stage = try await Stage(for: fault)
            } catch let error as SmallDisk.NotMounted {
                try Test.cancel("chaos: \(fault.name) is SKIPPED, this machine mounts nothing for us: \(error.why)")
            }
            var recoveries: [Duration] = []
            do {
                for time in 0..<(Self.isLong ? fault.times.long : fault.times.short) {
                    try await stage.acknowledged(more: 50)
                    let mended = try await fault.strike(stage, time)
                    recoveries.append(try await stage.recovered(since: mended))
                }
            } catch {
                print("chaos: \(fault.name): \(stage.condition)")
                throw error
            }
            let outcome = try await stage.finish()
            let record = ChaosRecord(fault.name, stage, outcome, recoveries)
            try ChaosReport.add(record)
            expect(record, outcome, stage)
            try await expectAccount(stage, outcome)
            if case .flaky = fault.mood {
                #expect(record.repeats > 0, "the CRM has to see repeats for this to prove anything")
            }
        }

        private func expect(_ record: ChaosRecord, _ outcome: Stage.Outcome, _ stage: Stage) {
            let seed: Comment = "seed \(stage.dice.seed)"
            #expect(outcome.complaints == [], seed)
            #expect(record.lost == 0, seed)
            #expect(record.doubled == 0, seed)
            #expect(record.disordered == 0, seed)
            #expect(stage.crm.ledger.texts.count == Stage.customers, seed)
            for (name, conversations) in stage.crm.ledger.conversations {
                #expect(conversations.count == 1, "\(name) \(seed)")
            }
            #expect(!outcome.replies.isEmpty, seed)
        }

        /// `samtal account` closes, nothing is dead, and the file is whole.
        private func expectAccount(_ stage: Stage, _ outcome: Stage.Outcome) async throws {
            let file = stage.house.place.file("samtal.db")
            let account = try await Program.run(
                "account", "--json", "--store", file, in: stage.house.place.path)
            #expect(account.status == 0, "\(account.errors)")
            let lines = try JSON(parsing: account.output)
            for destination in lines["destinations"].array ?? [] {
                #expect(destination["dead"] == 0, "\(destination)")
                #expect(destination["unaccounted"] == 0, "\(destination)")
            }
            let store = StoreInspection(path: file)
            let messages = try await store.number("SELECT count(*) FROM messages WHERE direction = 'inbound'")
            #expect(messages >= outcome.messages.count)
            #expect(try await store.number("SELECT count(*) FROM conversations") == Stage.customers)
            #expect(try await store.damage() == [])
        }
    }
}
