// What an operator does with a store: bring it up to date, back it up, move it.

import Foundation
import Model
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
    }
}
