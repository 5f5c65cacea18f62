// What an operator does with a store: bring it up to date, back it up, move it.

import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

extension EndToEnd {
    @Suite("Operating a store")
    struct Operations {
        private func report(_ result: Program.Result) throws -> JSON {
            #expect(result.status == 0, "\(result.errors)")
            return try JSON(parsing: result.output)
        }

        @Test("`samtal migrate --dry-run` prints the SQL and changes nothing; `samtal migrate` runs it, once")
        func migrate() async throws {
            let place = try Place()
            let path = place.file("old.db")
            let old = try SQLiteStore(path: path, schema: Schema([.first]))
            await old.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let rehearsed = try report(
                await Program.run("migrate", "--store", path, "--dry-run", "--json", in: place.path))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect((rehearsed["from"].integer, rehearsed["to"].integer) == (1, Migrations.newest))
            let sql = rehearsed["steps"].array?.compactMap { $0["sql"].array?.first?.string } ?? []
            #expect(sql.count == Migrations.all.count - 1)
            #expect(sql.first?.hasPrefix("CREATE TABLE credentials") == true)

            let text = try await Program.run("migrate", "--store", path, "--dry-run", in: place.path)
            #expect(text.output.contains("CREATE TABLE credentials"))
            #expect(text.output.hasSuffix("from step 1 to \(Migrations.newest), \(sql.count) would be run"))

            let done = try report(await Program.run("migrate", "--store", path, "--json", in: place.path))
            #expect(done["steps"] == rehearsed["steps"])
            let again = try await Program.run("migrate", "--store", path, in: place.path)
            #expect((again.status, again.output) == (0, "SQLite: step \(Migrations.newest), nothing to do"))
        }

        @Test("`samtal migrate` refuses a store that is not there or needs a newer samtal, and says so")
        func refused() async throws {
            let place = try Place()
            let missing = try await Program.run("migrate", "--store", place.file("no.db"), in: place.path)
            #expect((missing.status, missing.errors) == (1, "there is no store at \(place.file("no.db"))"))
            let store = try SQLiteStore(path: place.file("newer.db"))
            try await store.write { transaction in
                _ = try transaction.run(
                    "INSERT INTO migrations (number, name, applied_at) VALUES (999, 'later', 0)", [])
            }
            await store.close()
            for dry in [[], ["--dry-run"]] {
                let newer = try await Program.run(
                    Program.path, ["migrate", "--store", place.file("newer.db")] + dry, in: place.path)
                #expect(newer.status == 74)
                #expect(newer.errors.contains("use the newer samtal"))
            }
        }

        /// A CRM that is down until it is told to come up.
        private final class LateCRM: Sendable {
            private let isUp = Mutex(false)
            /// The ids of the events that it took.
            let taken = Recording<String>()

            func comeUp() { isUp.withLock { $0 = true } }

            @Sendable func answer(_ request: PeerRequest) -> PeerAnswer {
                guard isUp.withLock({ $0 }) else { return .answer(500) }
                taken.add(request.webhookID)
                return House.nameTicket(request)
            }
        }

        @Test(
            "A backup put in the store's place is served on: what had gone out since goes out again under its ids",
            arguments: Backend.durable.filter { $0 != .pooled })
        func restore(backend: Backend) async throws {
            let crm = LateCRM()
            let house = try await House(on: backend, crm: crm.answer)
            let gateway = try await house.open()
            func post(_ id: String, to gateway: GatewayProcess) async throws {
                #expect(try await gateway.client.send(House.message(id, from: "ada", "word \(id)")).status == 200)
            }
            for id in ["m1", "m2", "m3"] { try await post(id, to: gateway) }
            let copy = try await backUp(house)
            try await post("m4", to: gateway)
            #expect(try await gateway.stop() == 0)
            crm.comeUp()
            let second = try await house.open()
            let waiting = "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"
            let all = try await StoreInspection(house).number("SELECT count(*) FROM deliveries")
            try await crm.taken.wait(for: "all events", within: .seconds(60)) { $0.count >= all }
            #expect(try await second.stop() == 0)
            #expect(try await StoreInspection(house).number(waiting) == 0)
            let before = crm.taken.items

            let (address, database) = try await restore(house, from: copy)
            let store = StoreInspection(address)
            let expected = try await store.number(waiting)
            #expect(expected > 3)
            let restored = try await house.open()
            try await crm.taken.wait(for: "what waited at the backup, again", within: .seconds(60)) { ids in
                ids.count >= before.count + expected
            }
            let again = crm.taken.items.dropFirst(before.count).prefix(expected)
            #expect(Set(again).isSubset(of: Set(before)))
            #expect(Set(again).count == expected)
            // The network has m4 as delivered; one that sends it again is welcome.
            for id in ["m4", "m5"] { try await post(id, to: restored) }
            try await house.crm.requests.wait(for: "the fifth message") { requests in
                requests.contains { $0.json["data"]["message"]["external_id"] == "m5" }
            }
            #expect(try await restored.stop() == 0)
            #expect(try await store.damage() == [])
            let account = try await Program.run("account", in: house.place.path)
            #expect(account.status == 0, "\(account)")
            withExtendedLifetime(database) {}
        }

        /// Makes a copy of a store that is served.
        private func backUp(_ house: House) async throws -> String {
            let copy = house.place.file("copy")
            let made = try await Program.run("backup", copy, in: house.place.path)
            if case .postgresql(let address) = house.store {
                #expect((made.status, made.errors.contains("pg_dump")) == (64, true))
                let dumped = try await Program.run(
                    postgreSQL("pg_dump"), ["--format", "custom", "--file", copy, "--dbname", address],
                    in: house.place.path)
                #expect(dumped.status == 0, "\(dumped.errors)")
            } else {
                #expect(made.status == 0, "\(made.errors)")
                #expect(try await Program.run("backup", copy, in: house.place.path).status == 1)
            }
            return copy
        }

        /// Puts a copy in the place of the store, as docs/operations.md says.
        /// - Returns: where the store is now.
        private func restore(_ house: House, from copy: String) async throws -> (StoreAddress, TestDatabase?) {
            guard case .sqlite(let path) = house.store else {
                let database = try await PostgreSQLServer.shared.database()
                let restored = try await Program.run(
                    postgreSQL("pg_restore"),
                    ["--exit-on-error", "--no-owner", "--dbname", database.address, copy], in: house.place.path)
                #expect(restored.status == 0, "\(restored.errors)")
                try house.place.write(house.configuration(store: database.address), to: "samtal.yaml")
                return (.postgresql(database.address), database)
            }
            for end in ["-wal", "-shm", ""] where FileManager.default.fileExists(atPath: path + end) {
                try FileManager.default.removeItem(atPath: path + end)
            }
            try FileManager.default.moveItem(atPath: copy, toPath: path)
            return (house.store, nil)
        }

        private func postgreSQL(_ program: String) throws -> String {
            try #require(PostgreSQLServer.programs) + "/" + program
        }

        @Test("`samtal move` is refused while a gateway serves the store, and does it afterwards")
        func move() async throws {
            let house = try await House(on: .file)
            guard case .sqlite(let path) = house.store else { return }
            let gateway = try await house.open()
            #expect(try await gateway.client.send(House.message("m1", from: "ada", "Hello")).status == 200)
            try await house.crm.requests.wait(for: "its event") { !$0.isEmpty }
            let (from, to) = ("sqlite:\(path)", "sqlite:\(house.place.file("moved/samtal.db"))")
            let command = ["move", "--from", from, "--to", to]
            let refused = try await Program.run(Program.path, command, in: house.place.path)
            #expect(refused.status == 1)
            #expect(refused.errors.hasPrefix("another samtal serves"))
            #expect(try await gateway.stop() == 0)

            let moved = try report(await Program.run(Program.path, command + ["--json"], in: house.place.path))
            let tables = moved["tables"].array ?? []
            #expect(tables.first { $0["table"] == "messages" }?["rows"] == 1)
            #expect(tables.allSatisfy { $0["digest"].string?.count == 64 })
            let again = try await Program.run(Program.path, command, in: house.place.path)
            #expect((again.status, again.errors.contains("not empty")) == (1, true))
            let same = try await Program.run("move", "--from", from, "--to", from, in: house.place.path)
            #expect(same.status == 64)
            let account = try await Program.run("account", "--store", to, in: house.place.path)
            #expect(account.status == 0)
        }

        @Test("A move that is killed leaves an empty target, and is begun again on the same one")
        func killed() async throws {
            let place = try Place()
            let store = try SQLiteStore(path: place.file("store.db"))
            try await store.write { transaction in
                _ = try transaction.run(
                    """
                    INSERT INTO people (id, name, created_at)
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                    SELECT 'per_' || i, 'name ' || i, i FROM n
                    """, [])
            }
            await store.close()
            func command(_ target: String) -> [String] {
                ["move", "--from", place.file("store.db"), "--to", place.file(target)]
            }
            let start = ContinuousClock.now
            #expect(try await Program.run(Program.path, command("whole.db"), in: place.path).status == 0)
            let whole = ContinuousClock.now - start
            let target = StoreInspection(path: place.file("target.db"))
            var interrupted = 0
            for kill in 1...5 {
                let child = try ChildProcess(Program.path, command("target.db"), in: place.path)
                let ended = try? await child.exit(within: whole * Double(kill) / 6)
                child.signal(SIGKILL)
                if ended != nil { break }
                if try await child.exit() == 128 + SIGKILL { interrupted += 1 }
                #expect([0, 20_000].contains(try await target.number("SELECT count(*) FROM people")))
                if try await target.number("SELECT count(*) FROM people") > 0 { break }
            }
            #expect(interrupted > 0, "a move has to be killed on its way for this to prove anything")
            let last = try await Program.run(Program.path, command("target.db"), in: place.path)
            #expect(last.status == 0 || last.errors.contains("not empty"), "\(last)")
            #expect(try await target.number("SELECT count(*) FROM people") == 20_000)
        }
    }
}
