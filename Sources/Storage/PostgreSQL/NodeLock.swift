// One gateway for one database, for now: polls, streams and tokens have no owner among nodes yet.

import Synchronization

/// Says that this process serves a database, for as long as it holds this. The server drops the lock when the
/// connection ends, however it ends.
package final class NodeLock: Sendable {
    private let connection: Mutex<PostgreSQLConnection?>
    /// Whether nobody else can serve the database meanwhile.
    package let isHeld: Bool

    /// Behind a pooler a session cannot hold a lock; there nothing is checked.
    /// - Throws: `unavailable` when another process serves the database, or no server answers.
    package init(of address: String) throws(StoreError) {
        do {
            let connection = try PostgreSQLConnection(address)
            if !connection.isPooled {
                let key = SQLValue.integer(LockName.node.key)
                let rows = try connection.run("SELECT pg_try_advisory_lock(?)", [key]).rows()
                guard rows.first?.optionalInteger(0) == 1 else {
                    throw StoreError(.unavailable, "another samtal serves this database")
                }
            }
            isHeld = !connection.isPooled
            self.connection = Mutex(connection)
        } catch let failure as PostgreSQLFailure {
            throw StoreError(failure)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "\(error)")
        }
    }

    /// Lets another process serve the database.
    package func release() {
        connection.withLock { $0 = nil }
    }
}
