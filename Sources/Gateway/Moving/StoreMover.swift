// `samtal move`: a store goes to another engine while no gateway serves it.

package import Storage
import Signing

/// Moves a store, under the locks that a gateway holds while it serves one.
package struct StoreMover: Sendable {
    private let move: StoreMove
    private let files: [String]

    /// - Parameter replacesNUL: whether U+0000 in a text may become U+FFFD where PostgreSQL takes it over.
    package init(from source: StoreAddress, to target: StoreAddress, replacesNUL: Bool) {
        move = StoreMove(from: source, to: target, replacesNUL: replacesNUL) { Digest.hash(.sha256, $0) }
        files = [source, target].compactMap { if case .sqlite(let path) = $0 { path } else { nil } }
    }

    /// - Throws: ``MoveRefusal`` or ``StoreError``: the target is as empty as it was.
    package func run(
        told: @escaping @Sendable (_ done: Int64, _ total: Int64) -> Void
    ) async throws -> MoveReport {
        // On PostgreSQL the move itself looks for nodes.
        let locks: [FileLock]
        do throws(StoreError) {
            locks = try files.map { (path) throws(StoreError) in try FileLock(of: path) }
        } catch {
            throw MoveRefusal(error.message)
        }
        defer { for lock in locks { lock.release() } }
        return try await move.run(told: told)
    }
}
