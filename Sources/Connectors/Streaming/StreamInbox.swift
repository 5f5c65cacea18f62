// Between the thread that reads a connection and the task that keeps what came: never more than so much.

import Synchronization

/// Bytes on their way from a connection to their reader, in order.
final class StreamInbox: Sendable {
    /// How many bytes may wait. A reader that falls behind further loses the connection, not the messages: it goes on
    /// from its cursor.
    static let bytesMax = 8 << 20

    let pieces: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation
    private let waiting = Mutex(0)

    init() {
        (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    }

    /// Leaves bytes for the reader; false when too many wait.
    func leave(_ bytes: [UInt8]) -> Bool {
        let fits = waiting.withLock { waiting in
            waiting += bytes.count
            return waiting <= Self.bytesMax
        }
        guard fits else { return false }
        if case .terminated = continuation.yield(bytes) { return false }
        return true
    }

    /// The reader has done with bytes.
    func done(with bytes: [UInt8]) {
        waiting.withLock { $0 -= bytes.count }
    }

    /// Nothing comes any more.
    func end() { continuation.finish() }
}
