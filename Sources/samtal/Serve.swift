import ArgumentParser
import Connectors
import Gateway
import Logging

/// `samtal serve`: runs the gateway.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the gateway.")

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        let configuration = try loadConfiguration(file.config)
        let logger = LogOutput.start(level: configuration.logLevel)
        let services = try await Services(configuration, logger: logger) { address in
            logger.notice("listening", metadata: ["address": "\(address)"])
        }
        try await services.run()
    }
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
