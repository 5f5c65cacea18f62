// One gateway for one embedded store: two would both think that every lane and every lease is theirs.

import Foundation
import Storage
import Synchronization

/// Holds an advisory lock beside the store's file. The kernel drops it when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// - Throws: when another process serves this store, or the file can not be made.
    init(of storePath: String) throws(StoreError) {
        let path = storePath + ".lock"
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw StoreError(.unavailable, "\(directory.path) can not be made: \(error)")
        }
        let opened = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw StoreError(.unavailable, "\(path) can not be opened") }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw StoreError(.unavailable, "another samtal serves \(storePath)")
        }
        descriptor = Mutex(opened)
    }

    /// Lets another process serve the store.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }
}
