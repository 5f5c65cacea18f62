// A store whose process is killed at any moment: the next process opens it, and nothing has to be repaired.

import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Storage

extension EndToEnd {
    @Suite("Killed")
    struct Killed {
        @Test("A gateway killed twenty times while it writes leaves a store that opens whole, and the account closes")
        func whileWriting() async throws {
            let dice = Dice()
            let house = try await House(on: .file, logLevel: "notice", crm: { House.nameTicket($0) })
            let doorway = Doorway()
            let load = Load(customers: 8, rate: 500, patience: [503], through: [doorway])
            let store = StoreInspection(house)
            var gateway = try await house.open()
            doorway.open(gateway)
            load.start()
            for kill in 1...20 {
                let mark = load.acknowledged.items.count + 1 + dice.roll(40)
                try await load.acknowledged.wait(for: "\(mark) acknowledged messages") { $0.count >= mark }
                try await gateway.kill()
                #expect(try await store.damage() == [], "kill \(kill), seed \(dice.seed)")
                gateway = try await house.open()
                doorway.open(gateway)
            }
            #expect(try await load.finish() == [])
            #expect(try await gateway.stop() == 0)
            #expect(try await store.damage() == [])
            let account = try await Program.run("account", in: house.place.path)
            #expect(account.status == 0, "\(account) seed \(dice.seed)")
        }

        @Test("A process killed twenty times while it brings a store up to date leaves one that opens whole")
        func whileMigrating() async throws {
            let place = try Place()
            try await Self.makeOld(place.file("old.db"), deliveries: 30_000)
            func command(_ store: String) -> [String] { ["account", "--store", place.file(store)] }
            try FileManager.default.copyItem(atPath: place.file("old.db"), toPath: place.file("whole.db"))
            let start = ContinuousClock.now
            #expect(try await Program.run(Program.path, command("whole.db"), in: place.path).status == 0)
            let whole = ContinuousClock.now - start
            let dice = Dice()
            var interrupted = 0
            for kill in 1...20 {
                let copy = "copy-\(kill).db"
                try FileManager.default.copyItem(atPath: place.file("old.db"), toPath: place.file(copy))
                let child = try ChildProcess(Program.path, command(copy), in: place.path)
                let moment = whole * Double(dice.roll(1000)) / 1000
                let ended = try? await child.exit(within: moment)
                child.signal(SIGKILL)
                if ended == nil, try await child.exit() == 128 + SIGKILL { interrupted += 1 }
                let inspection = StoreInspection(path: place.file(copy))
                #expect(try await inspection.damage() == [], "kill \(kill) after \(moment), seed \(dice.seed)")
                let steps = try await inspection.number("SELECT count(*) FROM migrations")
                #expect(steps == Migrations.all.count)
                #expect(try await inspection.number("SELECT count(*) FROM deliveries") == 30_000)
                try FileManager.default.removeItem(atPath: place.file(copy))
            }
            #expect(interrupted > 0, "a process has to be killed on its way for this to prove anything")
        }

        /// A store of the first samtal: its first step only, with many rows for the later ones to go through.
        private static func makeOld(_ path: String, deliveries: Int) async throws {
            let store = try SQLiteStore(path: path, schema: Schema([.first]))
            try await store.write { transaction in
                let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(deliveries))"
                try transaction.run("INSERT INTO people (id, created_at) VALUES ('p', 0)", [])
                for statement in [
                    "INSERT INTO conversations (id, person_id, status, opened_at, reason) "
                        + "\(numbers) SELECT 'c' || i, 'p', 'open', 0, 'r' FROM n",
                    "INSERT INTO lanes (id, destination, conversation_id, urgency) "
                        + "\(numbers) SELECT 'l' || i, 'contract:desk', 'c' || i, 10 FROM n",
                    "INSERT INTO deliveries (id, lane_id, kind, payload, correlation, state, created_at, trying_since, "
                        + "due_at) \(numbers) "
                        + "SELECT 'd' || i, 'l' || i, 'event', '{}', 'x', 'delivered', 0, 0, 0 FROM n",
                ] { try transaction.run(statement, []) }
            }
            await store.close()
        }
    }
}
