import ArgumentParser
import Connectors
import Foundation
import Gateway
import Logging
import Storage

/// `samtal serve`: runs the gateway.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the gateway.")

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        let configuration = try loadConfiguration(file.config)
        let logger = LogOutput.start(level: configuration.logLevel)
        try await runGateway(configuration, logger: logger) { address in
            logger.notice("listening", metadata: ["address": "\(address)"])
        }
    }
}

/// Runs the gateway until it is told to stop. What keeps it from starting goes to standard error: mistakes in files
/// end with status 78 (EX_CONFIG of sysexits.h), a store that can not be opened with 74 (EX_IOERR).
func runGateway(
    _ configuration: Configuration, demonstration: Demonstration? = nil, logger: Logger,
    onListening: @escaping @Sendable (String) async -> Void
) async throws {
    // What the gateway writes (the store, its log, the demonstration's secrets) is for its own user alone.
    umask(0o077)
    let services: Services
    do {
        services = try await Services(
            configuration, demonstration: demonstration, logger: logger, onListening: onListening)
    } catch let problems as ConfigurationProblems {
        printError("\(problems)")
        throw ExitCode(78)
    } catch let error as StoreError {
        printError("\(error)")
        throw ExitCode(74)
    }
    try await services.run()
}

/// Reads the configuration; its mistakes go to standard error, one a line, and the command ends with status 78
/// (EX_CONFIG of sysexits.h).
func loadConfiguration(_ file: String) throws -> Configuration {
    do {
        return try Configuration.load(file)
    } catch {
        printError("\(error)")
        throw ExitCode(78)
    }
}
