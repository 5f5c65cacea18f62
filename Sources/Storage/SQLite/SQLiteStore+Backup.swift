// A copy of a store's file, made while a gateway serves it.

import Foundation
import GRDB
import Glibc

extension SQLiteStore {
    /// Writes what is committed at one moment into a new file, which bears its name only when it is whole and on the
    /// disk. Writers go on meanwhile. The page-by-page copy of SQLite's backup interface would begin anew with each of
    /// their commits: https://www.sqlite.org/lang_vacuum.html#vacuuminto
    /// - Returns: its size in bytes.
    /// - Throws: `conflict` when there is a file of this name already.
    package static func backUp(_ path: String, to copy: String) throws(StoreError) -> Int64 {
        let files = FileManager.default
        guard !files.fileExists(atPath: copy) else { throw StoreError(.conflict, "there is a file \(copy) already") }
        let part = copy + ".part"
        do {
            // What an interrupted run left.
            if files.fileExists(atPath: part) { try files.removeItem(atPath: part) }
            try DatabaseQueue(path: path, configuration: configuration()).inDatabase { database in
                try database.execute(sql: "VACUUM INTO ?", arguments: [part])
            }
        } catch {
            throw StoreError(error)
        }
        let directory = URL(fileURLWithPath: copy).deletingLastPathComponent().path
        guard let size = sync(part), rename(part, copy) == 0, sync(directory) != nil else {
            throw StoreError(.unavailable, "\(copy) can not be brought to the disk")
        }
        return size
    }

    /// Waits until a file, or what a directory lists, is on the disk.
    /// - Returns: its size; `nil` when that fails.
    private static func sync(_ path: String) -> Int64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var facts = stat()
        guard fsync(descriptor) == 0, fstat(descriptor, &facts) == 0 else { return nil }
        return Int64(facts.st_size)
    }
}
