// Commands that look into the store open it beside a running gateway; SQLite keeps them apart.

import ArgumentParser
import Foundation
import Gateway
import Model
import Storage

/// The store that a configuration names.
struct StoreOption: ParsableArguments {
    @OptionGroup var file: ConfigurationOption

    @Option(help: "The SQLite file, instead of the one that the configuration names.")
    var store: String?

    /// Opens the store; it must exist.
    func open() throws -> SQLiteStore {
        let path = try store ?? loadConfiguration(file.config).storePath
        guard FileManager.default.fileExists(atPath: path) else {
            printError("there is no store at \(path)")
            throw ExitCode.failure
        }
        return try SQLiteStore(path: path)
    }
}
