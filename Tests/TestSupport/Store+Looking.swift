// What tests do to a store that the house never does; each engine has its own words for it.

import Model
package import Storage

extension Store {
    /// The names of the tables, sorted.
    package func tables() async throws -> [String] {
        let isShared = isShared
        return try await read { transaction in
            try transaction.rows(
                isShared
                    ? "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
                    : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
                []
            ).map { try $0.text(0) }
        }
    }

    /// How many rows name a row that is not there. PostgreSQL never holds any.
    package func orphans() async throws -> Int {
        guard !isShared else { return 0 }
        return try await read { try $0.rows("PRAGMA foreign_key_check", []).count }
    }

    /// Has the store refuse every message for which `condition` is true, as a constraint does.
    /// - Parameter condition: in SQL; the message's columns are those of `NEW`.
    package func refuseMessages(where condition: String) async throws {
        let statements =
            isShared
            ? [
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$
                """,
                """
                CREATE TRIGGER refused BEFORE INSERT ON messages FOR EACH ROW WHEN (\(condition))
                EXECUTE FUNCTION refuse()
                """,
            ]
            : [
                """
                CREATE TRIGGER refused BEFORE INSERT ON messages WHEN \(condition)
                BEGIN SELECT RAISE(ABORT, 'refused'); END
                """
            ]
        try await write { transaction in
            for statement in statements { try transaction.run(statement, []) }
        }
    }
}
