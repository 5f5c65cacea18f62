import ArgumentParser
import Foundation
import Storage

/// `samtal backup`: a copy of an SQLite store, made while it is served.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy an SQLite store into a new file while a gateway serves it. PostgreSQL has its own means.")

    @OptionGroup var access: StoreOption
    @Argument(help: "The new file.") var path: String

    func run() async throws {
        umask(0o077)
        guard case .sqlite(let store) = try access.existing() else {
            printError("this store is a PostgreSQL database: back it up with pg_dump or pg_basebackup")
            throw ExitCode(64)
        }
        do {
            let size = try SQLiteStore.backUp(store, to: path)
            print("\(path): \(size) bytes")
        } catch {
            printError("\(error)")
            throw error.code == .conflict ? ExitCode.failure : ExitCode(74)
        }
    }
}
