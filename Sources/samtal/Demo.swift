import ArgumentParser
import Foundation
import Gateway
import Logging
import Model

/// `samtal demo`: the gateway with a customer and a CRM to try it with.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway with a demonstration customer and CRM on one page.")

    @Option(help: "The port on 127.0.0.1.")
    var port = 8080

    @Option(help: "Where its configuration and store are kept; the next start goes on with them.")
    var data = "data/demo"

    func run() async throws {
        let demonstration = try Demonstration(directory: data, port: port, clock: .system)
        let configuration = try loadConfiguration(demonstration.file)
        let logger = LogOutput.start(level: "warning")
        try await runGateway(configuration, demonstration: demonstration, logger: logger) { address in
            show(
                """

                  Samtal is here:  \(address)

                  A customer on the left, a CRM on the right. Ctrl-C stops it; \(data) keeps everything.
                  The same from another terminal, in this directory:

                \(demonstration.curlLine())

                """)
        }
    }
}

/// Prints at once, also when the output goes to a file.
private func show(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}
